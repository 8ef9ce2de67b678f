//! The decision: what a pCPU runs from now on.
//!
//! Inside a slice nothing changes but for a promised vCPU, so a spurious `pick` finds what it left. At the
//! end of a slice the first of the queue is compared with what runs.

use crate::slot::{GroupSlot, NIL, NOWHERE, Slot};
use crate::{Credit2, rank};
use sched::{Choice, Cpu, CpuSet, Duration, Instant, Vcpu};

/// The most vCPUs without budget that one decision sets aside; the pCPU then picks again.
const PARKED_AT_ONCE: usize = 4;

/// What becomes of the vCPU that a pCPU ran.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It may run on.
    Stay,
    /// It stops being ready.
    Stop,
    /// Its group has no budget.
    Park,
    /// It may not, or had better not, run here.
    Move,
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Credit2<M, G> {
    pub(crate) fn decide(&mut self, cpu: Cpu, now: Instant) -> Choice {
        let promised = self.take_promise(cpu);
        let mut kick = CpuSet::EMPTY;
        let before = self.cpus.at(cpu.index()).run;
        let fate = self.fate(cpu, now);
        let next = self.successor(cpu, fate, promised, &mut kick, now);
        if next != before {
            // First out, then in: the tree stays small and is balanced less often.
            self.dequeue(next);
            self.put_down(cpu, fate, &mut kick, now);
            self.take_up(cpu, next, now);
        }
        self.cpus.at_mut(cpu.index()).yielded = false;
        if let Some(v) = promised
            && self.waits(v)
        {
            kick = kick.or(self.place(v, true, CpuSet::ALL.without(CpuSet::only(cpu)), now));
        }
        if next != before || next == NIL {
            kick = kick.or(self.invite());
        }
        if next == NIL {
            return Choice { kick, ..Choice::default() };
        }
        Choice { run: Some(Vcpu(next)), until: self.arm(cpu, now), due: None, kick }
    }

    /// Charges what runs on `cpu` and says whether it may run on.
    fn fate(&mut self, cpu: Cpu, now: Instant) -> Fate {
        let run = self.cpus.at(cpu.index()).run;
        if run == NIL {
            return Fate::Stop;
        }
        self.settle(cpu, now);
        if self.pool.len() > 1 {
            self.bound_lag(run, rank::HOLDER);
        }
        self.calm_down(cpu, now);
        if !self.slots.at(run as usize).ready {
            // An overrun is paid before a sibling is given budget that is not there any more.
            self.return_grant(cpu, now);
            Fate::Stop
        } else if !self.renew_grant(cpu, now) {
            Fate::Park
        } else if !self.allowed(run).contains(cpu) || self.would_rather_move(run, cpu) {
            Fate::Move
        } else {
            Fate::Stay
        }
    }

    /// What runs next on `cpu`.
    fn successor(&mut self, cpu: Cpu, fate: Fate, promised: Option<u16>, kick: &mut CpuSet, now: Instant) -> u16 {
        let on = self.cpus.at(cpu.index());
        let (run, yielded, end) = (on.run, on.yielded, on.end);
        let stays = fate == Fate::Stay;
        let called = promised.is_some_and(|v| self.waits(v) && self.mask(v).contains(cpu));
        if stays && !called && !yielded && end.is_none_or(|end| now < end) {
            return run;
        }
        let own = if stays { run } else { NIL };
        for _ in 0..PARKED_AT_ONCE {
            let Some(v) = self.first_for(cpu) else { return own };
            if own != NIL && !yielded && self.key(own) < self.key(v) {
                return own;
            }
            if self.affords(v, kick, now) {
                return v;
            }
        }
        *kick = kick.or(CpuSet::only(cpu));
        own
    }

    /// True if `v`, which waits, has budget; else it is parked.
    fn affords(&mut self, v: u16, kick: &mut CpuSet, now: Instant) -> bool {
        let g = self.slots.at(v as usize).group;
        let enough = self.has_budget(g, now);
        if !enough {
            self.dequeue(v);
            *kick = kick.or(self.park(v));
        }
        enough
    }

    /// Takes what runs on `cpu` off it.
    fn put_down(&mut self, cpu: Cpu, fate: Fate, kick: &mut CpuSet, now: Instant) {
        let run = self.cpus.at(cpu.index()).run;
        if run == NIL {
            return;
        }
        let slot = self.slots.at_mut(run as usize);
        (slot.on, slot.unsaved, slot.last) = (NOWHERE, cpu.0, cpu.0);
        let g = slot.group;
        let group = self.groups.at_mut(g as usize);
        group.running = group.running.saturating_sub(1);
        self.return_grant(cpu, now);
        match fate {
            Fate::Stop => self.leave(run),
            Fate::Park => *kick = kick.or(self.park(run)),
            Fate::Stay => self.enqueue(run, self.mask(run)),
            // It waits for `saved`, and is placed then.
            Fate::Move => self.enqueue(run, CpuSet::EMPTY),
        }
    }

    /// Puts `next` (maybe nothing) on `cpu`, which is free.
    fn take_up(&mut self, cpu: Cpu, next: u16, now: Instant) {
        let calm = self.calm_at(now);
        let on = self.cpus.at_mut(cpu.index());
        (on.run, on.end, on.until, on.lone) = (next, None, None, false);
        (on.since, on.started, on.calm) = (now, now, calm);
        if next == NIL {
            self.idle = self.idle.or(CpuSet::only(cpu));
            return;
        }
        self.idle = self.idle.without(CpuSet::only(cpu));
        self.reweigh(next);
        let slot = self.slots.at_mut(next as usize);
        slot.on = cpu.0;
        let group = self.groups.at_mut(slot.group as usize);
        group.running = group.running.saturating_add(1);
        self.take_grant(cpu);
    }

    /// When `cpu` must pick again. Nobody waits: not before the grant ends.
    fn arm(&mut self, cpu: Cpu, now: Instant) -> Option<Instant> {
        let rival = self.first_for(cpu);
        let on = *self.cpus.at(cpu.index());
        let mine = self.slots.at(on.run as usize).vtime;
        let (floor, end) = match rival {
            None => (mine, on.end),
            Some(v) => {
                let end = on.end.filter(|end| now < *end).unwrap_or_else(|| self.slice_end(cpu, on.run, v, now));
                (mine.min(self.slots.at(v as usize).vtime), Some(end))
            }
        };
        let slice = if rival.is_some() { end } else { None };
        let spent = on.capped.then(|| on.since + Duration::from_nanos(on.grant.max(0).unsigned_abs()));
        let until = match (slice, spent) {
            (Some(slice), Some(spent)) => Some(slice.min(spent)),
            (slice, spent) => slice.or(spent),
        };
        let on = self.cpus.at_mut(cpu.index());
        (on.line, on.end, on.until, on.lone) = (on.line.max(floor), end, until, rival.is_none());
        until
    }

    /// True if `v`, which runs on `cpu` outside its soft affinity, could run inside.
    fn would_rather_move(&self, v: u16, cpu: Cpu) -> bool {
        let liked = self.preferred(v);
        !liked.contains(cpu) && !self.free(liked).is_empty()
    }

    /// A pCPU whose vCPU would rather be on one that is free; asked whenever that may have become so.
    pub(crate) fn invite(&self) -> CpuSet {
        if self.wishes == 0 {
            return CpuSet::EMPTY;
        }
        let free = self.free(self.pool);
        let wants = |cpu: &Cpu| {
            let liked = self.preferred(self.cpus.at(cpu.index()).run);
            !liked.contains(*cpu) && !liked.and(free).is_empty()
        };
        self.pool.without(self.idle).iter().find(wants).map_or(CpuSet::EMPTY, CpuSet::only)
    }
}
