//! The decision: what a pCPU runs from now on.
//!
//! Inside a slice nothing changes but for a promised vCPU, so a spurious `pick` finds what it left. At the end of a
//! slice the first of the queue is compared with what runs. Every yield and switch comes through here: what most
//! pools do not need stands out of line, behind one flag.

use super::account::charge;
use super::slot::{NIL, NOWHERE};
use super::{Core, Fair, Groups, Order, Rules, Slot, Slots, virtual_span};
use crate::{Choice, Cpu, CpuSet, Duration, Instant, Vcpu};

/// The most vCPUs without budget that one decision sets aside; the pCPU then picks again.
const PARKED_AT_ONCE: usize = 4;

/// What becomes of the vCPU that a pCPU ran.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It may run on.
    Stay,
    /// It stops being ready.
    Stop,
    /// Its group has no budget.
    Park,
    /// It may not, or had better not, run here.
    Move,
}

impl<O: Order, M: Slots, G: Groups> Fair<O, M, G> {
    /// `yields`: what runs on `cpu` offers it. `turn`: what is replaced is in memory before anybody asks for it.
    #[inline(always)]
    pub(super) fn decide(&mut self, cpu: Cpu, yields: bool, turn: bool, now: Instant) -> Choice {
        let core = &mut self.core;
        let promised = core.take_promise(cpu);
        let simple = core.plain && core.pool == CpuSet::only(cpu);
        let on = core.cpus.at_mut(cpu.index());
        let yields = yields | core::mem::replace(&mut on.yielded, false);
        if simple
            && promised == NIL
            && (yields || now >= on.end)
            && let Some(next) = core.pass_on(cpu, yields, turn, now)
        {
            let end = O::slice_end(core, cpu, next, now);
            let on = core.cpus.at_mut(cpu.index());
            (on.end, on.until) = (end, end);
            return Choice { run: Some(Vcpu(next)), until: Some(end), due: None, kick: CpuSet::EMPTY };
        }
        self.decide_any(cpu, promised, (yields, simple, turn), now)
    }

    /// The same where a switch is not usual, or not needed.
    #[inline(never)]
    fn decide_any(
        &mut self,
        cpu: Cpu,
        promised: u16,
        (yields, simple, turn): (bool, bool, bool),
        now: Instant,
    ) -> Choice {
        let core = &mut self.core;
        let on = core.cpus.at(cpu.index());
        let (before, end) = (on.run, on.end);
        let fate = core.fate(cpu, simple, now);
        let mut kick = CpuSet::EMPTY;
        let mut next = before;
        if fate != Fate::Stay || yields || now >= end || promised != NIL && core.is_called(promised, cpu) {
            let own = if fate == Fate::Stay { before } else { NIL };
            next = core.successor(cpu, own, yields, &mut kick, now);
        }
        if next != before {
            core.swap(cpu, before, next, fate, &mut kick, now);
            if turn && before != NIL {
                kick = kick.or(self.let_go(Vcpu(before), cpu, now));
            }
        }
        if promised != NIL {
            kick = kick.or(self.place_promised(promised, cpu, now));
        }
        self.settle_on(cpu, next, next != before, kick, now)
    }

    /// The choice of `next`; `new`: it did not run on `cpu` before.
    #[inline(never)]
    fn settle_on(&mut self, cpu: Cpu, next: u16, new: bool, mut kick: CpuSet, now: Instant) -> Choice {
        if new || next == NIL {
            kick = kick.or(self.core.invite());
        }
        if next == NIL {
            return Choice { kick, ..Choice::default() };
        }
        let until = self.arm(cpu, next, now);
        Choice { run: Some(Vcpu(next)), until: (until != Instant::MAX).then_some(until), due: None, kick }
    }

    /// Finds another pCPU for `v`, which `cpu` was kicked for and did not take.
    #[inline(never)]
    fn place_promised(&mut self, v: u16, cpu: Cpu, now: Instant) -> CpuSet {
        if !self.core.waits(v) {
            return CpuSet::EMPTY;
        }
        self.place(v, true, CpuSet::ALL.without(CpuSet::only(cpu)), now)
    }

