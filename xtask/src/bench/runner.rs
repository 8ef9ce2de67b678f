//! One run of a scenario: the configuration filled in, the machine or the simulator, the rows.

use super::histogram;
use super::rows;
use super::scenario::{Case, Scenarios};
use crate::build::{self, Artifacts};
use crate::cli::{SimArgs, Target};
use crate::report::{self, Measured};
use crate::run;
use crate::sim;
use crate::system::System;
use crate::trial::{self, Mode, Outcome, Request};
use crate::workspace;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::time::Duration;
use timing_tests::bench::{Figures, Row, Unit};
use timing_tests::simulate::Costs;

/// What the simulator's rows have in place of an architecture.
const SIMULATOR: &str = "simulator";
/// How much longer a run may take on the host for each copy, whose memory has to be scrubbed.
const COPY: Duration = Duration::from_millis(200);

/// Makes a run in a folder of its own below `target/run/FOLDER` and gives its rows.
pub(super) fn run(
    case: &Case<'_>,
    scenarios: &Scenarios,
    target: Target,
    built: Option<&Artifacts>,
    folder: &str,
) -> Result<Vec<Row>> {
    let name = format!("{folder}/{}", case.name());
    let config = trial::folder(&name)?.join(&case.scenario.name).with_extension("toml");
    workspace::write(&config, case.config()?.as_bytes())?;
    match built {
        Some(built) => emulated(case, scenarios, target, built, &config, &name),
        None => simulated(case, scenarios, &config),
    }
}

fn emulated(
    case: &Case<'_>,
    scenarios: &Scenarios,
    target: Target,
    built: &Artifacts,
    config: &Path,
    name: &str,
) -> Result<Vec<Row>> {
    let system = System::build(config, built)?;
    let built = build::with_schedulers(built.clone(), system.schedulers(Some(case.scheduler)))?;
    let mode = if target == Target::Qemu { Mode::Counted } else { Mode::RealTime };
    let request = request(case, &system, &built, mode, name);
    let outcome = trial::run(&request)?;
    rows_of(case, scenarios, &system, &outcome, mode)
}

/// The run of a system, in the same folder as its configuration.
fn request(case: &Case<'_>, system: &System, built: &Artifacts, mode: Mode, name: &str) -> Request {
    let usual = run::counted(built, system, Some(case.scheduler), case.seconds);
    Request {
        name: name.into(),
        boot: format!("{} {}", usual.boot, case.scenario.boot).trim_end().into(),
        memory: case.memory.0,
        mode,
        account: case.scenario.masked && mode == Mode::Counted,
        limit: usual.limit + COPY * case.copies.unwrap_or(0),
        ..usual
    }
}

fn rows_of(case: &Case<'_>, scenarios: &Scenarios, system: &System, outcome: &Outcome, mode: Mode) -> Result<Vec<Row>> {
    let (recording, bytes) = (outcome.orderly()?, system.plan()?);
    let measured = Measured::of(recording, bytes)?;
    // On the host's time nobody can promise anything.
    ensure!(mode != Mode::Counted || measured.held(), "an expectation does not hold:\n{}", measured.table());
    let plan = report::promised(recording, bytes)?;
    let mut rows = rows::rows(case, scenarios, recording, &plan);
    if let Some(stretches) = &outcome.stretches {
        let longest = stretches.longest().context("no stretch with interrupts masked was logged")?;
        rows.push(rows::masked(case, plan.hash, longest));
    }
    if case.scenario.linux {
        let samples = histogram::samples(&outcome.console)?;
        let figures = Figures::of_samples(&samples).context("cyclictest took no sample")?;
        let unit = if mode == Mode::Counted { Unit::VirtualNs } else { Unit::Ns };
        rows.push(rows::setting(case).row(plan.hash, "cyclictest in Linux", "latency", unit, figures));
    }
    Ok(rows)
}

fn simulated(case: &Case<'_>, scenarios: &Scenarios, config: &Path) -> Result<Vec<Row>> {
    let arguments = SimArgs {
        config: config.into(),
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
    let mut rows = rows::rows(case, scenarios, &simulated.recording, &plan);
    for row in &mut rows {
        row.key.arch = SIMULATOR.into();
    }
    Ok(rows)
}
