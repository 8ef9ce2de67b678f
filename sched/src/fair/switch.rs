//! The switch: what happens to the vCPU that leaves a pCPU and to the one that comes.

use super::account::charge;
use super::choose::{Fate, keeps};
use super::slot::{Aside, Key, NIL, NOWHERE};
use super::{Core, Groups, Slots};
use crate::{Cpu, CpuSet, Instant};

impl<M: Slots, G: Groups> Core<M, G> {
    /// The usual switch, where there is nothing but `cpu`: puts the first that waits there, and what runs there and
    /// could run on into the queue. `None` if that cannot be, or if what runs is ahead and does not yield. `gone`: its
    /// context is in memory before anybody asks for it.
    #[inline(always)]
    pub(super) fn pass_on(&mut self, cpu: Cpu, yields: bool, gone: bool, now: Instant) -> Option<u16> {
        if self.owes() {
            self.pay(cpu, now);
        }
        let on = self.cpus.at_mut(cpu.index());
        let (before, next) = (on.run, self.queue.first(&self.slots)?);
        let (from, to) = self.slots.pair_mut(before.into(), next.into())?;
        if !from.ready || to.turn.mask() & CpuSet::only(cpu).bits() == 0 {
            return None;
        }
        charge(from, on, &mut self.sum, now);
        from.calm(on.started + self.rules.urgent, now);
        if !yields && keeps(&self.rules, cpu, from, to) {
            return None;
        }
        (from.on, from.unsaved, from.last) = (NOWHERE, if gone { NOWHERE } else { cpu.0 }, cpu.0);
        to.on = cpu.0;
        (on.run, on.since, on.started) = (next, now, now);
        // The urgent come out of order: no line begins with them.
        if !to.urgent {
            on.line = on.line.max(to.vtime);
        }
        let odd = to.side != Aside::No || to.edition != self.edition;
        let (key, mask) = (from.key(), self.pool.bits());
        if !self.queue.exchange_lone((next, to), (before, from), key, mask) {
            self.queue.exchange(&mut self.slots, next, before, key, mask);
        }
        if odd {
            self.adjust(next);
        }
        Some(next)
    }

    /// `v` came to a pCPU: it is owed nothing any more, and a changed weight of it takes effect.
    #[inline(never)]
    fn adjust(&mut self, v: u16) {
        let slot = self.slots.at(usize::from(v));
        let (aside, stale) = (slot.side != Aside::No, slot.edition != self.edition);
        if aside {
            self.drop_aside(v);
        }
        if stale {
            self.reweigh(v);
        }
    }

    /// Puts `next` (maybe nothing) on `cpu` in place of `before` (maybe nothing): every switch that is not usual.
    #[inline(never)]
    pub(super) fn swap(&mut self, cpu: Cpu, before: u16, next: u16, fate: Fate, kick: &mut CpuSet, now: Instant) {
        // First out, then in: the tree stays small and is balanced less often.
        if next != NIL {
            self.dequeue(next);
        }
        if before != NIL {
            let slot = self.slots.at_mut(usize::from(before));
            (slot.on, slot.unsaved, slot.last) = (NOWHERE, cpu.0, cpu.0);
            self.put_down(cpu, before, fate, kick, now);
        }
        let on = self.cpus.at_mut(cpu.index());
        (on.run, on.since, on.started, on.end, on.until) = (next, now, now, Instant::ZERO, Instant::MAX);
        self.change_idle(cpu, next);
        if next != NIL {
            let slot = self.slots.at_mut(usize::from(next));
            slot.on = cpu.0;
            if slot.edition != self.edition {
                self.reweigh(next);
            }
            if self.capped != 0 {
                self.take_grant(cpu);
            }
        }
    }

    /// Says what becomes of `run`, which leaves `cpu`.
    fn put_down(&mut self, cpu: Cpu, run: u16, fate: Fate, kick: &mut CpuSet, now: Instant) {
        self.return_grant(cpu, now);
        match fate {
            Fate::Stop => self.leave(run),
            Fate::Park => *kick = kick.or(self.park(run)),
            Fate::Stay => self.enqueue(run, self.mask(run)),
            // It waits for `saved`, and is placed then.
            Fate::Move => self.enqueue(run, CpuSet::EMPTY),
        }
    }

    fn change_idle(&mut self, cpu: Cpu, next: u16) {
        let bit = CpuSet::only(cpu);
        if next == NIL {
            self.idle = self.idle.or(bit);
            self.cpus.at_mut(cpu.index()).end = Instant::MAX;
        } else {
            self.idle = self.idle.without(bit);
        }
    }

    /// The line of `cpu` is where the slice of `run` begins. The urgent come out of order.
    #[inline(always)]
    pub(super) fn begin_slice(&mut self, cpu: Cpu, run: u16) {
        let slot = self.slots.at(usize::from(run));
        if !slot.urgent {
            let on = self.cpus.at_mut(cpu.index());
            on.line = on.line.max(slot.vtime);
        }
    }

    /// `v`, which waits and was saved on `cpu`, may run elsewhere from now on, or soon: then until that time only
    /// `cpu` may take it. True if from now on.
    pub(super) fn open(&mut self, v: u16, cpu: Cpu, now: Instant) -> bool {
        let slot = self.slot(v);
        let here = slot.turn.mask() == CpuSet::only(cpu).bits();
        if here && slot.side == Aside::No && !self.rules.stickiness.is_zero() {
            let due = (now + self.rules.stickiness).nanos();
            self.slots.at_mut(usize::from(v)).side = Aside::Warm;
            self.warm.insert(&mut self.slots, v, Key::from(due), 1);
            return false;
        }
        self.remask(v, self.mask(v))
    }
}
