//! A hostile partition hurts itself alone.

use super::lab::Lab;
use super::schedulers;
use super::{Scenario, quick};
use anyhow::{Result, ensure};

pub(super) fn all() -> Vec<Scenario> {
    let under = |sched: &'static str| {
        quick(format!("a_hostile_partition_hurts_nobody_under_{sched}"), move |lab, name| faults(lab, name, sched))
    };
    schedulers::ALL.into_iter().filter(|sched| ["arinc653", "rtds"].contains(sched)).map(under).collect()
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
