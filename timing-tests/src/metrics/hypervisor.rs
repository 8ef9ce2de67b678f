//! What the hypervisor and the guests measured themselves.

use super::{HypervisorReport, Run, ValueReport};
use crate::human;
use abi::hypercall::{mark, value};
use trace::{Event, event::Stat};

/// The hypervisor's measurements of itself; what several pools or pCPUs counted is added up.
pub(crate) fn hypervisor(run: &Run<'_>) -> HypervisorReport {
    let sum = |wanted: Stat| {
        let values = run.events.iter().filter_map(|event| match *event {
            Event::Stat { stat, value, .. } if stat == wanted as u16 => Some(value),
            _ => None,
        });
        values.reduce(u64::saturating_add)
    };
    let partitions = sum(Stat::Partitions).filter(|count| *count > 0);
    HypervisorReport {
        boot_time: sum(Stat::BootTime),
        scrub_time: sum(Stat::ScrubTime),
        text_bytes: sum(Stat::TextBytes),
        bytes_per_partition: sum(Stat::PartitionBytes).zip(partitions).map(|(bytes, count)| bytes.div_ceil(count)),
        exits: sum(Stat::Exits),
        violations: sum(Stat::Violations),
        console_drops: sum(Stat::ConsoleDrops),
    }
}

/// The guests' measurements, each as often as it was given.
pub(crate) fn values(run: &Run<'_>) -> Vec<ValueReport> {
    let one = |event: &Event| match *event {
        Event::Mark { partition, vcpu, kind, args: [which, total, iterations], .. }
            if u64::from(kind) == mark::VALUE =>
        {
            Some(ValueReport {
                partition: run.plan.partition_name(partition.into()),
                vcpu,
                which,
                name: value_name(which),
                total,
                iterations,
                mean: human::mean(total, iterations),
            })
        }
        _ => None,
    };
    run.events.iter().filter_map(one).collect()
}

fn value_name(which: u64) -> Option<&'static str> {
    match which {
        value::NULL_HYPERCALL => Some("null hypercall"),
        value::YIELD_ALONE => Some("yield, nobody else ready"),
        value::YIELD_SWITCH => Some("yield and switch"),
        _ => None,
    }
}
