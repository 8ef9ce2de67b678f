//! Who goes first, ahead of the order by virtual time, and for how long.
//!
//! A vCPU that wakes within its share may become *urgent*: at once if the order gives that to all, or if it has a
//! latency hint. One that wakes beyond its share is *owed* it, and becomes urgent as soon as it has credit again:
//! so a vCPU that wants a little more than its share waits for its share to grow, not for everybody's slice.

use super::slot::Aside;
use super::{Core, Groups, Slots};
use crate::{Cpu, CpuSet, Instant};

impl<M: Slots, G: Groups> Core<M, G> {
    /// Decides for `v`, which wakes and is in no queue yet, whether it is urgent or owed that.
    #[inline(never)]
    pub(super) fn note_wake(&mut self, v: u16, now: Instant) {
        let hint = self.slots.at(usize::from(v)).hint;
        let wants = hint >= self.rules.asks;
        let urgent = wants && self.is_entitled(v);
        let slot = self.slots.at_mut(usize::from(v));
        slot.urgent = urgent;
        slot.side = if wants == urgent { Aside::No } else { Aside::Owed };
        slot.stamp = (now + hint).nanos();
    }

    /// Makes the first on `cpu` that is owed it urgent, if it has credit by now.
    #[inline(never)]
    pub(super) fn pay(&mut self, cpu: Cpu, now: Instant) {
        self.settle_all(CpuSet::ALL, now);
        let Some(v) = self.first_owed(cpu).filter(|v| self.is_entitled(*v)) else { return };
        let mask = self.slots.at(usize::from(v)).turn.mask();
        let promised = self.slots.at(usize::from(v)).promised;
        self.queue.remove(&mut self.slots, v);
        self.drop_aside(v);
        let slot = self.slots.at_mut(usize::from(v));
        (slot.urgent, slot.stamp, slot.promised) = (true, (now + slot.hint).nanos(), promised);
        self.enqueue(v, CpuSet::from_bits(mask));
    }

    /// The first on `cpu` that is owed urgency.
    pub fn first_owed(&self, cpu: Cpu) -> Option<u16> {
        self.owed.first_with(&self.slots, CpuSet::only(cpu).bits())
    }

    /// True if somebody waits that is owed urgency.
    #[inline(always)]
    pub fn owes(&self) -> bool {
        !self.owed.is_empty()
    }

    /// When what runs on `cpu` stops to be urgent.
    #[inline(always)]
    pub fn calm_at(&self, cpu: Cpu) -> Instant {
        self.cpus.at(cpu.index()).started + self.rules.urgent
    }

    /// Urgency of what runs on `cpu`, which is not idle, ends some time after it began to be used.
    #[inline(always)]
    pub(super) fn calm_down(&mut self, cpu: Cpu, now: Instant) {
        let (run, calm) = (self.cpus.at(cpu.index()).run, self.calm_at(cpu));
        if now >= calm {
            self.slots.at_mut(usize::from(run)).urgent = false;
        }
    }
}
