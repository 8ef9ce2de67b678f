//! One configuration, every scheduler: chosen at boot, nothing rebuilt.

use super::lab::{Done, Lab};
use super::{Scenario, long, quick};
use anyhow::{Context, Result, ensure};

/// The schedulers that carry any number of partitions.
pub(super) const ALL: [&str; 4] = ["arinc653", "credit", "credit2", "rtds"];
/// Those that promise deadlines.
const PROMISING: [&str; 2] = ["arinc653", "rtds"];
/// The longest latency and the largest jitter that the demo may show under them.
const LATENCY_NANOS: u64 = 5_000;

pub(super) fn all() -> Vec<Scenario> {
    let mut list: Vec<Scenario> = ALL
        .into_iter()
        .map(|sched| long(format!("demo_under_{sched}"), move |lab, name| demo(lab, name, sched)))
        .collect();
    list.push(quick("two_pools_run_two_schedulers", pools));
    list.push(quick("a_partition_with_two_vcpus_runs_on_two_pcpus", smp));
    list.push(quick("a_pcpu_that_null_lends_is_back_when_its_owner_wakes", lent));
    list
}

fn demo(lab: &Lab, name: &str, sched: &str) -> Result<()> {
    let done = lab.run(name, "demo", Some(sched), 2000)?;
    let ran = done.report().pools.first().map(|pool| pool.scheduler.as_str());
    ensure!(ran == Some(sched), "the first pool ran {ran:?}");
    if PROMISING.contains(&sched) {
        on_time(&done)?;
    }
    Ok(())
}

/// Where deadlines are promised, jobs begin within microseconds of their release.
pub(super) fn on_time(done: &Done) -> Result<()> {
    let tasks: Vec<_> = done.report().partitions.iter().flat_map(|partition| &partition.tasks).collect();
    ensure!(tasks.len() >= 2, "the demo has {} tasks", tasks.len());
    for latency in tasks.into_iter().map(|task| task.latency.as_ref()) {
        let latency = latency.context("a task never began")?;
        ensure!(latency.max <= LATENCY_NANOS, "a job began {} ns after its release", latency.max);
        ensure!(latency.max - latency.min <= LATENCY_NANOS, "the jitter is {} ns", latency.max - latency.min);
    }
    Ok(())
}

fn pools(lab: &Lab, name: &str) -> Result<()> {
    let done = lab.run(name, "pools", None, 500)?;
    let pools = &done.report().pools;
    ensure!(pools.len() >= 2, "the configuration has {} pools", pools.len());
    ensure!(pools[0].scheduler != pools[1].scheduler, "both pools ran {}", pools[0].scheduler);
    ensure!(pools.iter().all(|pool| pool.busy > 0), "a pool never ran anything");
    Ok(())
}

/// The owner of the only pCPU begins every job on time, and who borrows it has nearly all that is left.
fn lent(lab: &Lab, name: &str) -> Result<()> {
    let done = lab.run(name, "lend", None, 500)?;
    let latency = done.partition("fast")?.tasks.first().and_then(|task| task.latency.as_ref());
    let latency = latency.context("the owner never began a job")?.max;
    ensure!(latency <= LATENCY_NANOS, "the owner waited {latency} ns for its pCPU");
    let share = done.partition("hog")?.share;
    ensure!(share >= 880_000, "who borrows got {share} millionths of the time");
    Ok(())
}

fn smp(lab: &Lab, name: &str) -> Result<()> {
    let done = lab.run(name, "smp", None, 500)?;
    let widest = done.report().partitions.iter().map(|partition| partition.servers.len()).max();
    ensure!(widest >= Some(2), "no partition has two vCPUs");
    let idle =
        done.report().partitions.iter().flat_map(|partition| &partition.servers).any(|server| server.cpu_time == 0);
    ensure!(!idle, "a vCPU never ran");
    Ok(())
}
