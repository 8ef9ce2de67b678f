//! The ARINC 653 policy behind the seam.

use crate::seat::Current;
use crate::slot::Place;
use crate::{Arinc653, PoolParams, Slot, Window};
use sched::{
    Affinity, Change, Choice, Cpu, CpuSet, Duration, Group, Instant, NoRow, Params, Refused, Scheduler, Service, Vcpu,
    When, Why,
};

impl<M, W> Params for Arinc653<M, W> {
    type Pool = PoolParams;
    type Group = NoRow;
    type Vcpu = NoRow;
    type Entry = Window;
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, W: AsRef<[Window]> + AsMut<[Window]>> Scheduler for Arinc653<M, W> {
    // [ARINC-R-17] [ARINC-R-19]
    /// A vCPU whose partition has no window is admitted, and never runs: the configuration refuses that.
    fn add(&mut self, v: Vcpu, g: Group, _: NoRow, a: Affinity, _: Instant) -> Result<(), Refused> {
        self.check_slot("the pool has no slot for this vCPU", v.0)?;
        self.check_slot("the pool has no slot for this partition", g.0)?;
        if self.slots.at(v.index()).present {
            return Err(Refused::new("the vCPU is in the pool already", 0, 0, u64::from(v.0)));
        }
        self.check_affinity(a, self.cpus)?;
        let line = self.slots.at(v.index()).line;
        *self.slots.at_mut(v.index()) = Slot { present: true, group: g, affinity: a, line, ..Slot::EMPTY };
        Ok(())
    }

    // [ARINC-R-19]
    fn remove(&mut self, v: Vcpu, _: Instant) -> Result<(), Refused> {
        self.check_known(v)?;
        let slot = self.slots.at_mut(v.index());
        if slot.ready || slot.place != Place::Away {
            return Err(Refused::new("only a vCPU that is blocked and saved can leave", 0, 0, u64::from(v.0)));
        }
        *slot = Slot { line: slot.line, ..Slot::EMPTY };
        Ok(())
    }

    // [ARINC-R-16]
    fn change(&mut self, all: &[Change<Self>], when: When, now: Instant) -> Result<CpuSet, Refused> {
        self.check_changes(all)?;
        Ok(all.iter().fold(CpuSet::EMPTY, |kick, change| kick.or(self.apply_change(change, when, now))))
    }

    // [ARINC-R-04] [ARINC-R-07] [ARINC-R-17]
    #[inline(never)]
    fn wake(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        if !slot.present || slot.ready {
            return CpuSet::EMPTY;
        }
        slot.ready = true;
        slot.since = now;
        slot.turn = Duration::ZERO;
        if matches!(slot.place, Place::Runs(_)) {
            // It never left; its pCPU still owes the pick that `block` asked for.
            return CpuSet::EMPTY;
        }
        self.enqueue(v);
        self.place(v, now)
    }

    // [ARINC-R-17]
    #[inline(never)]
    fn block(&mut self, v: Vcpu, _: Why, now: Instant) -> CpuSet {
        self.dequeue(v);
        let slot = self.slots.at_mut(v.index());
        if !slot.present {
            return CpuSet::EMPTY;
        }
        let ready = core::mem::replace(&mut slot.ready, false);
        let Place::Runs(cpu) = slot.place else {
            return CpuSet::EMPTY;
        };
        if ready {
            slot.charge(now);
        }
        self.kicked = self.kicked.or(CpuSet::only(cpu));
        CpuSet::only(cpu)
    }

    // [ARINC-R-06]
    /// Ends its turn, if another vCPU of its partition waits for the pCPU.
    #[inline(never)]
    fn yield_now(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        let Place::Runs(cpu) = slot.place else {
            return CpuSet::EMPTY;
        };
        if !slot.ready {
            return CpuSet::EMPTY;
        }
        slot.charge(now);
        let group = slot.group;
        if self.first_for(group, cpu).is_none() {
            return CpuSet::EMPTY;
        }
        self.slots.at_mut(v.index()).turn = Duration::ZERO;
        self.kicked = self.kicked.or(CpuSet::only(cpu));
        CpuSet::only(cpu)
    }

    // [ARINC-R-01] [ARINC-R-17]
    #[inline(never)]
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        if cpu.index() >= Cpu::LIMIT {
            return Choice::default();
        }
        let pledge = self.seats.at_mut(cpu.index()).pledge.take();
        let current = self.charge(cpu, now);
        let others = self.switch_schedule(now).without(CpuSet::only(cpu));
        self.kicked = self.kicked.without(CpuSet::only(cpu));
        let choice = self.choose(cpu, current, now);
        match pledge {
            Some(v) if choice.run != pledge => Choice { kick: others.or(self.place(v, now)), ..choice },
            _ => Choice { kick: others, ..choice },
        }
    }

