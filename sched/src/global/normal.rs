//! The state of a pool as far as it can influence a later answer: the part that is the same under every rule.
//!
//! For the exploration of a rule whose own state has a normal form too. It reads; it must not change anything.

use super::line::Memory;
use super::slot::Seat;
use super::{Global, Rule, Slot};
use crate::conformance::Digest;
use crate::{Instant, Vcpu};
use core::hash::Hash;

impl<R: Rule, M: Memory<Slot<R::Own>>> Global<R, M> {
    /// Writes it to `into`: instants counted from `now`, the line by its order; no statistics, nothing of what the rule
    /// keeps, and nothing that only matters to a rule that charges for execution.
    ///
    /// It is for pools whose set of pCPUs does not change.
    pub fn normal_form(&self, now: Instant, into: &mut Digest) {
        for slot in self.slots.as_slice() {
            let Slot { present, ready, place, last, affinity, .. } = *slot;
            (present, ready, place, last, affinity, slot.line.is_linked().then(|| slot.line.mask())).hash(into);
        }
        let mut entry = self.line.first(&self.slots);
        while let Some(index) = entry {
            index.hash(into);
            entry = self.line.next(&self.slots, index);
        }
        for cpu in self.cpus.iter() {
            let Seat { runs, pledge, until, rival } = *self.seats.at(cpu.index());
            (runs, pledge, (until != Instant::MAX).then(|| until.since(now))).hash(into);
            // Of a key that may be gone, only who stands before it matters.
            let waiting = self.slots.as_slice().iter().filter(|slot| slot.line.is_linked());
            waiting.for_each(|slot| (*slot.line.key() < rival).hash(into));
        }
        (self.cpus, self.idle, self.kicked).hash(into);
    }

    /// Who has a pCPU, ready or not, in the order of the pCPUs.
    pub fn runners(&self) -> impl Iterator<Item = Vcpu> {
        self.cpus.iter().filter_map(|cpu| self.seats.at(cpu.index()).runs)
    }
}
