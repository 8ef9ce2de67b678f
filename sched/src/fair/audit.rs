//! What the books of a pool at rest must say: for tests on a host.

use super::slot::{Aside, NIL, NOWHERE};
use super::{Core, GroupParams, Groups, Slots};
use crate::{Cpu, Group, Instant, Vcpu};
use core::hash::{Hash, Hasher};

impl<M: Slots, G: Groups> Core<M, G> {
    /// Checks a pool in which every kick is answered, every context saved and no event due.
    ///
    /// # Panics
    /// If the sums are not those of the slots, a ready vCPU is forgotten or in two places, or a pCPU idles while one
    /// waits for it.
    pub fn check_rest(&self) {
        let (mut weights, mut sum) = (0, 0u128);
        for (index, slot) in self.slots.as_slice().iter().enumerate() {
            let (waits, runs) = (slot.turn.is_linked(), slot.on != NOWHERE);
            assert_eq!(slot.competes, waits || runs);
            let states = [waits, runs, slot.side == Aside::Parked].iter().filter(|state| **state).count();
            assert_eq!(states, usize::from(slot.ready), "vCPU {index} is forgotten or in two places");
            assert_eq!(slot.aside.is_linked(), slot.side != Aside::No);
            if slot.competes {
                weights += u64::from(slot.weight);
                sum += slot.vtime * u128::from(slot.weight);
            }
            if waits {
                self.check_waiting(u16::try_from(index).unwrap_or(NIL));
            }
        }
        assert_eq!((self.weights, self.sum), (weights, sum));
    }

    /// The parameters of a group that are in force.
    pub fn group_params(&self, g: Group) -> GroupParams {
        self.groups.at(g.index()).params
    }

    /// True while `v` waits in the run queue and may run on `cpu`.
    pub fn waits_for(&self, v: Vcpu, cpu: Cpu) -> bool {
        self.waits(v.0) && self.mask(v.0).contains(cpu)
    }

    /// Hashes all that decides, with the first `cpus` pCPUs only.
    pub fn hash_state(&self, cpus: usize, into: &mut impl Hasher) {
        (self.slots.as_slice(), self.groups.as_slice()).hash(into);
        self.cpus.as_slice().iter().take(cpus).for_each(|on| on.hash(into));
        (self.queue, self.owed, self.warm, self.refills, self.rules, self.pool, self.idle).hash(into);
        (self.sum, self.weights, self.edition, self.wishes, self.capped).hash(into);
    }

    /// True if a member of `g` is parked while the group has budget that nobody holds.
    pub fn hoards(&self, g: Group) -> bool {
        let group = self.groups.at(g.index());
        !group.parked.is_empty() && group.budget > 0
    }

    fn check_waiting(&self, v: u16) {
        let (slot, mask) = (self.slot(v), self.mask(v));
        if slot.side == Aside::Owed {
            assert_eq!(slot.aside.mask(), slot.turn.mask());
        }
        assert_eq!(slot.promised, NOWHERE);
        assert_eq!(slot.turn.mask(), mask.bits());
        assert!(mask.and(self.idle).and(self.pool).is_empty(), "a pCPU idles while vCPU {v} waits");
        for cpu in mask.iter() {
            assert!(self.on(cpu).until < Instant::MAX, "nothing ends the slice on {cpu:?}");
        }
    }
}