    // [ARINC-R-15] [ARINC-R-17]
    #[inline(never)]
    fn saved(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        if slot.place != Place::Leaves(cpu) {
            return CpuSet::EMPTY;
        }
        slot.place = Place::Away;
        let hard = slot.affinity.hard;
        // Its pCPU had the choice, and no other one may run it.
        if !slot.unplaced && hard.and(self.cpus) == CpuSet::only(cpu) {
            return CpuSet::EMPTY;
        }
        self.set_mask(v, hard);
        self.place(v, now)
    }

    // [ARINC-R-09]
    /// Windows and turns belong to each pCPU's `until`; another schedule concerns all of them.
    fn alarm(&self) -> Option<Instant> {
        if self.switch_at == Instant::MAX { None } else { Some(self.switch_at) }
    }

    // [ARINC-R-09]
    fn expire(&mut self, now: Instant) -> CpuSet {
        self.switch_schedule(now)
    }

    // [ARINC-R-15]
    fn in_force(&self, v: Vcpu) -> Option<(NoRow, Affinity)> {
        let slot = self.slots.at(v.index());
        let Affinity { hard, soft } = slot.affinity;
        let held = Affinity { hard: hard.and(self.cpus), soft: soft.and(hard).and(self.cpus) };
        if slot.present { Some((NoRow, held)) } else { None }
    }

    // [ARINC-R-12]
    /// Lateness is that of the starts of its windows, a shortfall a start later than the limit; an overrun is a
    /// window it left after the end.
    fn service(&self, v: Vcpu, now: Instant) -> Service {
        let slot = self.slots.at(v.index());
        let running = slot.ready && matches!(slot.place, Place::Runs(_));
        Service {
            served: slot.served + if running { now.since(slot.since) } else { Duration::ZERO },
            shortfalls: slot.late_starts,
            overruns: slot.overruns,
            worst_lateness: slot.worst_lateness,
        }
    }

