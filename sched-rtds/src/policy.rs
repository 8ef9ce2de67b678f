//! The RTDS policy behind the seam.

use crate::slot::Place;
use crate::{PoolParams, Rtds, Slot, VcpuParams};
use sched::{
    Affinity, Change, Choice, Cpu, CpuSet, Duration, Group, Instant, Leave, NoRow, Params, Refused, Scheduler, Service,
    Turn, Vcpu, When, Why,
};

impl<M> Params for Rtds<M> {
    type Pool = PoolParams;
    type Group = NoRow;
    type Vcpu = VcpuParams;
    type Entry = NoRow;
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Scheduler for Rtds<M> {
    // [RTDS-R-11] [RTDS-R-14]
    fn add(&mut self, v: Vcpu, _: Group, p: VcpuParams, a: Affinity, _: Instant) -> Result<(), Refused> {
        if !self.slots.has(v.index()) {
            let needs = u64::from(v.0).saturating_add(1);
            return Err(Refused::new("the pool has no slot for this vCPU", 0, needs, self.slots.len() as u64));
        }
        if self.slots.at(v.index()).present {
            return Err(Refused::new("the vCPU is in the pool already", 0, 0, u64::from(v.0)));
        }
        self.check_affinity(a, self.terms.cpus)?;
        let home = self.terms.find_home(&p, a.hard)?;
        *self.slots.at_mut(v.index()) = Slot { present: true, params: p, affinity: a, ..Slot::EMPTY };
        self.settle_in(v, home);
        Ok(())
    }

    // [RTDS-R-11]
    fn remove(&mut self, v: Vcpu, _: Instant) -> Result<(), Refused> {
        self.check_known(v)?;
        let slot = self.slots.at_mut(v.index());
        if slot.ready || slot.place != Place::Away {
            return Err(Refused::new("only a vCPU that is blocked and saved can leave", 0, 0, u64::from(v.0)));
        }
        let home = usize::from(slot.home);
        *slot = Slot::EMPTY;
        self.recount(home);
        Ok(())
    }

    // [RTDS-R-11]
    fn change(&mut self, all: &[Change<Self>], when: When, now: Instant) -> Result<CpuSet, Refused> {
        self.check_changes(all)?;
        Ok(all.iter().fold(CpuSet::EMPTY, |kick, change| kick.or(self.apply_change(change, when, now))))
    }

    // [RTDS-R-05] [RTDS-R-19]
    #[inline(never)]
    fn wake(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let server = self.terms.params.server;
        let slot = self.slots.at_mut(v.index());
        if !slot.present || slot.ready {
            return CpuSet::EMPTY;
        }
        slot.ready = true;
        slot.rouse(now, server);
        if matches!(slot.place, Place::Runs(_)) {
            // It never left; its pCPU still owes the pick that `block` asked for.
            return CpuSet::EMPTY;
        }
        self.enqueue(v);
        self.place(v, now)
    }

    // [RTDS-R-09] [RTDS-R-19]
    #[inline(never)]
    fn block(&mut self, v: Vcpu, _: Why, now: Instant) -> CpuSet {
        let slot = self.slots.at(v.index());
        if !slot.present {
            return CpuSet::EMPTY;
        }
        let place = slot.place;
        if let Place::Runs(cpu) = place {
            self.charge(cpu, now);
        }
        self.dequeue(v);
        let slot = self.slots.at_mut(v.index());
        (slot.ready, slot.whole, slot.yielded) = (false, false, false);
        let Place::Runs(cpu) = place else {
            return CpuSet::EMPTY;
        };
        self.kicked = self.kicked.or(CpuSet::only(cpu));
        CpuSet::only(cpu)
    }

    /// At the best-effort level it gives its turn back; inside a reservation it lets those with the same
    /// deadline go first, and loses nothing.
    // [RTDS-R-17]
    #[inline(always)]
    fn yield_now(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        let Place::Runs(cpu) = slot.place else {
            return CpuSet::EMPTY;
        };
        if !self.offer(v, cpu, now) {
            return CpuSet::EMPTY;
        }
        self.kicked = self.kicked.or(CpuSet::only(cpu));
        CpuSet::only(cpu)
    }

    // [RTDS-R-04] [RTDS-R-19]
    #[inline(always)]
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        if cpu.index() >= Cpu::LIMIT {
            return Choice::default();
        }
        self.choose(cpu, false, now)
    }

    /// Whoever leaves is in memory at once, so it is never bound to its old pCPU.
    #[inline(always)]
    fn turn(&mut self, cpu: Cpu, before: Option<Vcpu>, leave: Option<Leave>, now: Instant) -> Turn {
        if cpu.index() >= Cpu::LIMIT {
            return Turn::new(Choice::default(), self.alarm());
        }
        let mut left = CpuSet::EMPTY;
        match (before, leave) {
            (Some(v), Some(Leave::Yield)) => _ = self.offer(v, cpu, now),
            (Some(v), Some(Leave::Block(why))) => left = self.block(v, why, now).without(CpuSet::only(cpu)),
            _ => {}
        }
        let Choice { run, until, due, kick } = self.choose(cpu, true, now);
        Turn::new(Choice { run, until, due, kick: kick.or(left) }, self.alarm())
    }

    // [RTDS-R-13]
    #[inline(always)]
    fn saved(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        if slot.place != Place::Leaves(cpu) {
            return CpuSet::EMPTY;
        }
        slot.place = Place::Away;
        let hard = slot.hard;
        // Its pCPU had the choice, and no other one may run it.
        if !slot.unplaced && hard.and(self.terms.cpus) == CpuSet::only(cpu) {
            return CpuSet::EMPTY;
        }
        self.settle(v, hard, now)
    }

    // [RTDS-R-09]
    #[inline(always)]
    fn alarm(&self) -> Option<Instant> {
        let first = self.refill.first(&self.slots)?;
        Some(self.slots.at(first as usize).deadline)
    }

    // [RTDS-R-01] [RTDS-R-05]
    #[inline(never)]
    fn expire(&mut self, now: Instant) -> CpuSet {
        let Some(first) = self.refill.first(&self.slots) else {
            return CpuSet::EMPTY;
        };
        let v = Vcpu(first);
        if self.slots.at(v.index()).deadline > now {
            return CpuSet::EMPTY;
        }
        self.dequeue(v);
        self.slots.at_mut(v.index()).replenish(now);
        self.enqueue(v);
        self.place(v, now)
    }

    // [RTDS-R-21]
    fn in_force(&self, v: Vcpu) -> Option<(VcpuParams, Affinity)> {
        let slot = self.slots.at(v.index());
        let (hard, soft) = (slot.hard, slot.affinity.soft);
        let held = Affinity { hard: hard.and(self.terms.cpus), soft: soft.and(hard).and(self.terms.cpus) };
        if slot.present { Some((slot.params, held)) } else { None }
    }

    // [RTDS-R-18]
    fn service(&self, v: Vcpu, now: Instant) -> Service {
        let slot = self.slots.at(v.index());
        let running = slot.ready && matches!(slot.place, Place::Runs(_));
        Service {
            served: slot.served + if running { now.since(slot.since) } else { Duration::ZERO },
            shortfalls: slot.shortfalls,
            overruns: slot.overruns,
            worst_lateness: slot.worst_lateness,
        }
    }
}
