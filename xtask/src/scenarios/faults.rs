//! A hostile partition hurts itself alone.

use super::lab::Lab;
use super::schedulers;
use super::{Scenario, quick};
use crate::arch::Arch;
use anyhow::{Result, ensure};

pub(super) fn all() -> Vec<Scenario> {
    let under = |sched: &'static str| {
        quick(format!("a_hostile_partition_hurts_nobody_under_{sched}"), move |lab, name| faults(lab, name, sched))
    };
    let each = schedulers::ALL.into_iter().filter(|sched| ["arinc653", "rtds"].contains(sched)).map(under);
    each.chain([quick("what_only_a_pc_has_is_no_way_out", intruders).only(Arch::X86_64)]).collect()
}

/// Those that fault do so more than once, as planned; the neighbour with a deadline misses nothing.
fn faults(lab: &Lab, name: &str, sched: &str) -> Result<()> {
    let done = lab.run(name, "faults", Some(sched), 1000)?;
    let faults: u64 = done.report().partitions.iter().map(|partition| partition.faults).sum();
    let restarts: u64 = done.report().partitions.iter().map(|partition| partition.restarts).sum();
    ensure!(faults >= 2, "only {faults} faults happened");
    ensure!(restarts >= 1, "no partition was restarted");
    let quiet = done.report().partitions.iter().filter(|partition| partition.faults == 0);
    let names: Vec<_> = quiet.filter(|partition| !partition.tasks.is_empty()).map(|own| own.name.as_str()).collect();
    ensure!(!names.is_empty(), "nobody else marked a task");
    for neighbour in names {
        ensure!(done.misses(neighbour)? == 0, "the neighbour `{neighbour}` missed deadlines");
    }
    Ok(())
}

/// Ports, registers and interrupts that are not for guests do nothing; an impossible state ends its partition alone.
fn intruders(lab: &Lab, name: &str) -> Result<()> {
    let done = lab.run(name, "intruder", None, 200)?;
    for (deed, verdict) in [
        ("port", "reads 0xffffffff"),
        ("port", "raised nothing"),
        ("outs", "raised syndrome 0x8000000d"),
        ("rdmsr", "raised syndrome 0x8000000d"),
        ("wrmsr", "raised syndrome 0x8000000d"),
        ("cr8", "raised "),
        ("ipi", "raised "),
    ] {
        let said = format!("burglar: hostile: {deed} {verdict}");
        ensure!(done.console.contains(&said), "`{said}` is missing in\n{}", done.console);
    }
    ensure!(done.console.contains("burglar: hostile: survived"), "it did not survive:\n{}", done.console);
    // The emulator does not look at control registers before the state is to run; a processor would raise an exception.
    let forbidden = "did something forbidden";
    for (partition, reason) in [("breaker", forbidden), ("bender", forbidden), ("faller", "exception vector")] {
        let fault = done.partition(partition)?.last_fault.clone().unwrap_or_default();
        ensure!(fault.contains(reason), "`{partition}` ended because it {fault:?}");
    }
    ensure!(done.misses("control")? == 0, "the neighbour missed deadlines");
    Ok(())
}
