//! Virtual time: what each vCPU has had, divided by its weight, and how far each pCPU has served.
//!
//! A vCPU is charged in whole nanoseconds whenever it is looked at, so shares follow weights exactly and at any
//! ratio. Each pCPU keeps a *line*: the virtual time at which the slice that it serves began, as the server of
//! start-time fair queueing does (Goyal, Guo, Vin, 1996). A vCPU that slept, or that could not use its share
//! because it already had a whole pCPU, may lag behind the line by a bounded amount only; so nobody stores up a
//! burst.

use super::slot::NIL;
use super::{Core, Groups, OnCpu, Slot, Slots};
use crate::{Cpu, CpuSet, Duration, Instant};

/// 2⁴⁰ / `weight`.
const fn inverse(weight: u32) -> u64 {
    (1 << 40) / if weight == 0 { 1 } else { weight as u64 }
}

/// The virtual time (2⁻⁴⁰ ns / weight) in which a vCPU of this weight runs for `time`.
pub fn virtual_span(time: Duration, weight: u32) -> u128 {
    span(time.nanos(), inverse(weight))
}

#[inline(always)]
const fn span(ns: u64, inverse: u64) -> u128 {
    ns as u128 * inverse as u128
}

/// Charges `slot`, which runs on `on`, up to `now`.
#[inline(always)]
pub(super) fn charge(slot: &mut Slot, on: &mut OnCpu, sum: &mut u128, now: Instant) {
    let spent = now.since(on.since).nanos();
    on.since = now;
    slot.served = slot.served.saturating_add(spent);
    slot.vtime = slot.vtime.saturating_add(span(spent, slot.inverse));
    *sum = sum.saturating_add(span(spent, slot.share));
    if on.capped {
        on.grant = on.grant.saturating_sub_unsigned(spent);
    }
    // Alone it takes from nobody, so this is no debt: the line moves along.
    if on.is_lone() {
        on.line = on.line.max(slot.vtime);
    }
}

impl<M: Slots, G: Groups> Core<M, G> {
    /// Charges what runs on `cpu` up to `now`.
    #[inline(always)]
    pub(super) fn settle(&mut self, cpu: Cpu, now: Instant) {
        let on = self.cpus.at_mut(cpu.index());
        if on.run != NIL {
            charge(self.slots.at_mut(usize::from(on.run)), on, &mut self.sum, now);
        }
    }

    /// Charges everything that runs inside `mask`.
    #[inline(never)]
    pub(super) fn settle_all(&mut self, mask: CpuSet, now: Instant) {
        for cpu in mask.and(self.pool).iter() {
            self.settle(cpu, now);
        }
    }

    /// How far the pCPUs of `mask` have served: the furthest of their lines, because a newcomer belongs where the
    /// load is least, and there virtual time runs fastest.
    #[inline(always)]
    pub(super) fn line(&self, mask: CpuSet) -> u128 {
        mask.iter().fold(0, |line, cpu| line.max(self.cpus.at(cpu.index()).line))
    }

    /// Moves `v` up to at most `lag` of its own time behind the line.
    #[inline(always)]
    pub(super) fn bound_lag(&mut self, v: u16, lag: Duration) {
        let line = self.line(self.allowed(v));
        let slot = self.slots.at_mut(usize::from(v));
        let floor = line.saturating_sub(span(lag.nanos(), slot.inverse));
        if slot.vtime < floor {
            let step = floor - slot.vtime;
            slot.vtime = floor;
            if slot.competes {
                self.sum = self.sum.saturating_add(step.saturating_mul(u128::from(slot.weight)));
            }
        }
    }

    /// Counts `v`, which does not compete yet, among those that do, with the weight in force.
    #[inline(never)]
    pub(super) fn join(&mut self, v: u16) {
        self.adopt_weight(v);
        let slot = self.slots.at_mut(usize::from(v));
        slot.competes = true;
        self.sum = self.sum.saturating_add(slot.vtime.saturating_mul(u128::from(slot.weight)));
        self.weights = self.weights.saturating_add(u64::from(slot.weight));
    }

    /// Charges `v`, which does not compete, by the weight in force from now on.
    #[inline(always)]
    pub(super) fn adopt_weight(&mut self, v: u16) {
        let (weight, edition) = (self.weight_of(v), self.edition);
        let slot = self.slots.at_mut(usize::from(v));
        (slot.weight, slot.inverse, slot.edition) = (weight, inverse(weight), edition);
        // At most 2⁴⁰.
        slot.share = slot.inverse.saturating_mul(u64::from(weight));
    }

    /// Counts `v` no longer.
    #[inline(never)]
    pub(super) fn leave(&mut self, v: u16) {
        let slot = self.slots.at_mut(usize::from(v));
        if slot.competes {
            slot.competes = false;
            self.sum = self.sum.saturating_sub(slot.vtime.saturating_mul(u128::from(slot.weight)));
            self.weights = self.weights.saturating_sub(u64::from(slot.weight));
        }
    }

    /// Lets a changed weight of `v` take effect.
    #[inline(never)]
    pub(super) fn reweigh(&mut self, v: u16) {
        if self.slots.at(usize::from(v)).competes {
            self.leave(v);
            self.join(v);
        }
    }

    /// The weight in force.
    fn weight_of(&self, v: u16) -> u32 {
        let slot = self.slots.at(usize::from(v));
        if slot.own_weight != 0 { slot.own_weight } else { self.groups.at(usize::from(slot.group)).params.weight }
    }

    /// True if `v` has had no more than its share: no more than the weighted mean of all that compete (eligible
    /// in the sense of EEVDF), and not much more than others on the pCPUs it may use, which differs where affinity
    /// splits the pool.
    #[inline(always)]
    pub fn is_entitled(&self, v: u16) -> bool {
        self.is_within(self.slots.at(usize::from(v)), self.line(self.allowed(v)))
    }

    /// The same of what runs on `cpu`, and not much more than others there: in constant time.
    pub fn is_entitled_on(&self, cpu: Cpu) -> bool {
        let on = self.cpus.at(cpu.index());
        self.is_within(self.slots.at(usize::from(on.run)), on.line)
    }

    #[inline(always)]
    fn is_within(&self, slot: &Slot, line: u128) -> bool {
        let near = line.saturating_add(span(self.rules.near.nanos(), slot.inverse));
        slot.vtime <= near && slot.vtime.saturating_mul(u128::from(self.weights)) <= self.sum || self.weights == 0
    }

    /// When `v`, which has had more than its share, has credit again if everything goes on as it does.
    #[inline(never)]
    pub fn entitled_at(&self, v: u16, now: Instant) -> Instant {
        let slot = self.slots.at(usize::from(v));
        let lack = slot.vtime.saturating_mul(u128::from(self.weights)).saturating_sub(self.sum);
        let busy = u64::from(self.pool.without(self.idle).bits().count_ones()).max(1);
        let wait = u64::try_from(lack >> 40).unwrap_or(u64::MAX).checked_div(busy).unwrap_or(u64::MAX);
        now + Duration::from_nanos(wait.saturating_add(1))
    }
}
