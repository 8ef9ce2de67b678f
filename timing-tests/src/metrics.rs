//! Measuring a recording against its plan.
//!
//! Everything is measured in the time from the epoch to the end of the run in which the recording lacks no event
//! ([`Recording::known`], half-open stretches): what lies elsewhere, or is cut by its ends, is not guessed.

mod history;
mod hypervisor;
mod jobs;
pub(crate) mod known;
mod lives;
mod promise;
mod report;
pub(crate) mod running;
mod slope;
mod spread;
pub(crate) mod tasks;
mod verdict;
pub(crate) mod windows;

pub use report::{
    HypervisorReport, Outcome, PartitionReport, PoolReport, Report, SCHEMA, ServerReport, TaskReport, ValueReport,
    Verdict, WindowReport,
};
pub use slope::Slope;
pub use spread::Spread;

use crate::plan::Plan;
use known::Known;
use running::Running;
use sched::{Instant, Service, Times, Vcpu};
use std::collections::BTreeMap;
use trace::{
    Calls, Event, Recording, Unit,
    recording::{is_summary, when},
};

/// What all measurements start from.
pub(crate) struct Run<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) recording: &'a Recording,
    /// The calls of each pool.
    pub(crate) calls: Vec<Calls<'a>>,
    /// All events of the measured time in one order.
    pub(crate) events: Vec<Event>,
    /// How the promise to each vCPU was kept, by pool and vCPU.
    pub(crate) services: BTreeMap<(usize, Vcpu), Service>,
    /// The hypervisor's ledger of each vCPU, and up to when.
    pub(crate) ledgers: BTreeMap<(usize, Vcpu), (Instant, Times)>,
    /// The measured time.
    pub(crate) known: Known,
}

impl<'a> Run<'a> {
    pub(crate) fn new(recording: &'a Recording, plan: &'a Plan) -> Self {
        let known = Known::of(recording);
        // Counters are sums: they hold for the whole run, and are written after its end.
        let measured = |event: &Event| is_summary(event) || when(event).is_some_and(|at| known.place(at).is_some());
        let all = trace::merge(recording).into_iter().map(|(_, event)| event);
        let events: Vec<Event> = all.filter(measured).collect();
        let calls = (0..plan.pools.len()).map(|pool| Calls::of(recording, pool)).collect();
        let mut run =
            Self { plan, recording, calls, services: BTreeMap::new(), ledgers: BTreeMap::new(), events, known };
        run.index();
        run
    }

    fn index(&mut self) {
        for event in &self.events {
            match *event {
                Event::Service { pool, v, service, .. } => {
                    self.services.insert((pool.into(), v), service);
                }
                Event::Times { pool, v, now, times } => {
                    self.ledgers.insert((pool.into(), v), (now, times));
                }
                _ => {}
            }
        }
    }

    /// True if no event of the run is missing.
    pub(crate) fn is_complete(&self) -> bool {
        self.recording.dropped() == 0 && self.calls.iter().all(|calls| calls.gap.is_none())
    }
}

/// Measures a recording against the plan that it ran.
pub fn measure(recording: &Recording, plan: &Plan) -> Report {
    let run = Run::new(recording, plan);
    let running: Vec<Running> = (0..plan.pools.len()).map(|pool| Running::of(&run, pool)).collect();
    let mut partitions = lives::partitions(&run, &running);
    for task in tasks::tasks(&run) {
        if let Some(partition) = partitions.get_mut(task.partition) {
            partition.tasks.push(task.report);
        }
    }
    promise::promise(&run, &mut partitions);
    verdict::judge(&run, &mut partitions);
    Report {
        schema: SCHEMA,
        system: plan.name.clone(),
        plan_hash: format!("{:016x}", plan.hash),
        unit: unit_name(recording.unit),
        measured: run.known.length(),
        unmeasured: recording.end().nanos().saturating_sub(run.known.length()),
        orderly: recording.ended,
        replayable: run.is_complete(),
        dropped: recording.dropped(),
        pools: pools(&run, &running),
        windows: windows::windows(&run),
        hypervisor: hypervisor::hypervisor(&run),
        values: hypervisor::values(&run),
        partitions,
    }
}

fn pools(run: &Run<'_>, running: &[Running]) -> Vec<PoolReport> {
    let one = |(index, pool): (usize, &crate::plan::Pool)| PoolReport {
        name: pool.name.clone(),
        scheduler: pool.scheduler.clone(),
        cpus: pool.cpus.iter().map(|cpu| cpu.0).collect(),
        calls: run.calls.get(index).map_or(0, Calls::recorded) as u64,
        busy: running.get(index).map_or(0, |running| running.total(&run.known)),
    };
    run.plan.pools.iter().enumerate().map(one).collect()
}

/// What the times of a recording are.
pub(crate) fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::RealTime => "ns",
        Unit::Instructions => "virtual ns (instructions)",
        Unit::Simulated => "virtual ns (simulated)",
    }
}

/// `part` of `whole` in parts per million, rounded down.
pub(crate) fn ppm(part: u64, whole: u64) -> u64 {
    (u128::from(part) * 1_000_000).checked_div(whole.into()).map_or(0, |share| share.min(u64::MAX.into()) as u64)
}

#[cfg(test)]
mod tests;
