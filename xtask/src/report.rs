//! From a recording to what a person, a program and an exit status see of it.

use crate::workspace;
use anyhow::{Context, Result};
use std::ops::Range;
use std::path::Path;
use timing_tests::metrics::{Outcome, Report};
use timing_tests::{Plan, Replay};
use trace::Recording;

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
    pub(crate) fn json(&self) -> String {
        timing_tests::json::render(&self.report)
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
