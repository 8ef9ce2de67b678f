//! The waiting line: who owns no pCPU, in the order of arrival.
//!
//! It has two parts. Who is ready and runs nowhere *asks* for a loan, so that the first that may borrow a pCPU is found
//! in O(log n); all others stand in the second part. For a pCPU to own the order of arrival over both parts counts, so
//! that nobody loses or gains a place by a loan. Only where pCPUs are lent does anybody ask.

use crate::slot::{HARD, SOFT, Slot};
use crate::{Null, Surplus};
use sched::tree::Tree;
use sched::{Affinity, Cpu, CpuSet, Table, Vcpu};

/// A part of the line, seen through soft and through hard affinities.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Part {
    soft: Tree<SOFT>,
    hard: Tree<HARD>,
}

impl Part {
    pub(crate) const EMPTY: Self = Self { soft: Tree::new(), hard: Tree::new() };

    /// Who prefers `cpu` comes first, then who may use it.
    #[inline(never)]
    fn first<M: AsRef<[Slot]> + AsMut<[Slot]>>(&self, slots: &Table<Slot, M>, cpu: Cpu) -> Option<Vcpu> {
        let bit = CpuSet::only(cpu).bits();
        self.soft.first_with(slots, bit).or(self.hard.first_with(slots, bit)).map(Vcpu)
    }
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Null<M> {
    /// The vCPUs that are switched on but own no pCPU, in the order in which they will get one.
    // [NULL-R-06]
    pub fn waiting(&self) -> impl Iterator<Item = Vcpu> + '_ {
        let mut at = [&self.asking, &self.others].map(|part| part.hard.first(&self.slots));
        let ticket = |index: u16| self.slots.at(index.into()).ticket();
        core::iter::from_fn(move || {
            let [asking, others] = at;
            let asks = asking.is_some_and(|one| others.is_none_or(|other| ticket(one) < ticket(other)));
            let (place, part) = if asks { (&mut at[0], &self.asking) } else { (&mut at[1], &self.others) };
            let index = (*place)?;
            *place = part.hard.next(&self.slots, index);
            Some(Vcpu(index))
        })
    }

    /// True if every vCPU that is switched on owns a pCPU.
    pub(crate) fn nobody_waits(&self) -> bool {
        self.asking.hard.is_empty() && self.others.hard.is_empty()
    }

    /// Who comes first for owning `cpu`: who prefers it, then who may use it.
    // [NULL-R-04]
    pub(crate) fn heir(&self, cpu: Cpu) -> Option<Vcpu> {
        let one = self.others.first(&self.slots, cpu);
        let Some(other) = self.first_asking(cpu) else { return one };
        let rank = |v: Vcpu| {
            let slot = self.slots.at(v.index());
            (!slot.affinity.soft.contains(cpu), slot.ticket())
        };
        one.filter(|one| rank(*one) < rank(other)).or(Some(other))
    }

    /// Who comes first for borrowing `cpu`.
    // [NULL-R-13]
    pub(crate) fn first_asking(&self, cpu: Cpu) -> Option<Vcpu> {
        self.asking.first(&self.slots, cpu)
    }

    /// A new place, behind all others.
    // [NULL-R-03]
    pub(crate) fn next_ticket(&mut self) -> u64 {
        let ticket = self.ticket;
        self.ticket = ticket.saturating_add(1);
        ticket
    }

    /// Puts `v` into the part of the line where it belongs.
    // [NULL-R-03]
    pub(crate) fn enqueue(&mut self, v: Vcpu, ticket: u64) {
        let slot = self.slots.at_mut(v.index());
        let asks = self.surplus == Surplus::Lend && slot.ready && slot.home.is_none();
        slot.asks = asks;
        let Affinity { hard, soft } = slot.affinity;
        let part = if asks { &mut self.asking } else { &mut self.others };
        part.soft.insert(&mut self.slots, v.0, ticket, soft.and(hard).bits());
        part.hard.insert(&mut self.slots, v.0, ticket, hard.bits());
    }

    /// Takes `v` out of the line, if it is in.
    #[inline(never)]
    pub(crate) fn dequeue(&mut self, v: Vcpu) {
        let asks = core::mem::take(&mut self.slots.at_mut(v.index()).asks);
        let part = if asks { &mut self.asking } else { &mut self.others };
        part.soft.remove(&mut self.slots, v.0);
        part.hard.remove(&mut self.slots, v.0);
    }
}
