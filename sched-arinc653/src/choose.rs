//! Whom a pCPU runs: the owner's vCPUs in turns, a guest in time that nobody uses, else nobody.

use crate::seat::Current;
use crate::{Arinc653, Slot, Window};
use sched::{Choice, Cpu, CpuSet, Group, Instant, Vcpu};

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, W: AsRef<[Window]> + AsMut<[Window]>> Arinc653<M, W> {
    // [ARINC-R-12]
    /// Charges the runner of `cpu`, if it has one, and notes if it ran past the end of its window.
    pub(crate) fn charge(&mut self, cpu: Cpu, now: Instant) -> Option<Vcpu> {
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
    pub(crate) fn choose(&mut self, cpu: Cpu, current: Option<Vcpu>, now: Instant) -> Choice {
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
