//! The log of executed code, from which instructions are accounted for, changes nothing in the machine.

use super::lab::{Done, Lab};
use super::{Scenario, quick};
use anyhow::{Context, Result, ensure};

/// Long enough for partitions to start, sleep, wake and write on their consoles.
const MILLIS: u64 = 50;

pub(super) fn all() -> Vec<Scenario> {
    vec![quick("a_log_of_executed_code_changes_nothing", unchanged)]
}

/// The same trace, to the byte, with and without the log; and the log knows each choice that the trace has.
fn unchanged(lab: &Lab, name: &str) -> Result<()> {
    let [plain, logged] = [false, true].map(|account| -> Result<Done> {
        lab.run_changed(&format!("{name}-{account}"), "demo", Some("rtds"), MILLIS, |request| request.account = account)
    });
    let (plain, logged) = (plain?, logged?);
    ensure!(plain.stretches.is_none(), "there was a log that nobody asked for");
    let stretches = logged.stretches.as_ref().context("there was no log")?;
    let differs = plain.trace.iter().zip(&logged.trace).position(|(one, other)| one != other);
    ensure!(differs.is_none(), "the traces differ from byte {} on", differs.unwrap_or(0));
    ensure!(plain.trace.len() == logged.trace.len(), "one trace is longer than the other");
    ensure!(plain.console == logged.console, "the consoles differ");
    let (recording, _) = trace::load(&mut logged.trace.as_slice())?;
    ensure!(stretches.has_choices_of(&recording), "the log has other choices than the trace");
    let longest = stretches.longest().context("no stretch was logged")?;
    ensure!(longest > 0, "the longest stretch has no instruction");
    Ok(())
}
