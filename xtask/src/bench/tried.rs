//! What the tests ask of the benchmark: that its figures hold, that they repeat, and what single runs give.

use super::batch::{self, Batch};
use super::case::Case;
use super::check;
use super::runner;
use super::scenario::Scenarios;
use crate::build::Artifacts;
use crate::cli::Target;
use anyhow::{Context, Result, ensure};
use std::slice;
use timing_tests::bench::{self, Results, Row};

/// Whether the quick figures of the specification hold on one architecture.
pub(crate) fn holds(built: &Artifacts, name: &str) -> Result<()> {
    let results = quick(built, &format!("test/{name}"), |_| true)?;
    check::check(&results).map(|_| ())
}

/// Whether two runs give the same figures, to the byte.
pub(crate) fn repeats(built: &Artifacts, name: &str, scenario: &str) -> Result<()> {
    let [first, second] =
        [1, 2].map(|run| quick(built, &format!("test/{name}-{run}"), |case| case.scenario.name == scenario));
    let [first, second] = [first?, second?].map(|results| bench::write(&results));
    ensure!(!first.is_empty(), "scenario `{scenario}` gave no row");
    let differs = first.lines().zip(second.lines()).find(|(one, other)| one != other);
    ensure!(first == second, "a second run gave other figures: {differs:?}");
    Ok(())
}

/// The rows of the run of this name on the emulator, which counts, with the boot line that `target` would get and more
/// words on it.
pub(crate) fn rows(built: &Artifacts, name: &str, run: &str, target: &Target, more: &str) -> Result<Vec<Row>> {
    let scenarios = Scenarios::load()?;
    let cases = scenarios.cases(&[built.arch])?;
    let case = cases.iter().find(|case| case.name() == run).with_context(|| format!("no run is called `{run}`"))?;
    let ready = runner::prepare(case, target, built, &format!("test/{name}"), more)?;
    Ok(runner::emulated(case, &scenarios, &Target::Qemu, &ready)?.rows)
}

fn quick(built: &Artifacts, folder: &str, wanted: impl Fn(&Case<'_>) -> bool) -> Result<Results> {
    let scenarios = Scenarios::load()?;
    let mut cases = scenarios.cases(&[built.arch])?;
    cases.retain(|case| case.is_quick() && wanted(case));
    let Batch { results, failures, .. } =
        batch::all(&cases, &scenarios, &Target::Qemu, slice::from_ref(built), folder)?;
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(results)
}
