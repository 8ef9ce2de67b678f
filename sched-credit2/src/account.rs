//! Virtual time: what each vCPU has had, divided by its weight, and how far each pCPU has served.
//!
//! A vCPU is charged in whole nanoseconds whenever it is looked at, so shares follow weights exactly and at
//! any ratio. Each pCPU keeps a *line*: the least virtual time among those who want it, as in start-time
//! fair queueing (Goyal, Guo, Vin, 1996). A vCPU that slept, or that could not use its share because it
//! already had a whole pCPU, may lag behind the line by a bounded amount only; so nobody stores up a burst.

use crate::slot::{GroupSlot, NIL, Slot};
use crate::{Credit2, rank};
use sched::{Cpu, CpuSet, Instant};

/// 2⁴⁰ / `weight`.
pub(crate) const fn inverse(weight: u32) -> u64 {
    (1 << 40) / if weight == 0 { 1 } else { weight as u64 }
}

/// The virtual time in which a vCPU with this inverse weight runs for `ns`.
pub(crate) const fn virtual_span(ns: u64, inverse: u64) -> u128 {
    ns as u128 * inverse as u128
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Credit2<M, G> {
    /// Charges what runs on `cpu` up to `now`.
    #[inline]
    pub(crate) fn settle(&mut self, cpu: Cpu, now: Instant) {
        let on = self.cpus.at_mut(cpu.index());
        let spent = now.since(on.since).nanos();
        if on.run == NIL || spent == 0 {
            return;
        }
        on.since = now;
        on.grant = on.grant.saturating_sub_unsigned(spent);
        let slot = self.slots.at_mut(on.run as usize);
        let step = virtual_span(spent, slot.inverse);
        slot.served = slot.served.saturating_add(spent);
        slot.vtime = slot.vtime.saturating_add(step);
        // Weight × step, in an order that cannot overflow: weight × inverse is at most 2⁴⁰.
        let share = slot.inverse.saturating_mul(slot.weight as u64);
        self.sum = self.sum.saturating_add(virtual_span(spent, share));
        // Alone it takes from nobody, so this is no debt: the line moves along.
        if on.lone {
            on.line = on.line.max(slot.vtime);
        }
    }

    /// Charges everything that runs inside `mask`.
    #[inline(never)]
    pub(crate) fn settle_all(&mut self, mask: CpuSet, now: Instant) {
        for cpu in mask.and(self.pool).iter() {
            self.settle(cpu, now);
        }
    }

    /// How far the pCPUs of `mask` have served: the furthest of their lines, because a newcomer belongs
    /// where the load is least, and there virtual time runs fastest.
    pub(crate) fn line(&self, mask: CpuSet) -> u128 {
        mask.iter().fold(0, |line, cpu| line.max(self.cpus.at(cpu.index()).line))
    }

    /// Moves `v` up to at most `ns` of its own time behind the line.
    #[inline(never)]
    pub(crate) fn bound_lag(&mut self, v: u16, ns: u64) {
        let line = self.line(self.allowed(v));
        let slot = self.slots.at_mut(v as usize);
        let floor = line.saturating_sub(virtual_span(ns, slot.inverse));
        if slot.vtime < floor {
            let step = floor - slot.vtime;
            slot.vtime = floor;
            if slot.competes {
                self.sum = self.sum.saturating_add(step.saturating_mul(slot.weight as u128));
            }
        }
    }

    /// Counts `v` among those that compete, with the weight in force.
    #[inline(never)]
    pub(crate) fn join(&mut self, v: u16) {
        self.adopt_weight(v);
        let slot = self.slots.at_mut(v as usize);
        if !slot.competes {
            slot.competes = true;
            self.sum = self.sum.saturating_add(slot.vtime.saturating_mul(slot.weight as u128));
            self.weights = self.weights.saturating_add(slot.weight as u64);
        }
    }

    /// Charges `v`, which does not compete, by the weight in force from now on.
    pub(crate) fn adopt_weight(&mut self, v: u16) {
        let weight = self.weight_of(v);
        let slot = self.slots.at_mut(v as usize);
        if slot.weight != weight && !slot.competes {
            (slot.weight, slot.inverse) = (weight, inverse(weight));
        }
    }

    /// Counts `v` no longer.
    #[inline(never)]
    pub(crate) fn leave(&mut self, v: u16) {
        let slot = self.slots.at_mut(v as usize);
        if slot.competes {
            slot.competes = false;
            self.sum = self.sum.saturating_sub(slot.vtime.saturating_mul(slot.weight as u128));
            self.weights = self.weights.saturating_sub(slot.weight as u64);
        }
    }

    /// Lets a changed weight of `v` take effect.
    #[inline]
    pub(crate) fn reweigh(&mut self, v: u16) {
        let slot = self.slots.at(v as usize);
        if slot.weight != self.weight_of(v) && slot.competes {
            self.leave(v);
            self.join(v);
        }
    }

    /// The weight in force.
    pub(crate) fn weight_of(&self, v: u16) -> u32 {
        let slot = self.slots.at(v as usize);
        if slot.params.weight != 0 { slot.params.weight } else { self.groups.at(slot.group as usize).params.weight }
    }

    /// True if `v` has had no more than its share: no more than the weighted mean of all that compete, and
    /// not much more than others on the pCPUs it may use, which differs where affinity splits the pool.
    pub(crate) fn is_entitled(&self, v: u16) -> bool {
        let slot = self.slots.at(v as usize);
        let near = self.line(self.allowed(v)).saturating_add(virtual_span(rank::NEAR, slot.inverse));
        slot.vtime <= near && slot.vtime.saturating_mul(self.weights as u128) <= self.sum || self.weights == 0
    }
}
