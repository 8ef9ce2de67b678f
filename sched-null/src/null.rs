//! Ownership: who gets which pCPU, and who waits.

use crate::line::Part;
use crate::slot::{Seat, Slot};
use crate::{PoolParams, Surplus};
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
    /// pCPUs that got a ready owner when the one before was removed: `remove` cannot ask for a pick.
    pub(crate) owed: CpuSet,
    /// pCPUs whose owner is not ready and that nobody borrows, where pCPUs are lent.
    pub(crate) vacant: CpuSet,
    pub(crate) asking: Part,
    pub(crate) others: Part,
    pub(crate) ticket: u64,
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Null<M> {
    /// A policy for the pCPUs `cpus`, without vCPUs.
    ///
    /// # Errors
    /// A pool needs at least one pCPU.
    // [NULL-R-08]
    pub fn new(slots: M, cpus: CpuSet, _now: Instant) -> Result<Self, Refused> {
        if cpus.is_empty() {
            return Err(Refused::new("a pool needs at least one pCPU", 0, 1, 0));
        }
        Ok(Self {
            slots: Table::new(slots, Slot::EMPTY),
            seats: Table::new([Seat::EMPTY; Cpu::LIMIT], Seat::EMPTY),
            cpus,
            surplus: PoolParams::default().surplus,
            members: 0,
            free: cpus,
            owed: CpuSet::EMPTY,
            vacant: CpuSet::EMPTY,
            asking: Part::EMPTY,
            others: Part::EMPTY,
            ticket: 0,
        })
    }

    /// The same policy with these parameters, for a pool without vCPUs.
    pub fn with_params(self, params: PoolParams) -> Self {
        Self { surplus: params.surplus, ..self }
    }

    /// `v` is new among those that want a pCPU.
    #[inline(never)]
    pub(crate) fn arrive(&mut self, v: Vcpu) -> CpuSet {
        let ticket = self.next_ticket();
        self.settle(v, ticket)
    }

    /// Gives `v` a free pCPU that it may use, a preferred one if there is a choice, or lets it wait.
    // [NULL-R-01] [NULL-R-03]
    #[inline(never)]
    fn settle(&mut self, v: Vcpu, ticket: u64) -> CpuSet {
        match self.slots.at(v.index()).nearest(self.free) {
            Some(cpu) => self.assign(v, cpu),
            None => self.line_up(v, ticket),
        }
    }

    /// Takes the pCPU of `v`, or its place in the line, away; the pCPU goes to a waiter.
    // [NULL-R-04]
    #[inline(never)]
    pub(crate) fn unsettle(&mut self, v: Vcpu) -> CpuSet {
        self.dequeue(v);
        let slot = self.slots.at_mut(v.index());
        let (own, home) = (slot.own.take(), slot.home.take());
        let Some(cpu) = own else {
            return home.map_or(CpuSet::EMPTY, |cpu| self.vacate(cpu));
        };
        let seat = self.seats.at_mut(cpu.index());
        seat.owner = None;
        // Who borrows it stays until there is an owner that is ready.
        seat.user = seat.user.filter(|user| *user != v);
        self.vacant = self.vacant.without(CpuSet::only(cpu));
        if !self.cpus.contains(cpu) {
            return CpuSet::EMPTY;
        }
        self.free = self.free.or(CpuSet::only(cpu));
        self.offer(cpu)
    }

    /// Offers a free pCPU to the line.
    // [NULL-R-04]
    #[inline(never)]
    fn offer(&mut self, cpu: Cpu) -> CpuSet {
        match self.heir(cpu) {
            Some(v) => self.assign(v, cpu),
            None => CpuSet::EMPTY,
        }
    }

    /// Another affinity: `v` moves if it must, and a waiter keeps its place in the line.
    // [NULL-R-03] [NULL-R-07]
    pub(crate) fn set_affinity(&mut self, v: Vcpu, affinity: Affinity) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        slot.affinity = affinity;
        let lost = slot.own.or(slot.home).is_some_and(|cpu| !affinity.hard.contains(cpu));
        let place = slot.waits().then(|| slot.ticket());
        if place.is_none() && !lost {
            return CpuSet::EMPTY;
        }
        let mut kick = CpuSet::EMPTY;
        if lost {
            kick = self.runs_on(v).map_or(CpuSet::EMPTY, CpuSet::only).or(self.unsettle(v));
        } else {
            self.dequeue(v);
        }
        let ticket = place.unwrap_or_else(|| self.next_ticket());
        kick.or(self.settle(v, ticket))
    }

    /// Another set of pCPUs: owners of those that leave are settled anew, those that join are offered.
    // [NULL-R-07]
    pub(crate) fn set_cpus(&mut self, cpus: CpuSet) -> CpuSet {
        let (gone, come) = (self.cpus.without(cpus), cpus.without(self.cpus));
        self.cpus = cpus;
        self.vacant = self.vacant.and(cpus);
        self.free = self.free.and(cpus).or(come);
        let mut kick = CpuSet::EMPTY;
        for cpu in come.iter() {
            kick = kick.or(self.offer(cpu));
        }
        for cpu in gone.iter() {
            if self.seats.at(cpu.index()).runs.is_some() {
                kick = kick.or(CpuSet::only(cpu));
            }
            if let Some(v) = self.seats.at(cpu.index()).owner {
                kick = kick.or(self.unsettle(v));
                let borrower = self.seats.at_mut(cpu.index()).user.take();
                kick = kick.or(self.dismiss(borrower)).or(self.arrive(v));
            }
        }
        kick
    }

    /// Makes `v` the owner of a free pCPU; what it borrowed goes to others.
    #[inline(never)]
    fn assign(&mut self, v: Vcpu, cpu: Cpu) -> CpuSet {
        self.dequeue(v);
        self.free = self.free.without(CpuSet::only(cpu));
        let seat = self.seats.at_mut(cpu.index());
        seat.owner = Some(v);
        let used = seat.user.is_some();
        let slot = self.slots.at_mut(v.index());
        slot.own = Some(cpu);
        let (ready, lent) = (slot.ready, slot.home);
        let kick = if ready || self.surplus != Surplus::Lend {
            self.reclaim(v, cpu)
        } else if used {
            CpuSet::EMPTY
        } else {
            self.vacate(cpu)
        };
        lent.filter(|lent| *lent != cpu).map_or(kick, |lent| kick.or(self.vacate(lent)))
    }
}
