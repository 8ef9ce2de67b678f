//! A runner that yields: who would get its pCPU, and what it gives up for that.

use crate::{Rtds, Slot};
use sched::{Cpu, CpuSet, Duration, Instant, Vcpu};

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Rtds<M> {
    /// `v`, which runs on `cpu`, offers it: false if nobody wants it.
    #[inline(always)]
    pub(crate) fn offer(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> bool {
        let slot = self.slots.at_mut(v.index());
        if !slot.ready || slot.params.reserved() || self.armed.and(CpuSet::only(cpu)).is_empty() {
            return self.offer_any(v, cpu, now);
        }
        // Somebody waits. The pick charges it; what is left of the turn does not matter any more.
        slot.slice = Duration::ZERO;
        true
    }

    // [RTDS-R-17]
    #[inline(never)]
    fn offer_any(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> bool {
        // One that was paused on another pCPU may still offer what it does not have any more.
        if !self.slots.at(v.index()).ready {
            return false;
        }
        self.charge(cpu, now);
        let Some(first) = self.first_for(CpuSet::only(cpu)) else {
            return false;
        };
        let slot = self.slots.at_mut(v.index());
        slot.yielded = true;
        if !slot.has_budget() {
            slot.slice = Duration::ZERO;
        }
        let beaten = self.beats(first, v);
        self.slots.at_mut(v.index()).yielded = beaten;
        beaten
    }
}
