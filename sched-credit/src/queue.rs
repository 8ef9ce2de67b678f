//! The run queue, and where a vCPU that joins it should run.
//!
//! One tree holds all that wait; their masks say which pCPU may take them. A pCPU that is kicked for a vCPU
//! gets it *promised*: the mask then names only that pCPU, so that no other takes the vCPU on the way and
//! no second pCPU is kicked for it.

use crate::Credit;
use crate::slot::{GroupSlot, Key, NIL, NOWHERE, Slot};
use sched::{Cpu, CpuSet, Instant};

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Credit<M, G> {
    /// Where `v` may run at all. A vCPU whose pCPUs have all left the pool may use the others.
    pub(crate) fn allowed(&self, v: u16) -> CpuSet {
        let allowed = self.slots.at(v as usize).affinity.hard.and(self.pool);
        if allowed.is_empty() { self.pool } else { allowed }
    }

    /// Where `v` would like to run: never empty while `allowed` is not.
    pub(crate) fn preferred(&self, v: u16) -> CpuSet {
        let allowed = self.allowed(v);
        let soft = self.slots.at(v as usize).affinity.soft.and(allowed);
        if soft.is_empty() { allowed } else { soft }
    }

    /// Where `v` may run now: until it is saved, only where its context is.
    pub(crate) fn mask(&self, v: u16) -> CpuSet {
        match self.slots.at(v as usize).unsaved {
            NOWHERE => self.allowed(v),
            cpu => self.allowed(v).and(CpuSet::only(Cpu(cpu))),
        }
    }

    /// Puts `v` into the run queue.
    pub(crate) fn enqueue(&mut self, v: u16, mask: CpuSet) {
        let key = self.key(v);
        self.queue.insert(&mut self.slots, v, key, mask.bits());
        if self.slots.at(v as usize).owed {
            self.owed.insert(&mut self.slots, v, key, mask.bits());
        }
    }

    /// Changes where `v`, which waits, may run; false if that is so already, which costs no walk up the tree.
    #[inline(never)]
    pub(crate) fn remask(&mut self, v: u16, mask: CpuSet) -> bool {
        let slot = self.slots.at(v as usize);
        let (changes, owed) = (slot.turn.mask() != mask.bits(), slot.owed);
        if changes {
            self.queue.set_mask(&mut self.slots, v, mask.bits());
            if owed {
                self.owed.set_mask(&mut self.slots, v, mask.bits());
            }
        }
        changes
    }

    /// Takes `v` out of the run queue, and back from the pCPU that was to take it.
    pub(crate) fn dequeue(&mut self, v: u16) {
        self.queue.remove(&mut self.slots, v);
        if core::mem::replace(&mut self.slots.at_mut(v as usize).owed, false) {
            self.owed.remove(&mut self.slots, v);
        }
        let slot = self.slots.at_mut(v as usize);
        if slot.promised != NOWHERE {
            self.cpus.at_mut(slot.promised as usize).promise = NIL;
            slot.promised = NOWHERE;
        }
    }

    /// True while `v` waits in the run queue.
    pub(crate) fn waits(&self, v: u16) -> bool {
        self.slots.at(v as usize).turn.is_linked()
    }

    /// The first that waits and may run on `cpu`.
    #[inline]
    pub(crate) fn first_for(&self, cpu: Cpu) -> Option<u16> {
        self.queue.first_with(&self.slots, CpuSet::only(cpu).bits())
    }

    /// Ends the promise of `cpu`, whatever becomes of it, and returns for whom it was.
    #[inline(never)]
    pub(crate) fn take_promise(&mut self, cpu: Cpu) -> Option<u16> {
        let v = core::mem::replace(&mut self.cpus.at_mut(cpu.index()).promise, NIL);
        if v == NIL {
            return None;
        }
        self.slots.at_mut(v as usize).promised = NOWHERE;
        self.remask(v, self.mask(v));
        Some(v)
    }

    fn promise(&mut self, v: u16, cpu: Cpu) -> CpuSet {
        let only = CpuSet::only(cpu);
        self.slots.at_mut(v as usize).promised = cpu.0;
        self.cpus.at_mut(cpu.index()).promise = v;
        self.remask(v, only);
        only
    }

    /// Finds a pCPU inside `within` for `v`, which waits. Returns the pCPUs to kick.
    pub(crate) fn place(&mut self, v: u16, fresh: bool, within: CpuSet, now: Instant) -> CpuSet {
        let mask = self.mask(v).and(within);
        if let Some(cpu) = self.free_pcpu(v, mask) {
            return self.promise(v, cpu);
        }
        let busy = mask.without(self.idle);
        let (mut best, mut alone) = (None, CpuSet::EMPTY);
        for cpu in busy.iter() {
            let on = *self.cpus.at(cpu.index());
            if on.promise != NIL {
                continue;
            }
            self.settle(cpu, now);
            self.calm_down(cpu, now);
            if on.lone {
                alone = alone.or(CpuSet::only(cpu));
            }
            best = self.better(best, v, cpu, fresh, now);
        }
        match best {
            Some((at, _, _, cpu)) if at <= now => self.promise(v, cpu),
            Some((at, _, _, cpu)) => alone.or(self.end_by(cpu, at)),
            None => alone,
        }
    }

    /// The better of a victim found before and the one on `cpu`: the sooner, then the one where `v` prefers
    /// to be, then the one that is beaten by more.
    fn better(
        &self,
        best: Option<(Instant, bool, Key, Cpu)>,
        v: u16,
        cpu: Cpu,
        fresh: bool,
        now: Instant,
    ) -> Option<(Instant, bool, Key, Cpu)> {
        let Some((at, gain)) = self.gain(v, cpu, fresh, now) else { return best };
        let here = (at, self.preferred(v).contains(cpu), gain, cpu);
        match best {
            Some(old) if old.0 < at || old.0 == at && (old.1, old.2) >= (here.1, here.2) => best,
            _ => Some(here),
        }
    }

    /// Makes the slice on `cpu` end by `at`.
    fn end_by(&mut self, cpu: Cpu, at: Instant) -> CpuSet {
        let on = self.cpus.at_mut(cpu.index());
        on.end = Some(on.end.map_or(at, |end| end.min(at)));
        if on.until.is_some_and(|until| until <= at) { CpuSet::EMPTY } else { CpuSet::only(cpu) }
    }

    /// Idle pCPUs that nobody was promised.
    #[inline(never)]
    pub(crate) fn free(&self, mask: CpuSet) -> CpuSet {
        let idle = mask.and(self.idle);
        idle.iter()
            .filter(|cpu| self.cpus.at(cpu.index()).promise != NIL)
            .fold(idle, |free, cpu| free.without(CpuSet::only(cpu)))
    }

    /// The free pCPU that suits `v` best: where it prefers to be, there where it ran last.
    fn free_pcpu(&self, v: u16, mask: CpuSet) -> Option<Cpu> {
        if mask.and(self.idle).is_empty() {
            return None;
        }
        let free = self.free(mask);
        let liked = free.and(self.preferred(v));
        let choice = if liked.is_empty() { free } else { liked };
        let last = Cpu(self.slots.at(v as usize).last);
        if choice.contains(last) { Some(last) } else { choice.first() }
    }
}
