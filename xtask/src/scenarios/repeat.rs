//! The same files give the same run, to the byte.

use super::lab::Lab;
use super::{Scenario, long};
use anyhow::{Result, ensure};

pub(super) fn all() -> Vec<Scenario> {
    vec![long("two_runs_leave_identical_traces", identical)]
}

fn identical(lab: &Lab, name: &str) -> Result<()> {
    let [first, second] = [1, 2].map(|run| lab.run(&format!("{name}-{run}"), "demo", Some("rtds"), 1000));
    let (first, second) = (first?, second?);
    ensure!(first.console == second.console, "the consoles differ");
    let differs = first.trace.iter().zip(&second.trace).position(|(one, other)| one != other);
    ensure!(differs.is_none(), "the traces differ from byte {} on", differs.unwrap_or(0));
    ensure!(first.trace.len() == second.trace.len(), "one trace is longer than the other");
    Ok(())
}
