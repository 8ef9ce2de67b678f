//! The run queue: one tree of all that wait, with masks that say which pCPU may take them.
//!
//! A pCPU that is kicked for a vCPU gets it *promised*: the mask then names only that pCPU, so that no other takes
//! the vCPU on the way and no second pCPU is kicked for it.

use super::slot::{Aside, NIL, NOWHERE};
use super::{Core, Groups, Slots};
use crate::{Cpu, CpuSet, Instant};

impl<M: Slots, G: Groups> Core<M, G> {
    /// Where `v` may run at all.
    #[inline(always)]
    pub(super) fn allowed(&self, v: u16) -> CpuSet {
        self.slots.at(usize::from(v)).allowed(self.pool)
    }

    /// Where `v` would like to run: never empty while `allowed` is not.
    pub fn preferred(&self, v: u16) -> CpuSet {
        let allowed = self.allowed(v);
        let soft = self.slots.at(usize::from(v)).affinity.soft.and(allowed);
        if soft.is_empty() { allowed } else { soft }
    }

    /// Where `v` may run now: until it is saved, only where its context is; for a while, only where it ran.
    #[inline(always)]
    pub(super) fn mask(&self, v: u16) -> CpuSet {
        let slot = self.slots.at(usize::from(v));
        match (slot.unsaved, slot.side) {
            (NOWHERE, Aside::Warm) => self.allowed(v).and(CpuSet::only(Cpu(slot.last))),
            (NOWHERE, _) => self.allowed(v),
            (cpu, _) => self.allowed(v).and(CpuSet::only(Cpu(cpu))),
        }
    }

    /// Puts `v` into the run queue.
    #[inline(never)]
    pub(super) fn enqueue(&mut self, v: u16, mask: CpuSet) {
        let key = self.slots.at(usize::from(v)).key();
        self.queue.insert(&mut self.slots, v, key, mask.bits());
        if self.slots.at(usize::from(v)).side == Aside::Owed {
            self.owed.insert(&mut self.slots, v, key, mask.bits());
        }
    }

    /// Changes where `v`, which waits, may run; false if that is so already, which costs no walk up the tree.
    #[inline(never)]
    pub(super) fn remask(&mut self, v: u16, mask: CpuSet) -> bool {
        let slot = self.slots.at(usize::from(v));
        let (changes, side) = (slot.turn.mask() != mask.bits(), slot.side);
        if changes {
            self.queue.set_mask(&mut self.slots, v, mask.bits());
            if side == Aside::Owed {
                self.owed.set_mask(&mut self.slots, v, mask.bits());
            }
        }
        changes
    }

    /// Takes `v` out of the run queue, and back from the pCPU that was to take it.
    #[inline(always)]
    pub(super) fn dequeue(&mut self, v: u16) {
        self.queue.remove(&mut self.slots, v);
        let slot = self.slots.at_mut(usize::from(v));
        let (side, promised) = (slot.side, slot.promised);
        slot.promised = NOWHERE;
        if promised != NOWHERE {
            self.cpus.at_mut(usize::from(promised)).promise = NIL;
        }
        if side != Aside::No {
            self.drop_aside(v);
        }
    }

    /// `v` is owed nothing, and bound to no pCPU, any more.
    #[inline(never)]
    pub(super) fn drop_aside(&mut self, v: u16) {
        let side = core::mem::replace(&mut self.slots.at_mut(usize::from(v)).side, Aside::No);
        let tree = if side == Aside::Warm { &mut self.warm } else { &mut self.owed };
        tree.remove(&mut self.slots, v);
    }

    /// When time alone first concerns one that waits.
    #[inline(never)]
    pub(super) fn first_event(&self) -> Option<Instant> {
        let (refill, warm) = (self.first_refill().map(|first| first.0), self.first_warm().map(|first| first.0));
        refill.into_iter().chain(warm).min()
    }

    /// The first whose time on its own pCPU ends, and when.
    pub(super) fn first_warm(&self) -> Option<(Instant, u16)> {
        let v = self.warm.first(&self.slots)?;
        let due = u64::try_from(*self.slots.at(usize::from(v)).aside.key()).unwrap_or(u64::MAX);
        Some((Instant::from_nanos(due), v))
    }

    /// True while `v` waits in the run queue.
    pub(super) fn waits(&self, v: u16) -> bool {
        self.slots.at(usize::from(v)).turn.is_linked()
    }

    /// The first that waits and may run on `cpu`.
    #[inline(always)]
    pub fn first_for(&self, cpu: Cpu) -> Option<u16> {
        self.queue.first_with(&self.slots, CpuSet::only(cpu).bits())
    }

    /// Ends the promise of `cpu`, whatever becomes of it, and returns for whom it was; `NIL` for nobody.
    #[inline(always)]
    pub(super) fn take_promise(&mut self, cpu: Cpu) -> u16 {
        let v = self.cpus.at(cpu.index()).promise;
        if v != NIL {
            self.end_promise(cpu, v);
        }
        v
    }

    #[inline(always)]
    fn end_promise(&mut self, cpu: Cpu, v: u16) {
        self.cpus.at_mut(cpu.index()).promise = NIL;
        self.slots.at_mut(usize::from(v)).promised = NOWHERE;
        self.remask(v, self.mask(v));
    }

    #[inline(always)]
    pub(super) fn promise(&mut self, v: u16, cpu: Cpu) -> CpuSet {
        let only = CpuSet::only(cpu);
        self.slots.at_mut(usize::from(v)).promised = cpu.0;
        self.cpus.at_mut(cpu.index()).promise = v;
        self.remask(v, only);
        only
    }

    /// Idle pCPUs that nobody was promised.
    #[inline(never)]
    pub(super) fn free(&self, mask: CpuSet) -> CpuSet {
        let idle = mask.and(self.idle);
        idle.iter()
            .filter(|cpu| self.cpus.at(cpu.index()).promise != NIL)
            .fold(idle, |free, cpu| free.without(CpuSet::only(cpu)))
    }
}
