//! Ownership: who gets which pCPU, and who waits.

use crate::slot::{HARD, NO_PLACE, SOFT, Seat, Slot};
use crate::{PoolParams, Surplus};
use sched::tree::Tree;
use sched::{Affinity, Cpu, CpuSet, Instant, Refused, Table, Vcpu};

/// The null policy of one pool. `M` is the memory of its slots, one for each vCPU that can be added.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Null<M> {
    pub(crate) slots: Table<Slot, M>,
    pub(crate) seats: Table<Seat, [Seat; Cpu::LIMIT]>,
    pub(crate) cpus: CpuSet,
    pub(crate) surplus: Surplus,
    /// How many vCPUs there are.
    pub(crate) members: u16,
    /// pCPUs of the pool without an owner.
    pub(crate) free: CpuSet,
    /// pCPUs of the pool on which nobody has the turn: the free ones, and those that can be lent.
    pub(crate) idle: CpuSet,
    /// pCPUs that got a ready owner when the one before was removed: `remove` cannot ask for a pick.
    pub(crate) owed: CpuSet,
    soft: Tree<SOFT>,
    hard: Tree<HARD>,
    ticket: u64,
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Null<M> {
    /// A policy for the pCPUs `cpus`, without vCPUs.
    ///
    /// # Errors
    /// A pool needs at least one pCPU.
    // [NULL-R-08]
    #[inline(never)]
    pub fn new(slots: M, params: PoolParams, cpus: CpuSet, _now: Instant) -> Result<Self, Refused> {
        if cpus.is_empty() {
            return Err(Refused::new("a pool needs at least one pCPU", 0, 1, 0));
        }
        Ok(Self {
            slots: Table::new(slots, Slot::EMPTY),
            seats: Table::new([Seat::EMPTY; Cpu::LIMIT], Seat::EMPTY),
            cpus,
            surplus: params.surplus,
            members: 0,
            free: cpus,
            idle: cpus,
            owed: CpuSet::EMPTY,
            soft: Tree::new(),
            hard: Tree::new(),
            ticket: 0,
        })
    }

    /// The vCPUs in the line, in its order: they are switched on, and have neither an own nor a lent pCPU.
    // [NULL-R-06]
    pub fn waiting(&self) -> impl Iterator<Item = Vcpu> + '_ {
        let mut at = self.hard.first(&self.slots);
        core::iter::from_fn(move || {
            let index = at?;
            at = self.hard.next(&self.slots, index);
            Some(Vcpu(index))
        })
    }

    /// Gives `v` a pCPU without an owner that it may use, a preferred one if there is a choice; else one to borrow if
    /// there is any; else a place in the line.
    // [NULL-R-01] [NULL-R-03] [NULL-R-13]
    #[inline(never)]
    pub(crate) fn settle(&mut self, v: Vcpu) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        if !slot.waits() {
            slot.place = self.ticket;
            self.ticket = self.ticket.saturating_add(1);
        }
        if !slot.ready && self.surplus == Surplus::Lend {
            return CpuSet::EMPTY;
        }
        let (own, lent) = (self.free.and(slot.affinity.hard), self.idle.and(slot.affinity.hard));
        match slot.nearest(if own.is_empty() { lent } else { own }) {
            Some(cpu) => self.assign(v, cpu),
            None => {
                self.enqueue(v);
                CpuSet::EMPTY
            }
        }
    }

    /// Takes the turn of `v`, or its place in the line, away, and with `all` what it owns; the pCPU goes to a waiter.
    // [NULL-R-04] [NULL-R-13] [NULL-R-15]
    #[inline(never)]
    pub(crate) fn unsettle(&mut self, v: Vcpu, all: bool) -> CpuSet {
        self.dequeue(v);
        let slot = self.slots.at_mut(v.index());
        let home = slot.home.take();
        if all {
            slot.place = NO_PLACE;
            if let Some(cpu) = slot.own.take() {
                self.seats.at_mut(cpu.index()).owner = None;
                self.free = self.free.or(CpuSet::only(cpu).and(self.cpus));
                let lends = self.surplus == Surplus::Lend && self.cpus.contains(cpu);
                return if lends { self.bequeath(cpu) } else { self.release(cpu) };
            }
        }
        home.map_or(CpuSet::EMPTY, |cpu| self.release(cpu))
    }

    /// Another affinity: `v` moves if it must, and a waiter keeps its place.
    // [NULL-R-03] [NULL-R-07]
    pub(crate) fn set_affinity(&mut self, v: Vcpu, affinity: Affinity) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        slot.affinity = affinity;
        let (own, lent, waits) = (slot.own, slot.home, slot.waits());
        if waits {
            self.dequeue(v);
            if let Some(cpu) = lent {
                self.recall(cpu);
            }
            let kick = self.settle(v);
            return lent.map_or(kick, |cpu| kick.or(self.release(cpu)));
        }
        if own.is_none_or(|cpu| affinity.hard.contains(cpu)) {
            return CpuSet::EMPTY;
        }
        let kick = self.unsettle(v, true);
        kick.or(self.settle(v))
    }

    /// Another set of pCPUs: owners of those that leave are settled anew, and all that wait choose anew.
    // [NULL-R-07]
    pub(crate) fn set_cpus(&mut self, cpus: CpuSet) -> CpuSet {
        let (gone, come) = (self.cpus.without(cpus), cpus.without(self.cpus));
        let recalled = self.cpus.iter().filter(|cpu| self.recall(*cpu).is_some());
        let lent = recalled.fold(CpuSet::EMPTY, |all, cpu| all.or(CpuSet::only(cpu)));
        self.cpus = cpus;
        self.free = self.free.and(cpus).or(come);
        self.idle = self.idle.and(cpus);
        let mut kick = self.release_all(come);
        for cpu in gone.iter() {
            if let Some(v) = self.seats.at(cpu.index()).owner {
                kick = kick.or(self.unsettle(v, true)).or(self.settle(v));
            }
        }
        kick.or(self.release_all(lent.or(self.idle)))
    }

    fn release_all(&mut self, cpus: CpuSet) -> CpuSet {
        cpus.iter().fold(CpuSet::EMPTY, |kick, cpu| kick.or(self.release(cpu)))
    }

    /// Gives `v` the turn on `cpu`, and `cpu` itself if it has no owner.
    #[inline(never)]
    pub(crate) fn assign(&mut self, v: Vcpu, cpu: Cpu) -> CpuSet {
        self.dequeue(v);
        self.idle = self.idle.without(CpuSet::only(cpu));
        let slot = self.slots.at_mut(v.index());
        let seat = self.seats.at_mut(cpu.index());
        seat.user = Some(v);
        slot.home = Some(cpu);
        if self.free.contains(cpu) {
            self.free = self.free.without(CpuSet::only(cpu));
            seat.owner = Some(v);
            (slot.own, slot.place) = (Some(cpu), NO_PLACE);
        }
        if slot.ready { CpuSet::only(cpu) } else { CpuSet::EMPTY }
    }

    /// The first in the line for `cpu`: who prefers it, then who may use it.
    // [NULL-R-04]
    #[inline(never)]
    pub(crate) fn first(&self, cpu: Cpu) -> Option<Vcpu> {
        let bit = CpuSet::only(cpu).bits();
        self.soft.first_with(&self.slots, bit).or(self.hard.first_with(&self.slots, bit)).map(Vcpu)
    }

    /// Puts `v` in the line, at its place.
    // [NULL-R-03]
    #[inline(never)]
    pub(crate) fn enqueue(&mut self, v: Vcpu) {
        let Slot { affinity: Affinity { hard, soft }, place, .. } = *self.slots.at(v.index());
        self.soft.insert(&mut self.slots, v.0, place, soft.and(hard).bits());
        self.hard.insert(&mut self.slots, v.0, place, hard.bits());
    }

    #[inline(never)]
    fn dequeue(&mut self, v: Vcpu) {
        self.soft.remove(&mut self.slots, v.0);
        self.hard.remove(&mut self.slots, v.0);
    }
}
