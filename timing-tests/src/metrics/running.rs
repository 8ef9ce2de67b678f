//! When each vCPU ran, by the recorded choices.
//!
//! The rule is the one of the hypervisor's own ledger: a vCPU runs from the `Pick` that chose it until it
//! blocks, or until another `Pick` on that pCPU chooses otherwise. So the two can be compared to the ns.

use super::{Run, known::Known};
use sched::{Cpu, Instant, Vcpu};
use trace::{calls::Recorded, seam::Called};

/// A vCPU ran on a pCPU, from an instant up to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Interval {
    pub(crate) from: Instant,
    pub(crate) to: Instant,
    pub(crate) cpu: Cpu,
}

/// The running intervals of a pool's vCPUs.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    /// Per vCPU, in order.
    intervals: Vec<Vec<Interval>>,
    /// Per pCPU: what runs there, and since when unless it is blocked.
    current: [Option<(Vcpu, Option<Instant>)>; Cpu::LIMIT],
}

impl Running {
    /// The running intervals in pool `pool`; those still open never end. Where events are missing an interval may go on
    /// although it ended; in the measured time, where each pCPU has chosen anew, they are right.
    pub(crate) fn of(run: &Run<'_>, pool: usize) -> Self {
        let vcpus = run.plan.pools.get(pool).map_or(0, |pool| pool.vcpus);
        let mut running = Self { intervals: vec![Vec::new(); vcpus], current: [None; Cpu::LIMIT] };
        if let Some(calls) = run.calls.get(pool) {
            calls.all().for_each(|call| running.follow(&call));
        }
        for cpu in 0..Cpu::LIMIT {
            running.stop(cpu, Instant::MAX);
        }
        running
    }

    /// When and where `v` ran.
    pub(crate) fn intervals(&self, v: usize) -> &[Interval] {
        self.intervals.get(v).map(Vec::as_slice).unwrap_or_default()
    }

    /// The time for which `v` ran up to `until`.
    pub(crate) fn of_vcpu(&self, v: usize, until: Instant) -> u64 {
        let times = self.intervals(v).iter().map(|ran| until.min(ran.to).since(ran.from).nanos());
        times.fold(0, u64::saturating_add)
    }

    /// The measured time for which `v` ran.
    pub(crate) fn measured(&self, v: usize, known: &Known) -> u64 {
        let parts = self.intervals(v).iter().flat_map(|ran| known.parts(ran.from, ran.to));
        parts.map(|part| part.end.since(part.start).nanos()).fold(0, u64::saturating_add)
    }

    /// The measured time for which any vCPU ran.
    pub(crate) fn total(&self, known: &Known) -> u64 {
        (0..self.intervals.len()).map(|v| self.measured(v, known)).fold(0, u64::saturating_add)
    }

    fn follow(&mut self, call: &Recorded) {
        let now = call.event.now;
        match call.called {
            Some(Called::Pick(cpu) | Called::Turn(cpu, _)) => {
                self.pick(cpu.index(), call.event.answer().choice.run, now)
            }
            Some(Called::Block(v, _)) => self.block(v, now),
            _ => {}
        }
    }

    fn pick(&mut self, cpu: usize, run: Option<Vcpu>, now: Instant) {
        let Some(current) = self.current.get(cpu).copied() else { return };
        let since = match (current, run) {
            (Some((before, since)), Some(v)) if before == v => since,
            _ => {
                self.stop(cpu, now);
                None
            }
        };
        self.current[cpu] = run.map(|v| (v, since.or(Some(now))));
    }

    fn block(&mut self, v: Vcpu, now: Instant) {
        for cpu in 0..Cpu::LIMIT {
            if self.current[cpu].is_some_and(|(here, _)| here == v) {
                self.stop(cpu, now);
                self.current[cpu] = Some((v, None));
            }
        }
    }

    /// Ends what runs on `cpu`.
    fn stop(&mut self, cpu: usize, now: Instant) {
        if let Some((v, Some(from))) = self.current[cpu].take()
            && let Some(intervals) = self.intervals.get_mut(v.index())
        {
            intervals.push(Interval { from, to: now, cpu: Cpu(cpu as u8) });
        }
    }
}
