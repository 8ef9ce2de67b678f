//! One run of a scenario: the configuration filled in, the machine or the simulator, the rows.

use super::case::Case;
use super::histogram;
use super::rows;
use super::scenario::Scenarios;
use crate::build::{self, Artifacts};
use crate::cli::{SimArgs, Target};
use crate::console::Format;
use crate::report::{self, Measured};
use crate::run;
use crate::sim;
use crate::system::System;
use crate::trial::{self, Mode, Outcome, Request};
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Context, Result, bail, ensure};
use std::path::PathBuf;
use std::time::Duration;
use timing_tests::Plan;
use timing_tests::bench::{Figures, Row, Shown, Unit};
use timing_tests::metrics::{self, Report};
use timing_tests::simulate::Costs;
use trace::Recording;

/// What the simulator's rows have in place of an architecture.
const SIMULATOR: &str = "simulator";
/// How much longer a run may take on the host for each copy, whose memory has to be scrubbed.
const COPY: Duration = Duration::from_millis(200);

/// How often a run in the host's time is tried, if it is refused.
const ATTEMPTS: u32 = 8;

/// What a run gave.
pub(super) struct Found {
    /// Its rows.
    pub(super) rows: Vec<Row>,
    /// Its trace, if the page shows it.
    pub(super) trace: Option<Trace>,
}

/// A trace for the page.
pub(super) struct Trace {
    name: String,
    recording: Recording,
    plan: Plan,
}

impl Trace {
    /// As the page wants it.
    pub(super) fn shown(&self) -> Shown<'_> {
        Shown { name: self.name.clone(), recording: &self.recording, plan: &self.plan }
    }
}

/// A run that can be made.
pub(super) struct Ready {
    /// The name of its folder below `target/run`.
    pub(super) name: String,
    /// What runs.
    pub(super) system: System,
    /// The hypervisor, which has the system's schedulers.
    pub(super) built: Artifacts,
    /// The boot line.
    pub(super) boot: String,
    /// How long it runs.
    pub(super) seconds: Seconds,
}

/// Fills in and builds what a run boots; `more` stands behind its boot line. Its files are in a folder of its own
/// below `target/run/FOLDER`.
pub(super) fn prepare(case: &Case<'_>, target: &Target, built: &Artifacts, folder: &str, more: &str) -> Result<Ready> {
    let system = System::build(&configuration(case, folder)?, built)?;
    let built = build::with_schedulers(built.clone(), system.schedulers(Some(case.scheduler)))?;
    let seconds = case.seconds_on(target);
    let boot = run::boot_line(Some(case.scheduler), Some(seconds), Format::Frames);
    let words = [boot.as_str(), &case.scenario.boot, more];
    let boot = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ");
    Ok(Ready { name: name(case, folder), system, built, boot, seconds })
}

fn name(case: &Case<'_>, folder: &str) -> String {
    format!("{folder}/{}", case.name())
}

/// Writes the configuration with its gaps filled.
fn configuration(case: &Case<'_>, folder: &str) -> Result<PathBuf> {
    let config = trial::folder(&name(case, folder))?.join(&case.scenario.name).with_extension("toml");
    workspace::write(&config, case.config()?.as_bytes())?;
    Ok(config)
}

/// Makes a run on the emulator.
pub(super) fn emulated(case: &Case<'_>, scenarios: &Scenarios, target: &Target, ready: &Ready) -> Result<Found> {
    let mode = if *target == Target::Qemu { Mode::Counted } else { Mode::RealTime };
    let request = request(case, ready, mode);
    let mut outcome = trial::run(&request)?;
    // Where the host's time passes, a busy host can make the clocks of the machine contradict each other, which the
    // hypervisor refuses at once.
    for _ in 1..if mode == Mode::RealTime { ATTEMPTS } else { 1 } {
        if outcome.refusal().is_some() {
            outcome = trial::run(&request)?;
        }
    }
    found(case, scenarios, target, &ready.system, &outcome)
}

/// The run of a system, in the same folder as its configuration.
fn request(case: &Case<'_>, ready: &Ready, mode: Mode) -> Request {
    let Ready { name, system, built, boot, seconds } = ready;
    let usual = run::counted(built, system, Some(case.scheduler), *seconds);
    Request {
        name: name.clone(),
        boot: boot.clone(),
        memory: case.memory.0,
        mode,
        account: case.scenario.masked && mode == Mode::Counted,
        limit: usual.limit + COPY * case.copies.unwrap_or(0),
        ..usual
    }
}

/// What a run gave, if it ended in an orderly way.
pub(super) fn found(
    case: &Case<'_>,
    scenarios: &Scenarios,
    target: &Target,
    system: &System,
    outcome: &Outcome,
) -> Result<Found> {
    let (recording, bytes) = (outcome.orderly()?, system.plan()?);
    let measured = Measured::of(recording, bytes)?;
    let unit = Unit::of_times(recording.unit);
    match unit {
        // In real time nobody can promise anything: a missed deadline is a figure like any other.
        Unit::Ns => done(&measured.report)?,
        _ => ensure!(measured.held(), "an expectation does not hold:\n{}", measured.table()),
    }
    let plan = report::promised(recording, bytes)?;
    let mut rows = rows::rows(case, scenarios, target, recording, &plan);
    if let Some(stretches) = &outcome.stretches {
        let longest = stretches.longest().context("no stretch with interrupts masked was logged")?;
        rows.push(rows::masked(case, target, plan.hash, longest));
    }
    if case.scenario.linux {
        let samples = histogram::samples(&outcome.console)?;
        let figures = Figures::of_samples(&samples).context("cyclictest took no sample")?;
        rows.push(rows::setting(case, target).row(plan.hash, "cyclictest in Linux", "latency", unit, figures));
    }
    let trace = case.shown.then(|| Trace { name: case.title(case.arch.name()), recording: recording.clone(), plan });
    Ok(Found { rows, trace })
}

/// Whether every guest came to its end: one that did not has measured too little.
fn done(report: &Report) -> Result<()> {
    let verdicts = report.partitions.iter().flat_map(|partition| &partition.verdicts);
    match verdicts.into_iter().find(|verdict| verdict.about == "end" && verdict.outcome != metrics::Outcome::Held) {
        Some(verdict) => bail!("{}; give the scenario more `real_seconds`", verdict.sentence),
        None => Ok(()),
    }
}

/// Makes a run in the simulator.
pub(super) fn simulated(case: &Case<'_>, scenarios: &Scenarios, folder: &str) -> Result<Found> {
    let arguments = SimArgs {
        config: configuration(case, folder)?,
        sched: Some(case.scheduler.into()),
        seconds: Some(case.seconds),
        costs: Costs::default(),
        seed: 1,
        workloads: Vec::new(),
        json: None,
        trace: None,
    };
    let simulated = sim::record(&arguments)?;
    let plan = report::promised(&simulated.recording, &simulated.plan)?;
    let mut rows = rows::rows(case, scenarios, &Target::Sim, &simulated.recording, &plan);
    for row in &mut rows {
        row.key.arch = SIMULATOR.into();
    }
    let recording = simulated.recording;
    let trace = case.shown.then(|| Trace { name: case.title(SIMULATOR), recording, plan });
    Ok(Found { rows, trace })
}
