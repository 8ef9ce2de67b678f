//! Global scheduling behind the seam.

use super::line::Memory;
use super::slot::Place;
use super::{Global, Rule, Slot, Turn};
use crate::{
    Affinity, Change, Choice, Cpu, CpuSet, Duration, Group, Instant, NoRow, Params, Refused, Scheduler, Service, Vcpu,
    When, Why,
};

impl<R: Rule, M> Params for Global<R, M> {
    type Pool = R::Pool;
    type Group = NoRow;
    type Vcpu = R::Vcpu;
    type Entry = NoRow;
}

impl<R: Rule, M: Memory<Slot<R::Own>>> Scheduler for Global<R, M> {
    fn add(&mut self, v: Vcpu, _: Group, p: R::Vcpu, a: Affinity, _: Instant) -> Result<(), Refused> {
        if !self.slots.has(v.index()) {
            let needs = u64::from(v.0).saturating_add(1);
            return Err(Refused::new("the pool has no slot for this vCPU", 0, needs, self.slots.len() as u64));
        }
        if self.slots.at(v.index()).present {
            return Err(Refused::new("the vCPU is in the pool already", 0, 0, u64::from(v.0)));
        }
        self.check_affinity(a, self.cpus)?;
        let own = self.rule.join(p);
        *self.slots.at_mut(v.index()) = Slot { present: true, affinity: a, own, ..Slot::EMPTY };
        Ok(())
    }

    fn remove(&mut self, v: Vcpu, _: Instant) -> Result<(), Refused> {
        self.check_known(v)?;
        let slot = self.slots.at_mut(v.index());
        if slot.ready || slot.place != Place::Away {
            return Err(Refused::new("only a vCPU that is blocked and saved can leave", 0, 0, u64::from(v.0)));
        }
        self.rule.leave(&slot.own);
        *slot = Slot::EMPTY;
        Ok(())
    }

    fn change(&mut self, all: &[Change<Self>], when: When, now: Instant) -> Result<CpuSet, Refused> {
        self.check_changes(all)?;
        Ok(all.iter().fold(CpuSet::EMPTY, |kick, change| kick.or(self.apply_change(change, when, now))))
    }

    #[inline(never)]
    fn wake(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let slot = self.slots.at(v.index());
        if !slot.present || slot.ready {
            return CpuSet::EMPTY;
        }
        let open = self.open(v);
        let slot = self.slots.at_mut(v.index());
        (slot.ready, slot.since) = (true, now);
        self.rule.wake(&mut slot.own, open, now);
        if matches!(slot.place, Place::Runs(_)) {
            // It never left; its pCPU still owes the pick that `block` asked for.
            return CpuSet::EMPTY;
        }
        self.enqueue(v, now);
        self.place(v, now)
    }

    #[inline(never)]
    fn block(&mut self, v: Vcpu, _: Why, now: Instant) -> CpuSet {
        let slot = self.slots.at(v.index());
        if !slot.ready {
            return CpuSet::EMPTY;
        }
        let place = slot.place;
        if let Place::Runs(cpu) = place {
            self.charge(cpu, now);
        }
        self.unlink(v);
        let slot = self.slots.at_mut(v.index());
        slot.ready = false;
        self.rule.block(&mut slot.own, now);
        let Place::Runs(cpu) = place else {
            return CpuSet::EMPTY;
        };
        self.kicked = self.kicked.or(CpuSet::only(cpu));
        CpuSet::only(cpu)
    }

    #[inline(never)]
    fn yield_now(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let slot = self.slots.at(v.index());
        let Place::Runs(cpu) = slot.place else {
            return CpuSet::EMPTY;
        };
        if !slot.ready {
            return CpuSet::EMPTY;
        }
        self.charge(cpu, now);
        let Some(first) = self.first_for(cpu) else {
            return CpuSet::EMPTY;
        };
        let rival = self.slots.at(first.index()).own;
        let taken = self.rule.offer(&mut self.slots.at_mut(v.index()).own, &rival, now);
        let kick = if taken { CpuSet::only(cpu) } else { CpuSet::EMPTY };
        self.kicked = self.kicked.or(kick);
        kick
    }

