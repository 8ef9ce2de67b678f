//! The ARINC 653 policy behind the seam.

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
