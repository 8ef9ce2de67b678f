//! What scenarios share: the built files, a way to run a configuration, and what they look at afterwards.

use crate::account::Stretches;
use crate::build::Artifacts;
use crate::report::{self, Measured};
use crate::run;
use crate::system::System;
use crate::trial::{self, Outcome, Request};
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Context, Result, ensure};
use std::time::Duration;
use timing_tests::metrics::{PartitionReport, Report};

/// The built files.
pub(crate) struct Lab {
    /// The hypervisor and the guests.
    pub(super) built: Artifacts,
}

/// A run that held.
pub(super) struct Done {
    /// What came over the serial line.
    pub(super) console: String,
    /// The measurements.
    pub(super) measured: Measured,
    /// The trace file's bytes.
    pub(super) trace: Vec<u8>,
    /// Where its instructions went, if that was asked for.
    pub(super) stretches: Option<Stretches>,
}

impl Lab {
    /// With these files.
    pub(crate) fn new(built: Artifacts) -> Self {
        Self { built }
    }

    /// The system of `configs/NAME.toml`.
    pub(super) fn system(&self, config: &str) -> Result<System> {
        System::build(&workspace::root().join("configs").join(config).with_extension("toml"), &self.built)
    }

    /// A run of a system, as `cargo xtask run` would make it, for scenarios that change something first.
    pub(super) fn request(&self, name: &str, system: &System, sched: Option<&str>, stop: Seconds) -> Request {
        Request { name: format!("test/{name}"), ..run::counted(&self.built, system, sched, stop) }
    }

    /// Runs a configuration and holds it to what every run must keep.
    pub(super) fn run(&self, name: &str, config: &str, sched: Option<&str>, millis: u64) -> Result<Done> {
        self.run_with(name, config, sched, millis, "")
    }

    /// The same with further boot parameters.
    pub(super) fn run_with(
        &self,
        name: &str,
        config: &str,
        sched: Option<&str>,
        millis: u64,
        more: &str,
    ) -> Result<Done> {
        self.run_changed(name, config, sched, millis, |request| request.boot.push_str(more))
    }

    /// The same with anything else changed before it runs.
    pub(super) fn run_changed(
        &self,
        name: &str,
        config: &str,
        sched: Option<&str>,
        millis: u64,
        change: impl Fn(&mut Request),
    ) -> Result<Done> {
        let system = self.system(config)?;
        let mut request = self.request(name, &system, sched, Seconds(millis * 1_000_000));
        change(&mut request);
        let outcome = trial::run(&request)?;
        let folder = trial::folder(&request.name)?;
        judge(&system, outcome).with_context(|| format!("see {}", workspace::shown(&folder.join("console.txt"))))
    }
}

fn judge(system: &System, outcome: Outcome) -> Result<Done> {
    let recording = outcome.orderly()?;
    let measured = Measured::of(recording, system.plan()?)?;
    ensure!(measured.held(), "an expectation does not hold:\n{}", measured.table());
    for pool in report::replay(recording, system.plan()?)? {
        ensure!(pool.is_same(), "the replay of pool {pool}");
    }
    let trace = report::bytes(recording, system.plan()?)?;
    Ok(Done { console: outcome.console, measured, trace, stretches: outcome.stretches })
}

impl Done {
    /// All measurements.
    pub(super) fn report(&self) -> &Report {
        &self.measured.report
    }

    /// The measurements of one partition.
    pub(super) fn partition(&self, name: &str) -> Result<&PartitionReport> {
        let found = self.report().partitions.iter().find(|partition| partition.name == name);
        found.with_context(|| format!("the configuration has no partition `{name}`"))
    }

    /// The deadline misses of a partition; one without tasks is a mistake of the scenario.
    pub(super) fn misses(&self, name: &str) -> Result<u64> {
        let tasks = &self.partition(name)?.tasks;
        ensure!(!tasks.is_empty(), "partition `{name}` marked no task");
        Ok(tasks.iter().map(|task| task.misses).sum())
    }
}

/// A limit on the host for runs that stop by themselves at once.
pub(super) const PROMPT: Duration = Duration::from_secs(60);
