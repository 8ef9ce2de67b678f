//! What calls cost: the policy behind the seam, each call counted.

use crate::machine::instructions;
use crate::seam::{self, Subject};
use core::cell::Cell;
use sched::{Affinity, AnyRow, Change, Choice, Cpu, CpuSet, Group, Instant, Params, Refused, Scheduler, Service};
use sched::{Vcpu, When, Why};

/// The calls that are counted, in the order of their tallies.
pub(crate) const CALLS: [&str; 11] =
    ["wake", "block", "yield_now", "pick", "saved", "expire", "alarm", "add", "remove", "change", "block_running"];
/// To block who runs is another matter than to block who waits, and how often which comes depends on the size.
const BLOCK_WAITING: usize = 1;
const BLOCK_RUNNING: usize = 10;

/// What one kind of call cost.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Calls that had something to do, and what they cost together.
    pub(crate) calls: u64,
    pub(crate) total: u64,
    /// The most that any call cost.
    pub(crate) worst: u32,
}

/// The most vCPUs of any size.
const VCPUS: usize = 4096;

/// The policy, with its costs.
pub(crate) struct Counted {
    policy: Subject,
    costs: [Cell<Cost>; CALLS.len()],
    /// Instructions between two reads of the counter.
    empty: u32,
    /// Who is ready, as the calls say: a bit for each vCPU.
    ready: [Cell<u64>; VCPUS / 64],
    /// What was chosen last on each pCPU.
    chosen: [Cell<Option<Vcpu>>; Cpu::LIMIT],
}

impl Counted {
    pub(crate) fn new(policy: Subject, empty: u32) -> Self {
        Self {
            policy,
            costs: [const { Cell::new(Cost { calls: 0, total: 0, worst: 0 }) }; CALLS.len()],
            empty,
            ready: [const { Cell::new(0) }; VCPUS / 64],
            chosen: [const { Cell::new(None) }; Cpu::LIMIT],
        }
    }

    /// Names and costs.
    pub(crate) fn costs(&self) -> impl Iterator<Item = (&'static str, Cost)> {
        CALLS.iter().copied().zip(self.costs.iter().map(Cell::get))
    }

    /// A call that had nothing to do counts for the worst, and not for the mean: else the mean would say how often
    /// there was something to do, which is another matter with few vCPUs than with many.
    fn book(&self, call: usize, begun: u32, ended: u32, useful: bool) {
        let Some(cell) = self.costs.get(call) else { return };
        let took = ended.wrapping_sub(begun).saturating_sub(self.empty);
        let Cost { calls, total, worst } = cell.get();
        let (calls, total) = if useful { (calls + 1, total + u64::from(took)) } else { (calls, total) };
        cell.set(Cost { calls, total, worst: worst.max(took) });
    }

    fn set_ready(&self, v: Vcpu, ready: bool) {
        if let Some(word) = self.ready.get(v.index() / 64) {
            let bit = 1 << (v.index() % 64);
            word.set(if ready { word.get() | bit } else { word.get() & !bit });
        }
    }

    fn is_ready(&self, v: Vcpu) -> bool {
        self.ready.get(v.index() / 64).is_some_and(|word| word.get() >> (v.index() % 64) & 1 != 0)
    }
}

/// Makes a call between two reads of the counter. It has something to do unless `useful` says otherwise of its answer.
macro_rules! counted {
    ($self:ident, $call:expr, $symbol:ident($($argument:expr),*)) => {
        counted!($self, $call, $symbol($($argument),*), |_| true)
    };
    ($self:ident, $call:expr, $symbol:ident($($argument:expr),*), $useful:expr) => {{
        let begun = instructions();
        let answer = seam::$symbol($($argument),*);
        let ended = instructions();
        $self.book($call, begun, ended, $useful(&answer));
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
        self.set_ready(v, true);
        counted!(self, 0, seam_wake(&mut self.policy, v, now))
    }
    fn block(&mut self, v: Vcpu, why: Why, now: Instant) -> CpuSet {
        self.set_ready(v, false);
        let runs = self.chosen.iter().any(|chosen| chosen.get() == Some(v));
        let call = if runs { BLOCK_RUNNING } else { BLOCK_WAITING };
        counted!(self, call, seam_block(&mut self.policy, v, why, now))
    }
    fn yield_now(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        counted!(self, 2, seam_yield_now(&mut self.policy, v, now))
    }
    /// Without a choice there was nothing to choose from.
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        let choice = counted!(self, 3, seam_pick(&mut self.policy, cpu, now), |choice: &Choice| choice.run.is_some());
        if let Some(chosen) = self.chosen.get(cpu.index()) {
            chosen.set(choice.run);
        }
        choice
    }
    /// Who is not ready has no place to be put into.
    fn saved(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet {
        let ready = self.is_ready(v);
        counted!(self, 4, seam_saved(&mut self.policy, v, cpu, now), |_| ready)
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
