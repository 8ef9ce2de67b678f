//! Loans: who runs on a pCPU while its owner has no use for it.
//!
//! A loan moves no ownership and no place in the line. It begins when an owner is no longer ready and somebody asks,
//! and ends when the owner wakes, when the borrower is no longer ready, or when the borrower owns a pCPU. Nobody else
//! takes it away: borrowers have no slice.

use crate::slot::Slot;
use crate::{Null, Surplus};
use sched::{Cpu, CpuSet, Vcpu};

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Null<M> {
    /// Nobody uses `cpu`, which has an owner: the first that asks borrows it.
    // [NULL-R-13]
    #[inline(never)]
    pub(crate) fn vacate(&mut self, cpu: Cpu) -> CpuSet {
        let seat = self.seats.at_mut(cpu.index());
        seat.user = None;
        let left = seat.runs.map_or(CpuSet::EMPTY, |_| CpuSet::only(cpu));
        // One that is just leaving the pool is lent to nobody.
        self.vacant = self.vacant.or(CpuSet::only(cpu).and(self.cpus));
        match self.first_asking(cpu) {
            Some(v) => left.or(self.line_up_again(v)),
            None => left,
        }
    }

    /// Puts `v`, which owns nothing, in the line; if it is ready it borrows a pCPU that nobody uses.
    // [NULL-R-13]
    #[inline(never)]
    pub(crate) fn line_up(&mut self, v: Vcpu, ticket: u64) -> CpuSet {
        let slot = self.slots.at(v.index());
        let wants = slot.ready && slot.home.is_none();
        let loan = slot.nearest(self.vacant).filter(|_| wants);
        if let Some(cpu) = loan {
            self.vacant = self.vacant.without(CpuSet::only(cpu));
            self.seats.at_mut(cpu.index()).user = Some(v);
            self.slots.at_mut(v.index()).home = loan;
        }
        self.enqueue(v, ticket);
        loan.map_or(CpuSet::EMPTY, CpuSet::only)
    }

    /// The same for one that is in the line; it keeps its place.
    #[inline(never)]
    pub(crate) fn line_up_again(&mut self, v: Vcpu) -> CpuSet {
        self.dequeue(v);
        self.line_up(v, self.slots.at(v.index()).ticket())
    }

    /// `v`, the owner of `cpu`, is the one to run there; who borrowed it lines up again.
    // [NULL-R-14]
    #[inline(never)]
    pub(crate) fn reclaim(&mut self, v: Vcpu, cpu: Cpu) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        slot.home = Some(cpu);
        let kick = if slot.ready { CpuSet::only(cpu) } else { CpuSet::EMPTY };
        self.vacant = self.vacant.without(CpuSet::only(cpu));
        let before = self.seats.at_mut(cpu.index()).user.replace(v);
        kick.or(self.dismiss(before.filter(|user| *user != v)))
    }

    /// The loan of `borrower` is over.
    pub(crate) fn dismiss(&mut self, borrower: Option<Vcpu>) -> CpuSet {
        let Some(v) = borrower else { return CpuSet::EMPTY };
        self.slots.at_mut(v.index()).home = None;
        self.line_up_again(v)
    }

    /// `v` is no longer ready: the pCPU that it used, its own or a lent one, goes to who asks.
    // [NULL-R-13] [NULL-R-15]
    #[inline(never)]
    pub(crate) fn rest(&mut self, v: Vcpu) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        match slot.home.take() {
            Some(cpu) => self.vacate(cpu),
            None if slot.asks => self.line_up_again(v),
            None => CpuSet::EMPTY,
        }
    }

    /// Begins or ends lending, while nobody waits: owners that are not ready let their pCPU go, or hold it.
    // [NULL-R-16]
    pub(crate) fn set_surplus(&mut self, surplus: Surplus) {
        self.surplus = surplus;
        for cpu in self.cpus.iter() {
            if let Some(v) = self.seats.at(cpu.index()).owner
                && !self.slots.at(v.index()).ready
            {
                if surplus == Surplus::Lend {
                    self.rest(v)
                } else {
                    self.reclaim(v, cpu)
                };
            }
        }
    }
}
