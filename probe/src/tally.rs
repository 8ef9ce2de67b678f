//! What calls cost: the policy behind the seam, each call counted.

use crate::machine::instructions;
use crate::seam::{self, Subject};
use core::cell::Cell;
use sched::{Affinity, AnyRow, Change, Choice, Cpu, CpuSet, Group, Instant, Params, Refused, Scheduler, Service};
use sched::{Vcpu, When, Why};

/// The calls that are counted, in the order of their tallies.
pub(crate) const CALLS: [&str; 10] =
    ["wake", "block", "yield_now", "pick", "saved", "expire", "alarm", "add", "remove", "change"];

/// What one kind of call cost.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) calls: u64,
    pub(crate) total: u64,
    pub(crate) worst: u32,
}

/// The policy, with its costs.
pub(crate) struct Counted {
    policy: Subject,
    costs: [Cell<Cost>; CALLS.len()],
    /// Instructions between two reads of the counter.
    empty: u32,
}

impl Counted {
    pub(crate) fn new(policy: Subject, empty: u32) -> Self {
        Self { policy, costs: [const { Cell::new(Cost { calls: 0, total: 0, worst: 0 }) }; CALLS.len()], empty }
    }

    /// Names and costs.
    pub(crate) fn costs(&self) -> impl Iterator<Item = (&'static str, Cost)> {
        CALLS.iter().copied().zip(self.costs.iter().map(Cell::get))
    }

    fn book(&self, call: usize, begun: u32, ended: u32) {
        let Some(cell) = self.costs.get(call) else { return };
        let took = ended.wrapping_sub(begun).saturating_sub(self.empty);
        let Cost { calls, total, worst } = cell.get();
        cell.set(Cost { calls: calls + 1, total: total + u64::from(took), worst: worst.max(took) });
    }
}

/// Makes a call between two reads of the counter.
macro_rules! counted {
    ($self:ident, $call:expr, $symbol:ident($($argument:expr),*)) => {{
        let begun = instructions();
        let answer = seam::$symbol($($argument),*);
        let ended = instructions();
        $self.book($call, begun, ended);
        answer
    }};
}

impl Params for Counted {
    type Pool = AnyRow;
    type Group = AnyRow;
    type Vcpu = AnyRow;
    type Entry = AnyRow;
}

impl Scheduler for Counted {
    fn add(&mut self, v: Vcpu, g: Group, p: AnyRow, a: Affinity, now: Instant) -> Result<(), Refused> {
        counted!(self, 7, seam_add(&mut self.policy, v, g, p, a, now))
    }
    fn remove(&mut self, v: Vcpu, now: Instant) -> Result<(), Refused> {
        counted!(self, 8, seam_remove(&mut self.policy, v, now))
    }
    /// One change at a time, so that the cost is that of one entry.
    fn change(&mut self, all: &[Change<Self>], when: When, now: Instant) -> Result<CpuSet, Refused> {
        let mut kick = CpuSet::EMPTY;
        for change in all {
            let one = match *change {
                Change::Pool(row) => Change::Pool(row),
                Change::Group(g, row) => Change::Group(g, row),
                Change::Vcpu(v, row) => Change::Vcpu(v, row),
                Change::Affinity(v, affinity) => Change::Affinity(v, affinity),
                Change::Cpus(cpus) => Change::Cpus(cpus),
            };
            kick = kick.or(counted!(self, 9, seam_change(&mut self.policy, &[one], when, now))?);
        }
        Ok(kick)
    }
    fn wake(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        counted!(self, 0, seam_wake(&mut self.policy, v, now))
    }
    fn block(&mut self, v: Vcpu, why: Why, now: Instant) -> CpuSet {
        counted!(self, 1, seam_block(&mut self.policy, v, why, now))
    }
    fn yield_now(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        counted!(self, 2, seam_yield_now(&mut self.policy, v, now))
    }
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        counted!(self, 3, seam_pick(&mut self.policy, cpu, now))
    }
    fn saved(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet {
        counted!(self, 4, seam_saved(&mut self.policy, v, cpu, now))
    }
    fn alarm(&self) -> Option<Instant> {
        counted!(self, 6, seam_alarm(&self.policy))
    }
    fn expire(&mut self, now: Instant) -> CpuSet {
        counted!(self, 5, seam_expire(&mut self.policy, now))
    }
    fn in_force(&self, v: Vcpu) -> Option<(AnyRow, Affinity)> {
        seam::seam_in_force(&self.policy, v)
    }
    fn service(&self, v: Vcpu, now: Instant) -> Service {
        seam::seam_service(&self.policy, v, now)
    }
    fn heeds(&self, v: Vcpu, now: Instant) -> Instant {
        seam::seam_heeds(&self.policy, v, now)
    }
}
