//! Debian's unmodified Linux beside a partition with deadlines, under every scheduler.

use super::lab::Lab;
use super::schedulers;
use super::{Scenario, long};
use anyhow::{Result, ensure};

pub(super) fn all() -> Vec<Scenario> {
    let under = |sched| long(format!("linux_under_{sched}"), move |lab: &Lab, name: &str| linux(lab, name, sched));
    schedulers::ALL.into_iter().map(under).collect()
}

/// It boots, measures its own latency and switches itself off.
fn linux(lab: &Lab, name: &str, sched: &str) -> Result<()> {
    let done = lab.run(name, "linux", Some(sched), 6000)?;
    for sign in ["Linux user space is up", "Min:", "reboot: Power down"] {
        ensure!(done.console.contains(sign), "the console does not show `{sign}`");
    }
    Ok(())
}
