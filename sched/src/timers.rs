//! When blocked vCPUs want to be woken: one instant for each, in order, for hypervisor and simulator.

use crate::{
    Instant, Table, Vcpu,
    tree::{Linked, Node, Tree},
};

/// A vCPU's place in the order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot(Node<Instant>);

impl Slot {
    /// Not waiting for an instant.
    pub const EMPTY: Self = Self(Node::new(Instant::ZERO));
}

impl Linked<0> for Slot {
    type Key = Instant;
    fn node(&self) -> &Node<Instant> {
        &self.0
    }
    fn node_mut(&mut self) -> &mut Node<Instant> {
        &mut self.0
    }
}

/// Nobody.
const NONE: (Instant, Vcpu) = (Instant::MAX, Vcpu(u16::MAX));

/// The timers of a pool's blocked vCPUs, in memory `M`. Every call takes O(log n).
#[derive(Debug)]
pub struct Timers<M> {
    slots: Table<Slot, M>,
    order: Tree<0>,
    /// The first one, at the far end of time if there is none.
    first: (Instant, Vcpu),
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Timers<M> {
    /// One slot for each vCPU of the pool.
    pub fn new(slots: M) -> Self {
        Self { slots: Table::new(slots, Slot::EMPTY), order: Tree::new(), first: NONE }
    }

    /// Wakes `v` at `at`, instead of when it would have been woken before.
    pub fn set(&mut self, v: Vcpu, at: Instant) {
        self.order.remove(&mut self.slots, v.0);
        self.order.insert(&mut self.slots, v.0, at, 0);
        self.refresh();
    }

    /// Forgets `v`.
    #[inline(always)]
    pub fn clear(&mut self, v: Vcpu) {
        if self.slots.at(v.index()).0.is_linked() {
            self.order.remove(&mut self.slots, v.0);
            self.refresh();
        }
    }

    /// The earliest instant; the far end of time if there is none.
    #[inline]
    pub fn first(&self) -> Instant {
        self.first.0
    }

    /// Takes the first vCPU that is due at `now`.
    pub fn take_due(&mut self, now: Instant) -> Option<Vcpu> {
        let (at, v) = self.first;
        if at > now || at == Instant::MAX {
            return None;
        }
        self.clear(v);
        Some(v)
    }

    #[inline(always)]
    fn refresh(&mut self) {
        let first = self.order.first(&self.slots);
        self.first = first.map_or(NONE, |index| (*self.slots.at(index as usize).0.key(), Vcpu(index)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ns: u64) -> Instant {
        Instant::from_nanos(ns)
    }

    #[test]
    fn the_earliest_is_taken_first_and_only_when_due() {
        let mut timers = Timers::new([Slot::EMPTY; 3]);
        timers.set(Vcpu(0), at(30));
        timers.set(Vcpu(1), at(10));
        timers.set(Vcpu(2), at(20));
        timers.set(Vcpu(1), at(40));
        timers.clear(Vcpu(0));
        assert_eq!((timers.first(), timers.take_due(at(19))), (at(20), None));
        assert_eq!(timers.take_due(at(50)), Some(Vcpu(2)));
        assert_eq!(timers.take_due(at(50)), Some(Vcpu(1)));
        assert_eq!((timers.first(), timers.take_due(Instant::MAX)), (Instant::MAX, None));
    }
}
