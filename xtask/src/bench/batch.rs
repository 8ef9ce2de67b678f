//! Many runs on this machine, two at a time, and their rows put together.

use super::about;
use super::rows;
use super::runner;
use super::scenario::{Case, Scenarios};
use crate::build::Artifacts;
use crate::cli::Target;
use anyhow::{Context, Result};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Instant;
use timing_tests::bench::{Results, Rivals, Row};

/// The emulator uses one core when it counts instructions.
const AT_A_TIME: usize = 2;

/// Rows of a run, or why there are none.
type Made = Option<Result<Vec<Row>>>;

/// What became of all runs.
pub(super) struct Batch {
    /// The rows, in the order of the runs.
    pub(super) results: Results,
    /// A sentence for each run that failed.
    pub(super) failures: Vec<String>,
}

/// Makes all runs; the rows come in the order of the runs whatever ended first.
pub(super) fn all(
    cases: &[Case<'_>],
    scenarios: &Scenarios,
    target: &Target,
    built: &[Artifacts],
    folder: &str,
) -> Result<Batch> {
    let made: Vec<Mutex<Made>> = cases.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let next = || {
        let at = next.fetch_add(1, Relaxed);
        cases.get(at).zip(made.get(at))
    };
    let work = || {
        while let Some((case, place)) = next() {
            let begun = Instant::now();
            let rows = one(case, scenarios, target, built, folder);
            let how = if rows.is_ok() { "measured" } else { "FAILED" };
            eprintln!("{how} {} ({:.1} s)", case.name(), begun.elapsed().as_secs_f64());
            *place.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(rows);
        }
    };
    thread::scope(|scope| (0..AT_A_TIME).for_each(|_| drop(scope.spawn(work))));
    let made = made.into_iter().map(|one| one.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()));
    collect(cases, made.collect(), target)
}

fn one(case: &Case<'_>, scenarios: &Scenarios, target: &Target, built: &[Artifacts], folder: &str) -> Result<Vec<Row>> {
    match built.iter().find(|built| built.arch == case.arch) {
        Some(built) => runner::emulated(case, scenarios, target, &runner::prepare(case, built, folder, "")?),
        None => runner::simulated(case, scenarios, folder),
    }
}

fn collect(cases: &[Case<'_>], made: Vec<Made>, target: &Target) -> Result<Batch> {
    let mut results = Results::new(about::about(target, None));
    let mut failures = Vec::new();
    for (case, made) in cases.iter().zip(made) {
        match made.context("a run was not made")? {
            Ok(rows) => rows.into_iter().for_each(|row| results.push(row)),
            Err(error) => failures.push(format!("{}: {error:#}", case.name())),
        }
    }
    for group in cases.chunk_by(|one, other| one.scenario.name == other.scenario.name && one.arch == other.arch) {
        if group.first().is_some_and(|case| case.scenario.fleet) && failures.is_empty() {
            match rows::fleet(group, &results) {
                Ok(rows) => rows.into_iter().for_each(|row| results.push(row)),
                Err(error) => failures.push(format!("{error:#}")),
            }
        }
    }
    Rivals::known().promise(&mut results);
    Ok(Batch { results, failures })
}