    #[inline(never)]
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        if cpu.index() >= Cpu::LIMIT {
            return Choice::default();
        }
        self.kicked = self.kicked.without(CpuSet::only(cpu));
        let pledge = self.seats.at_mut(cpu.index()).pledge.take();
        let current = self.charge(cpu, now);
        let first = self.first_for(cpu);
        let run = current.filter(|v| self.keeps(*v, cpu, first, now)).or(first);
        if run != current {
            self.hand_over(cpu, current, run, now);
        }
        let until = self.arm(cpu, run, run != current, now);
        let kick = pledge.filter(|v| Some(*v) != run).map_or(CpuSet::EMPTY, |v| self.place(v, now));
        Choice { run, until, due: None, kick }
    }

    #[inline(never)]
    fn saved(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        if slot.place != Place::Leaves(cpu) {
            return CpuSet::EMPTY;
        }
        slot.place = Place::Away;
        let hard = slot.affinity.hard;
        self.line.set_mask(&mut self.slots, v.0, hard.bits());
        self.place(v, now)
    }

    #[inline(always)]
    fn alarm(&self) -> Option<Instant> {
        self.events.first(&self.slots).and_then(|first| self.rule.event(&self.slots.at(first.into()).own))
    }

    #[inline(never)]
    fn expire(&mut self, now: Instant) -> CpuSet {
        let Some(first) = self.due(now) else { return CpuSet::EMPTY };
        self.renew(first, now, |rule, own| rule.expire(own, now))
    }

    fn in_force(&self, v: Vcpu) -> Option<(R::Vcpu, Affinity)> {
        let slot = self.slots.at(v.index());
        let Affinity { hard, soft } = slot.affinity;
        let held = Affinity { hard: hard.and(self.cpus), soft: soft.and(hard).and(self.cpus) };
        if slot.present { Some((self.rule.params(&slot.own), held)) } else { None }
    }

    fn service(&self, v: Vcpu, now: Instant) -> Service {
        let slot = self.slots.at(v.index());
        let running = slot.ready && matches!(slot.place, Place::Runs(_));
        let served = slot.served + if running { now.since(slot.since) } else { Duration::ZERO };
        Service { served, ..self.rule.service(&slot.own) }
    }
}

impl<R: Rule, M: Memory<Slot<R::Own>>> Global<R, M> {
    /// The first that time alone changes, if that is due.
    fn due(&self, now: Instant) -> Option<Vcpu> {
        let first = self.events.first(&self.slots).map(Vcpu);
        first.filter(|_| self.alarm().is_some_and(|alarm| alarm <= now))
    }

    /// True if the runner of `cpu` goes on although `first` waits.
    fn keeps(&self, v: Vcpu, cpu: Cpu, first: Option<Vcpu>, now: Instant) -> bool {
        let runner = self.slots.at(v.index());
        let rival = first.map(|first| &self.slots.at(first.index()).own);
        self.stays(runner, cpu).is_some()
            && (rival.is_none() || self.rule.end(&runner.own, rival, now).is_none_or(|end| end > now))
    }

    /// When `cpu`, which runs `run` from `now` on, has to pick again; `None` if time alone takes nothing from it.
    fn arm(&mut self, cpu: Cpu, run: Option<Vcpu>, fresh: bool, now: Instant) -> Option<Instant> {
        let (bit, rival) = (CpuSet::only(cpu), self.first_for(cpu).map(|first| self.slots.at(first.index()).own));
        self.contested = if rival.is_some() { self.contested.or(bit) } else { self.contested.without(bit) };
        let until = run.and_then(|v| {
            let open = self.open(v);
            let own = &mut self.slots.at_mut(v.index()).own;
            self.rule.run(own, Turn { cpu, open, fresh, rival: rival.as_ref(), now });
            self.rule.end(own, rival.as_ref(), now)
        });
        let seat = self.seats.at_mut(cpu.index());
        seat.until = until.unwrap_or(Instant::MAX);
        seat.rival = rival.and_then(|rival| self.rule.key(&rival)).unwrap_or(u128::MAX);
        until
    }
}
