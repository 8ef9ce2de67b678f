//! Loans: who runs on a pCPU while its owner has no use for it.
//!
//! Where pCPUs are lent, only who is ready stands in the waiting line, and a vCPU that is not ready has a turn
//! nowhere. A loan changes neither ownership nor the borrower's place among those that wait. It ends when the owner
//! wakes, when the borrower is no longer ready, or when it gets a pCPU to own: borrowers have no slice.

use crate::Null;
use crate::slot::{NO_PLACE, Slot};
use sched::{Cpu, CpuSet, Vcpu};

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Null<M> {
    /// Nobody has a turn on `cpu`: it goes to the line, who prefers it first, then who may use it.
    // [NULL-R-04] [NULL-R-13] [NULL-R-15]
    #[inline(never)]
    pub(crate) fn release(&mut self, cpu: Cpu) -> CpuSet {
        let seat = self.seats.at_mut(cpu.index());
        seat.user = None;
        let left = seat.runs.map_or(CpuSet::EMPTY, |_| CpuSet::only(cpu));
        if !self.cpus.contains(cpu) {
            return left;
        }
        self.idle = self.idle.or(CpuSet::only(cpu));
        self.first(cpu).map_or(left, |v| left.or(self.assign(v, cpu)))
    }

    /// Ends the loan of `cpu`, if it is lent: the borrower is back in the line.
    #[inline(never)]
    pub(crate) fn recall(&mut self, cpu: Cpu) -> Option<Vcpu> {
        let seat = self.seats.at_mut(cpu.index());
        let v = seat.user?;
        let slot = self.slots.at_mut(v.index());
        if !slot.waits() {
            return None;
        }
        (seat.user, slot.home) = (None, None);
        self.enqueue(v);
        Some(v)
    }

    /// `cpu`, which can be lent, has lost its owner: the first of all that wait gets it, those that borrow included.
    // [NULL-R-04]
    #[inline(never)]
    pub(crate) fn bequeath(&mut self, cpu: Cpu) -> CpuSet {
        self.recall(cpu);
        let lent = self.claimed_by_a_borrower(cpu);
        if let Some(lent) = lent {
            self.recall(lent);
        }
        let kick = self.release(cpu);
        lent.map_or(kick, |lent| kick.or(self.release(lent)))
    }

    /// Where the first of the borrowers runs that came before whoever is the first in the line for `cpu`.
    fn claimed_by_a_borrower(&self, cpu: Cpu) -> Option<Cpu> {
        let mut place = self.first(cpu).map_or(NO_PLACE, |v| self.slots.at(v.index()).place);
        let mut found = None;
        for lent in self.cpus.iter() {
            let Some(v) = self.seats.at(lent.index()).user else { continue };
            let slot = self.slots.at(v.index());
            if slot.place < place && slot.affinity.hard.contains(cpu) {
                (place, found) = (slot.place, Some(lent));
            }
        }
        found
    }

    /// `v`, the owner of `cpu`, is ready again: who borrowed it lines up, and may borrow another one.
    // [NULL-R-14]
    #[inline(never)]
    pub(crate) fn reclaim(&mut self, v: Vcpu, cpu: Cpu) -> CpuSet {
        let borrower = self.recall(cpu);
        let kick = self.assign(v, cpu);
        borrower.map_or(kick, |borrower| kick.or(self.settle(borrower)))
    }
}
