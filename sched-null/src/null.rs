//! Ownership: who gets which pCPU, and who waits.

use crate::slot::{HARD, SOFT, Seat, Slot};
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
            soft: Tree::new(),
            hard: Tree::new(),
            ticket: 0,
        })
    }

    /// The same policy with these parameters, for a pool without vCPUs.
    pub fn with_params(self, params: PoolParams) -> Self {
        Self { surplus: params.surplus, ..self }
    }

    /// True if every vCPU owns a pCPU.
    pub(crate) fn all_settled(&self) -> bool {
        self.cpus.without(self.free).len() == usize::from(self.members)
    }

    /// The vCPUs that are switched on but own no pCPU, in the order in which they will get one.
    // [NULL-R-06]
    pub fn waiting(&self) -> impl Iterator<Item = Vcpu> + '_ {
        let mut at = self.hard.first(&self.slots);
        core::iter::from_fn(move || {
            let index = at?;
            at = self.hard.next(&self.slots, index);
            Some(Vcpu(index))
        })
    }

    /// Gives `v` a free pCPU that it may use, a preferred one if there is a choice, or lets it wait.
    // [NULL-R-01] [NULL-R-03]
    #[inline(never)]
    pub(crate) fn settle(&mut self, v: Vcpu) -> CpuSet {
        let slot = self.slots.at(v.index());
        let Affinity { hard, soft } = slot.affinity;
        let open = self.free.and(hard);
        let here = slot.bound.filter(|cpu| open.and(soft).contains(*cpu));
        match here.or(open.and(soft).first()).or(open.first()) {
            Some(cpu) => self.assign(v, cpu),
            None => {
                self.enqueue(v);
                CpuSet::EMPTY
            }
        }
    }

    /// Takes the pCPU of `v`, or its place in the line, away; the pCPU goes to a waiter.
    // [NULL-R-04]
    #[inline(never)]
    pub(crate) fn unsettle(&mut self, v: Vcpu) -> CpuSet {
        self.soft.remove(&mut self.slots, v.0);
        self.hard.remove(&mut self.slots, v.0);
        let Some(cpu) = self.slots.at_mut(v.index()).home.take() else {
            return CpuSet::EMPTY;
        };
        self.seats.at_mut(cpu.index()).owner = None;
        if !self.cpus.contains(cpu) {
            return CpuSet::EMPTY;
        }
        self.free = self.free.or(CpuSet::only(cpu));
        self.offer(cpu)
    }

    /// Offers a free pCPU to the line: who prefers it comes first, then who may use it.
    // [NULL-R-04]
    #[inline(never)]
    pub(crate) fn offer(&mut self, cpu: Cpu) -> CpuSet {
        let bit = CpuSet::only(cpu).bits();
        let fond = self.soft.first_with(&self.slots, bit);
        match fond.or(self.hard.first_with(&self.slots, bit)) {
            Some(index) => self.assign(Vcpu(index), cpu),
            None => CpuSet::EMPTY,
        }
    }

    /// Another affinity: `v` moves if it must, and a waiter keeps its place in the line.
    // [NULL-R-03] [NULL-R-07]
    pub(crate) fn set_affinity(&mut self, v: Vcpu, affinity: Affinity) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        slot.affinity = affinity;
        let (home, waits, bound) = (slot.home, slot.waits(), slot.bound);
        if waits {
            self.soft.remove(&mut self.slots, v.0);
            self.hard.remove(&mut self.slots, v.0);
            return self.settle_again(v);
        }
        if home.is_none_or(|cpu| affinity.hard.contains(cpu)) {
            return CpuSet::EMPTY;
        }
        let left = bound.filter(|cpu| self.seats.at(cpu.index()).runs == Some(v)).map_or(CpuSet::EMPTY, CpuSet::only);
        let handed = self.unsettle(v);
        left.or(handed).or(self.settle(v))
    }

    /// Another set of pCPUs: owners of those that leave are settled anew, those that join are offered.
    // [NULL-R-07]
    pub(crate) fn set_cpus(&mut self, cpus: CpuSet) -> CpuSet {
        let (gone, come) = (self.cpus.without(cpus), cpus.without(self.cpus));
        self.cpus = cpus;
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
                kick = kick.or(self.unsettle(v)).or(self.settle(v));
            }
        }
        kick
    }

    fn settle_again(&mut self, v: Vcpu) -> CpuSet {
        // The line only orders by ticket, so going back with the old one keeps the place.
        let (ticket, next) = (self.slots.at(v.index()).ticket(), self.ticket);
        self.ticket = ticket;
        let kick = self.settle(v);
        self.ticket = next;
        kick
    }

    #[inline(never)]
    fn assign(&mut self, v: Vcpu, cpu: Cpu) -> CpuSet {
        self.soft.remove(&mut self.slots, v.0);
        self.hard.remove(&mut self.slots, v.0);
        self.free = self.free.without(CpuSet::only(cpu));
        self.seats.at_mut(cpu.index()).owner = Some(v);
        let slot = self.slots.at_mut(v.index());
        slot.home = Some(cpu);
        if slot.ready { CpuSet::only(cpu) } else { CpuSet::EMPTY }
    }

    // [NULL-R-03]
    fn enqueue(&mut self, v: Vcpu) {
        let Affinity { hard, soft } = self.slots.at(v.index()).affinity;
        let ticket = self.ticket;
        self.ticket = ticket.saturating_add(1);
        self.soft.insert(&mut self.slots, v.0, ticket, soft.and(hard).bits());
        self.hard.insert(&mut self.slots, v.0, ticket, hard.bits());
    }
}