    /// The context of `v`, which ran on `cpu`, is in memory.
    #[inline(never)]
    pub(super) fn let_go(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet {
        let core = &mut self.core;
        let pool = core.pool;
        let slot = core.slots.at_mut(v.index());
        if slot.unsaved != cpu.0 || cpu.0 == NOWHERE {
            return CpuSet::EMPTY;
        }
        slot.unsaved = NOWHERE;
        // If it may run only on the pCPU that it left, nothing changes.
        let waits = slot.turn.is_linked() && slot.promised == NOWHERE && slot.allowed(pool).bits() != slot.turn.mask();
        if waits && core.open(v.0, cpu, now) { self.place(v.0, false, CpuSet::ALL, now) } else { CpuSet::EMPTY }
    }

    /// When `cpu`, which runs `run`, must pick again; the far end of time if not. A slice ends only while others
    /// wait; a grant ends anyhow.
    fn arm(&mut self, cpu: Cpu, run: u16, now: Instant) -> Instant {
        let end = self.core.on(cpu).end;
        let end = match self.core.first_for(cpu) {
            None => Instant::MAX,
            Some(_) if now < end && end != Instant::MAX => end,
            Some(_) => {
                self.core.begin_slice(cpu, run);
                O::slice_end(&self.core, cpu, run, now)
            }
        };
        let on = self.core.cpus.at_mut(cpu.index());
        on.end = end;
        on.until =
            if on.capped { end.min(on.since + Duration::from_nanos(on.grant.max(0).unsigned_abs())) } else { end };
        on.until
    }
}

impl<M: Slots, G: Groups> Core<M, G> {
    /// Charges what runs on `cpu` and says whether it may run on. `simple`: there is nothing but this pCPU.
    #[inline(always)]
    fn fate(&mut self, cpu: Cpu, simple: bool, now: Instant) -> Fate {
        let on = self.cpus.at_mut(cpu.index());
        if on.run == NIL {
            return Fate::Stop;
        }
        let slot = self.slots.at_mut(usize::from(on.run));
        charge(slot, on, &mut self.sum, now);
        slot.calm(on.started + self.rules.urgent, now);
        if !slot.ready {
            // An overrun is paid before a sibling is given budget that is not there any more.
            self.return_grant(cpu, now);
            Fate::Stop
        } else if simple {
            Fate::Stay
        } else {
            let run = on.run;
            self.fate_beside_others(run, cpu, now)
        }
    }

    /// The same where there are other pCPUs, caps or soft affinities.
    #[inline(never)]
    fn fate_beside_others(&mut self, run: u16, cpu: Cpu, now: Instant) -> Fate {
        if self.pool.len() > 1 {
            self.bound_lag(run, self.rules.holder);
        }
        if !self.renew_grant(cpu, now) {
            Fate::Park
        } else if !self.allowed(run).contains(cpu) || self.would_rather_move(run, cpu) {
            Fate::Move
        } else {
            Fate::Stay
        }
    }

    /// True if `v`, which `cpu` was kicked for and which still waits, may still run there.
    #[inline(always)]
    fn is_called(&self, v: u16, cpu: Cpu) -> bool {
        self.mask(v).contains(cpu)
    }

    /// What runs next on `cpu`; `own` runs and may run on, or is `NIL`.
    #[inline(always)]
    fn successor(&mut self, cpu: Cpu, own: u16, yielded: bool, kick: &mut CpuSet, now: Instant) -> u16 {
        if self.owes() {
            self.pay(cpu, now);
        }
        for _ in 0..PARKED_AT_ONCE {
            let Some(v) = self.first_for(cpu) else { return own };
            if own != NIL && !yielded && keeps(&self.rules, cpu, self.slot(own), self.slot(v)) {
                return own;
            }
            if self.capped == 0 || self.affords(v, kick, now) {
                return v;
            }
        }
        *kick = kick.or(CpuSet::only(cpu));
        own
    }

    /// True if `v`, which waits, has budget; else it is parked.
    #[inline(never)]
    fn affords(&mut self, v: u16, kick: &mut CpuSet, now: Instant) -> bool {
        let enough = self.has_budget(self.slot(v).group, now);
        if !enough {
            self.dequeue(v);
            *kick = kick.or(self.park(v));
        }
        enough
    }
}

/// True if `mine`, which runs on `cpu`, is ahead of `other`, which must lead by more if it comes from another pCPU.
#[inline(never)]
pub(super) fn keeps(rules: &Rules, cpu: Cpu, mine: &Slot, other: &Slot) -> bool {
    let moves = !other.urgent && other.last != cpu.0 && other.last != NOWHERE;
    let toll = if moves { virtual_span(rules.resistance, other.weight) } else { 0 };
    mine.key() < other.key().saturating_add(toll)
}
