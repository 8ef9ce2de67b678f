//! Debian's unmodified Linux beside a partition with deadlines, under every scheduler.

use super::lab::Lab;
use super::schedulers;
use super::{Scenario, long};
use anyhow::{Result, ensure};

pub(super) fn all() -> Vec<Scenario> {
    let under = |sched| {
        long(format!("linux_under_{sched}"), move |lab: &Lab, name: &str| boots(lab, name, "linux", Some(sched), 6000))
    };
    // The kernel for all machines.
    let two = long("linux_on_two_vcpus", |lab: &Lab, name: &str| boots(lab, name, "linux-smp", None, 8000));
    schedulers::ALL.into_iter().map(under).chain([two]).collect()
}

/// It boots, measures its own latency and switches itself off.
fn boots(lab: &Lab, name: &str, config: &str, sched: Option<&str>, millis: u64) -> Result<()> {
    let done = lab.run(name, config, sched, millis)?;
    for sign in ["Linux user space is up", "Min:", "reboot: Power down"] {
        ensure!(done.console.contains(sign), "the console does not show `{sign}`");
    }
    Ok(())
}
