//! Whom to interrupt: finds the pCPU that a waiting vCPU should have.
//!
//! A pick always takes the first in line, so a kick only has to reach the right pCPU. One that owes a
//! pick already is not asked twice: it is pledged to the vCPU for which it was kicked, and if its pick
//! takes another one, the pledged vCPU is placed again.

use crate::rank::Rank;
use crate::slot::Place;
use crate::{Rtds, Slot};
use sched::{Cpu, CpuSet, Instant, Vcpu};

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Rtds<M> {
    /// Finds a pCPU for the waiting vCPU `v`: a free one, else the one with the last in rank if `v`
    /// comes before it, else none; then those that run without an end learn that somebody waits.
    // [RTDS-R-05]
    pub(crate) fn place(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        let (hard, soft) = (slot.hard, slot.affinity.soft);
        // While the context is being saved, only the old pCPU may take it, and it has just chosen.
        slot.unplaced = slot.place != Place::Away;
        if !slot.run.is_linked() || slot.unplaced {
            return CpuSet::EMPTY;
        }
        let open = hard.and(self.terms.cpus);
        let free = open.and(self.idle).without(self.kicked);
        if !free.is_empty() {
            let cpu = prefer(free, slot.last, soft);
            return self.pledge(cpu, v);
        }
        match self.victim(open, now) {
            Some((cpu, standing)) if standing.is_none_or(|runner| self.beats(v, runner)) => self.pledge(cpu, v),
            _ => self.arm(open),
        }
    }

    /// Any pCPU in `hard` may take `v` from now on.
    #[inline(never)]
    pub(crate) fn settle(&mut self, v: Vcpu, hard: CpuSet, now: Instant) -> CpuSet {
        self.run.set_mask(&mut self.slots, v.0, hard.bits());
        self.place(v, now)
    }

    /// Asks `cpu` to pick, for `v`.
    #[inline(always)]
    fn pledge(&mut self, cpu: Cpu, v: Vcpu) -> CpuSet {
        self.seats.at_mut(cpu.index()).pledge = Some(v);
        self.kick(CpuSet::only(cpu))
    }

    /// Notes that `cpus` owe a pick, and returns those that did not yet.
    pub(crate) fn kick(&mut self, cpus: CpuSet) -> CpuSet {
        let fresh = cpus.without(self.kicked);
        self.kicked = self.kicked.or(cpus);
        fresh
    }

    /// Those that run without an end get one at their next pick, now that somebody waits.
    fn arm(&mut self, open: CpuSet) -> CpuSet {
        self.kick(open.without(self.armed))
    }

    /// The pCPU in `open` whose runner ranks last, with that runner; no runner: it is about to be free.
    // [RTDS-R-05]
    fn victim(&mut self, open: CpuSet, now: Instant) -> Option<(Cpu, Option<Vcpu>)> {
        let mut last: Option<(Rank, Cpu, Vcpu)> = None;
        for cpu in open.iter() {
            if self.is_pledged(cpu) {
                continue;
            }
            let Some(runner) = self.charge(cpu, now).filter(|runner| self.stays(*runner, cpu)) else {
                return Some((cpu, None));
            };
            let standing = self.standing(runner);
            if last.is_none_or(|(rank, ..)| standing > rank) {
                last = Some((standing, cpu, runner));
            }
        }
        last.map(|(_, cpu, runner)| (cpu, Some(runner)))
    }

    /// True if `cpu` owes a pick for a vCPU that still waits for it.
    fn is_pledged(&self, cpu: Cpu) -> bool {
        let pledge = self.seats.at(cpu.index()).pledge;
        self.kicked.contains(cpu) && pledge.is_some_and(|v| self.slots.at(v.index()).run.is_linked())
    }

    /// True if the runner of `cpu` could stay there.
    pub(crate) fn stays(&self, v: Vcpu, cpu: Cpu) -> bool {
        self.slots.at(v.index()).may_stay(self.terms.cpus.and(CpuSet::only(cpu)))
    }

    /// The rank of a runner: one whose turn is over comes last.
    fn standing(&self, v: Vcpu) -> Rank {
        let slot = self.slots.at(v.index());
        let rank = slot.rank();
        if rank.is_spare() && slot.slice.is_zero() { Rank::LAST } else { rank }
    }

    /// True if `waiting`, which is in line, should have the pCPU of `runner`.
    // [RTDS-R-05] [RTDS-R-06]
    #[inline(always)]
    pub(crate) fn beats(&self, waiting: Vcpu, runner: Vcpu) -> bool {
        let rank = Rank::of(&self.slots.at(waiting.index()).run);
        self.slots.at(runner.index()).gives_way(rank)
    }
}

// [RTDS-R-20]
/// The member of `set`, which has one, where the vCPU ran last, or one it prefers, or any.
fn prefer(set: CpuSet, last: Option<Cpu>, soft: CpuSet) -> Cpu {
    let fond = set.and(soft);
    let set = if fond.is_empty() { set } else { fond };
    last.filter(|cpu| set.contains(*cpu)).or(set.first()).unwrap_or_default()
}