    // [ARINC-R-07]
    /// `now` inside a window of its partition, else the start of the next one; never without windows.
    fn heeds(&self, v: Vcpu, now: Instant) -> Instant {
        let slot = self.slots.at(v.index());
        if slot.present { self.plan.next_in(slot.group, now) } else { now }
    }
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, W: AsRef<[Window]> + AsMut<[Window]>> Arinc653<M, W> {
    // [ARINC-R-12]
    /// Charges the runner of `cpu`, if it has one, and notes if it ran past the end of its window.
    fn charge(&mut self, cpu: Cpu, now: Instant) -> Option<Vcpu> {
        let seat = self.seats.at(cpu.index());
        let v = seat.runs?;
        let late = seat.current.is_some_and(|window| now > window.end) && !self.is_guest(cpu);
        let slot = self.slots.at_mut(v.index());
        if slot.ready {
            slot.charge(now);
            slot.overruns = slot.overruns.saturating_add(u64::from(late));
        }
        Some(v)
    }

    // [ARINC-R-02] [ARINC-R-15]
    /// True if `v`, which runs on `cpu`, could go on there for `group`.
    fn stays(&self, v: Vcpu, group: Option<Group>, cpu: Cpu) -> bool {
        let slot = self.slots.at(v.index());
        slot.ready && slot.affinity.hard.contains(cpu) && Some(slot.group) == group
    }

    /// Who of `group` could run on `cpu`: the one that does, if it may stay, and the first in line.
    #[inline(never)]
    fn candidates(&self, group: Option<Group>, current: Option<Vcpu>, cpu: Cpu) -> (Option<Vcpu>, Option<Vcpu>) {
        let first = group.and_then(|group| self.first_for(group, cpu));
        (current.filter(|v| self.stays(*v, group, cpu)), first)
    }

    fn switch(&mut self, cpu: Cpu, old: Option<Vcpu>, next: Option<Vcpu>, now: Instant) {
        if next.is_none() {
            self.turning = self.turning.without(CpuSet::only(cpu));
        }
        if old != next {
            self.hand_over(cpu, old, next, now);
        }
    }

    // [ARINC-R-01] [ARINC-R-02] [ARINC-R-05] [ARINC-R-08]
    /// Chooses for `cpu`, where `current` ran, and switches to it.
    fn choose(&mut self, cpu: Cpu, current: Option<Vcpu>, now: Instant) -> Choice {
        if !self.cpus.contains(cpu) {
            self.switch(cpu, current, None, now);
            return Choice::default();
        }
        let seat = self.seats.at_mut(cpu.index());
        seat.advance(&self.plan, cpu, now);
        let (window, next) = (seat.enter_window(), seat.next_start());
        let owner = window.map(|window| window.group);
        let (mut group, mut found) = (owner, self.candidates(owner, current, cpu));
        if found == (None, None) {
            // Nobody of the window's partition wants the pCPU, or there is no window: a guest may have it.
            group = self.guests_of(cpu);
            found = self.candidates(group, current, cpu);
        }
        let (stays, first) = found;
        let (run, contested) = match stays {
            Some(v) if first.is_none() || !self.slots.at(v.index()).turn.is_zero() => (stays, first.is_some()),
            _ => {
                self.switch(cpu, current, first, now);
                (first, self.candidates(group, None, cpu).1.is_some())
            }
        };
        let Some(v) = run else {
            return Choice { until: next, ..Choice::default() };
        };
        let begins = window.filter(|window| window.fresh && group == owner);
        let edge = window.map(|window| window.end).or(next);
        self.run_in(edge, begins, (v, cpu), contested, now)
    }

    // [ARINC-R-05] [ARINC-R-11] [ARINC-R-12]
    /// The answer when `v` runs on `cpu`: until `edge`, where a window ends or begins, or until the end of its
    /// turn if another one waits. `begins`: its own window, if this is the first pick in it. `contested`: one waits.
    fn run_in(
        &mut self,
        edge: Option<Instant>,
        begins: Option<Current>,
        (v, cpu): (Vcpu, Cpu),
        contested: bool,
        now: Instant,
    ) -> Choice {
        let bit = CpuSet::only(cpu);
        self.turning = if contested { self.turning.or(bit) } else { self.turning.without(bit) };
        let limit = self.lateness_limit;
        let slot = self.slots.at_mut(v.index());
        if let Some(window) = begins {
            let late = now.since(window.start);
            slot.worst_lateness = slot.worst_lateness.max(late);
            if !limit.is_zero() && late > limit {
                slot.late_starts = slot.late_starts.saturating_add(1);
            }
        }
        let turn = if contested { Some(now + slot.turn) } else { None };
        let until = edge.map_or(turn, |edge| Some(turn.map_or(edge, |turn| turn.min(edge))));
        Choice { run: Some(v), until, due: begins.map(|window| window.start), kick: CpuSet::EMPTY }
    }
}
