//! From a recording to what a person, a program and an exit status see of it.

use crate::process;
use crate::workspace;
use anyhow::{Context, Result, ensure};
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;
use timing_tests::metrics::{Outcome, Report};
use timing_tests::{Plan, Replay};
use trace::Recording;

/// What a verb fails with when [`Measured::held`] says no.
pub(crate) const BROKEN: &str = "an expectation of the configuration did not hold; the end of the table says which";

/// The measurements of a run.
pub(crate) struct Measured {
    /// All of them.
    pub(crate) report: Report,
}

impl Measured {
    /// Measures a recording against its plan.
    pub(crate) fn of(recording: &Recording, plan: &[u8]) -> Result<Self> {
        Ok(Self { report: timing_tests::measure(recording, &promised(recording, plan)?) })
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        timing_tests::table::render(&self.report)
    }

    /// For programs.
    fn json(&self) -> String {
        timing_tests::json::render(&self.report)
    }

    /// Prints the table, and writes the figures to `json` if that is wanted.
    pub(crate) fn tell(&self, json: Option<&Path>) -> Result<()> {
        print!("\n{}", self.table());
        json.map_or(Ok(()), |file| workspace::write(file, self.json().as_bytes()))
    }

    /// Whether an expectation is known not to have held.
    pub(crate) fn broken(&self) -> bool {
        self.report.outcome() == Outcome::Broken
    }

    /// Whether every expectation held.
    pub(crate) fn held(&self) -> bool {
        self.report.outcome() == Outcome::Held
    }
}

/// Prints the measurements, writes them to `json` if that is wanted, says where the trace is, and judges.
pub(crate) fn conclude(measured: &Measured, json: Option<&Path>, trace: &Path) -> Result<ExitCode> {
    measured.tell(json)?;
    eprintln!("trace: {} (`cargo xtask replay {0}` checks it)", process::quoted(&workspace::shown(trace)));
    ensure!(measured.held(), BROKEN);
    Ok(ExitCode::SUCCESS)
}

/// Feeds a recording to the same schedulers on this machine, one answer for each pool.
pub(crate) fn replay(recording: &Recording, plan: &[u8]) -> Result<Vec<Replay>> {
    Ok(timing_tests::replay(recording, &promised(recording, plan)?))
}

/// Draws a stretch of a recording, in ns since the epoch.
pub(crate) fn draw(recording: &Recording, plan: &[u8], span: Range<u64>) -> Result<String> {
    Ok(timing_tests::picture::draw(recording, &promised(recording, plan)?, span)?)
}

/// The trace file's bytes.
pub(crate) fn bytes(recording: &Recording, plan: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    trace::save(&mut bytes, recording, plan)?;
    Ok(bytes)
}

/// Writes the trace file.
pub(crate) fn save(file: &Path, recording: &Recording, plan: &[u8]) -> Result<()> {
    workspace::write(file, &bytes(recording, plan)?)
}

/// What a recording's plan promised.
pub(crate) fn promised(recording: &Recording, plan: &[u8]) -> Result<Plan> {
    Plan::read(plan, recording).context("the plan of the trace is not usable")
}
