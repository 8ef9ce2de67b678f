//! The state of a pool: both trees, and the moves of a vCPU in and out of them.

use crate::admit::Load;
use crate::slot::{REFILL, RUN};
use crate::terms::{Loads, Terms};
use crate::{PoolParams, Slot};
use sched::tree::Tree;
use sched::{Cpu, CpuSet, Instant, Refused, Table, Vcpu};

/// The state of one pCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Seat {
    /// Who runs on it.
    pub(crate) runs: Option<Vcpu>,
    /// For whom it was last asked to pick again.
    pub(crate) pledge: Option<Vcpu>,
}

/// The RTDS policy of one pool. `M` is the memory of its slots, one for each vCPU that can be added.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rtds<M> {
    pub(crate) slots: Table<Slot, M>,
    pub(crate) seats: Table<Seat, [Seat; Cpu::LIMIT]>,
    pub(crate) terms: Terms,
    /// pCPUs that run nobody.
    pub(crate) idle: CpuSet,
    /// pCPUs that owe a pick.
    pub(crate) kicked: CpuSet,
    /// pCPUs that were told when to pick again.
    pub(crate) armed: CpuSet,
    /// Ready vCPUs that may run and do not.
    pub(crate) run: Tree<RUN>,
    /// Servers of ready vCPUs that do not run. A running one is replenished by its own pCPU's picks.
    pub(crate) refill: Tree<REFILL>,
    pub(crate) ticket: u64,
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Rtds<M> {
    /// A policy for the pCPUs `cpus`, without vCPUs.
    ///
    /// # Errors
    /// A pool needs at least one pCPU.
    pub fn new(slots: M, params: PoolParams, cpus: CpuSet, _now: Instant) -> Result<Self, Refused> {
        if cpus.is_empty() {
            return Err(Refused::new("a pool needs at least one pCPU", 0, 1, 0));
        }
        let seat = Seat { runs: None, pledge: None };
        Ok(Self {
            slots: Table::new(slots, Slot::EMPTY),
            seats: Table::new([seat; Cpu::LIMIT], seat),
            terms: Terms { params, cpus, loads: Loads::NONE },
            idle: CpuSet::ALL,
            kicked: CpuSet::EMPTY,
            armed: CpuSet::EMPTY,
            run: Tree::new(),
            refill: Tree::new(),
            ticket: 0,
        })
    }

    /// Puts a ready vCPU that does not run where it waits: for its turn, and for its replenishment.
    pub(crate) fn enqueue(&mut self, v: Vcpu) {
        let slot = self.slots.at_mut(v.index());
        slot.take_turn(&mut self.ticket);
        let mask = slot.mask(self.terms.cpus);
        let (may_run, rank, deadline, reserved) = (slot.may_run(), slot.rank(), slot.deadline, slot.params.reserved());
        if may_run {
            self.run.insert(&mut self.slots, v.0, rank.key(), mask.bits());
        }
        if reserved {
            self.refill.insert(&mut self.slots, v.0, deadline.nanos(), 0);
        }
    }

    /// Takes a vCPU out of both trees.
    pub(crate) fn dequeue(&mut self, v: Vcpu) {
        self.run.remove(&mut self.slots, v.0);
        self.refill.remove(&mut self.slots, v.0);
    }

    /// The first vCPU in line for one of `cpus`.
    #[inline(always)]
    pub(crate) fn first_for(&self, cpus: CpuSet) -> Option<Vcpu> {
        self.run.first_with(&self.slots, cpus.bits()).map(Vcpu)
    }

    /// The number of each slot, whether or not there is a vCPU in it.
    pub(crate) fn every_slot(&self) -> impl Iterator<Item = Vcpu> + use<M> {
        (0..u16::try_from(self.slots.len()).unwrap_or(u16::MAX)).map(Vcpu)
    }

    /// Counts the reservations of the load `home` anew.
    pub(crate) fn recount(&mut self, home: usize) {
        let members = self.slots.as_slice().iter().filter(|slot| slot.present && usize::from(slot.home) == home);
        *self.terms.loads.at_mut(home) = members.fold(Load::NONE, |load, slot| load.with(slot.promised()));
    }

    /// Charges the runner of `cpu`, if it has one.
    pub(crate) fn charge(&mut self, cpu: Cpu, now: Instant) -> Option<Vcpu> {
        let v = self.seats.at(cpu.index()).runs?;
        let watched = self.armed.contains(cpu);
        self.slots.at_mut(v.index()).account(&mut self.ticket, watched, now);
        Some(v)
    }
}
