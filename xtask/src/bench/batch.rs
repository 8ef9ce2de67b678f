//! Many runs on this machine, and their rows put together.

use super::about;
use super::case::Case;
use super::rows;
use super::runner::{self, Found, Trace};
use super::scenario::Scenarios;
use crate::build::Artifacts;
use crate::cli::Target;
use anyhow::{Context, Result};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Instant;
use timing_tests::bench::{Results, Rivals};

/// The emulator uses one core when it counts instructions.
const AT_A_TIME: usize = 2;

/// What a run gave, or why it gave nothing.
type Made = Option<Result<Found>>;

/// What became of all runs.
pub(super) struct Batch {
    /// The rows, in the order of the runs.
    pub(super) results: Results,
    /// A sentence for each run that failed.
    pub(super) failures: Vec<String>,
    /// What the page shows.
    pub(super) traces: Vec<Trace>,
}

impl Batch {
    /// Nothing yet.
    pub(super) fn new(results: Results) -> Self {
        Self { results, failures: Vec::new(), traces: Vec::new() }
    }

    /// Adds what became of a run.
    pub(super) fn add(&mut self, case: &Case<'_>, found: Result<Found>) {
        match found {
            Ok(Found { rows, trace }) => {
                rows.into_iter().for_each(|row| self.results.push(row));
                self.traces.extend(trace);
            }
            Err(error) => self.failures.push(format!("{}: {error:#}", case.name())),
        }
    }
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
            let found = one(case, scenarios, target, built, folder);
            let how = if found.is_ok() { "measured" } else { "FAILED" };
            eprintln!("{how} {} ({:.1} s)", case.name(), begun.elapsed().as_secs_f64());
            *place.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(found);
        }
    };
    // In the host's time two would take it from each other.
    let at_a_time = if *target == Target::QemuRealtime { 1 } else { AT_A_TIME };
    thread::scope(|scope| (0..at_a_time).for_each(|_| drop(scope.spawn(work))));
    let made = made.into_iter().map(|one| one.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()));
    collect(cases, made.collect(), target)
}

fn one(case: &Case<'_>, scenarios: &Scenarios, target: &Target, built: &[Artifacts], folder: &str) -> Result<Found> {
    match built.iter().find(|built| built.arch == case.arch) {
        Some(built) => runner::emulated(case, scenarios, target, &runner::prepare(case, target, built, folder, "")?),
        None => runner::simulated(case, scenarios, folder),
    }
}

fn collect(cases: &[Case<'_>], made: Vec<Made>, target: &Target) -> Result<Batch> {
    let mut batch = Batch::new(Results::new(about::about(target, None)));
    for (case, made) in cases.iter().zip(made) {
        batch.add(case, made.context("a run was not made")?);
    }
    for group in cases.chunk_by(|one, other| one.scenario.name == other.scenario.name && one.arch == other.arch) {
        if group.first().is_some_and(|case| case.scenario.fleet) && batch.failures.is_empty() {
            match rows::fleet(group, &batch.results) {
                Ok(rows) => rows.into_iter().for_each(|row| batch.results.push(row)),
                Err(error) => batch.failures.push(format!("{error:#}")),
            }
        }
    }
    Rivals::known().promise(&mut batch.results);
    Ok(batch)
}
