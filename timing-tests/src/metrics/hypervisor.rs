//! What the hypervisor and the guests measured themselves.

use super::{HypervisorReport, Run, ValueReport};
use crate::human;
use abi::hypercall::{mark, value};
use trace::{Event, event::Stat};

/// The hypervisor's measurements of itself; the last one counts.
pub(crate) fn hypervisor(run: &Run<'_>) -> HypervisorReport {
    let last = |wanted: Stat| {
        run.events.iter().rev().find_map(|event| match *event {
            Event::Stat { stat, value, .. } if stat == wanted as u16 => Some(value),
            _ => None,
        })
    };
    let partitions = last(Stat::Partitions).filter(|count| *count > 0);
    HypervisorReport {
        boot_time: last(Stat::BootTime),
        scrub_time: last(Stat::ScrubTime),
        text_bytes: last(Stat::TextBytes),
        bytes_per_partition: last(Stat::PartitionBytes).zip(partitions).map(|(bytes, count)| bytes.div_ceil(count)),
        exits: last(Stat::Exits),
        violations: last(Stat::Violations),
        console_drops: last(Stat::ConsoleDrops),
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
