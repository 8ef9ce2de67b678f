//! The seam: each call of the contract in terms of the policy's own steps.

use super::slot::{Aside, NOWHERE};
use super::{Fair, GroupParams, Groups, Order, Slots, params};
use crate::{
    Affinity, Change, Choice, Cpu, CpuSet, Duration, Group, Instant, Leave, NoRow, Params, Refused, Scheduler, Service,
    Turn, Vcpu, When, Why,
};

impl<O: Order, M, G> Params for Fair<O, M, G> {
    type Pool = O::Pool;
    type Group = GroupParams;
    type Vcpu = O::Vcpu;
    type Entry = NoRow;
}

impl<O: Order, M: Slots, G: Groups> Scheduler for Fair<O, M, G> {
    fn add(&mut self, v: Vcpu, g: Group, p: O::Vcpu, a: Affinity, _now: Instant) -> Result<(), Refused> {
        params::check(&p)?;
        self.core.admit(v, g, O::claim(&p), a)
    }

    fn remove(&mut self, v: Vcpu, _now: Instant) -> Result<(), Refused> {
        self.core.dismiss(v)
    }

    /// A new weight counts from a vCPU's next turn on, at the latest; everything else at once. There is no natural
    /// boundary to wait for, so `when` makes no difference. Changing the set of pCPUs walks over all vCPUs.
    fn change(&mut self, all: &[Change<Self>], _when: When, now: Instant) -> Result<CpuSet, Refused> {
        self.check_changes(all)?;
        let kick = all.iter().fold(CpuSet::EMPTY, |kick, change| kick.or(self.apply_change(change, now)));
        Ok(kick.or(self.core.invite()))
    }

    #[inline(never)]
    fn wake(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let core = &mut self.core;
        if !core.is_member(v) || core.slot(v.0).ready {
            return CpuSet::EMPTY;
        }
        let slot = core.slots.at_mut(v.index());
        slot.ready = true;
        let (g, on) = (slot.group, slot.on);
        let group = core.groups.at_mut(usize::from(g));
        group.ready = group.ready.saturating_add(1);
        // It blocked and its pCPU has not picked yet: it never left.
        if on != NOWHERE {
            return CpuSet::EMPTY;
        }
        if !core.has_budget(g, now) {
            return core.park(v.0);
        }
        self.enter(v.0, true, now)
    }

    #[inline(never)]
    fn block(&mut self, v: Vcpu, _why: Why, _now: Instant) -> CpuSet {
        let core = &mut self.core;
        if !core.is_member(v) {
            return CpuSet::EMPTY;
        }
        let slot = core.slots.at_mut(v.index());
        let (g, on, side, promised) = (slot.group, slot.on, slot.side, slot.promised != NOWHERE);
        if core::mem::replace(&mut slot.ready, false) {
            let group = core.groups.at_mut(usize::from(g));
            group.ready = group.ready.saturating_sub(1);
            if side == Aside::Parked {
                core.unpark(v.0);
            } else if on == NOWHERE {
                core.dequeue(v.0);
                core.leave(v.0);
                // The pCPU that was to take it may be free again.
                return if promised { core.invite() } else { CpuSet::EMPTY };
            }
        }
        CpuSet::only(Cpu(on))
    }

    #[inline(always)]
    fn yield_now(&mut self, v: Vcpu, _now: Instant) -> CpuSet {
        let core = &mut self.core;
        let cpu = Cpu(core.slots.at(v.index()).on);
        if cpu.0 == NOWHERE || core.first_for(cpu).is_none() {
            return CpuSet::EMPTY;
        }
        core.cpus.at_mut(cpu.index()).yielded = true;
        CpuSet::only(cpu)
    }

    #[inline(never)]
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        if CpuSet::only(cpu).is_empty() { Choice::default() } else { self.decide(cpu, false, false, now) }
    }

    #[inline(always)]
    fn saved(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet {
        self.let_go(v, cpu, now)
    }

    #[inline(always)]
    fn turn(&mut self, cpu: Cpu, before: Option<Vcpu>, leave: Option<Leave>, now: Instant) -> Turn {
        if cpu.index() >= Cpu::LIMIT {
            return Turn::new(Choice::default(), self.alarm());
        }
        let mut left = CpuSet::EMPTY;
        if let (Some(v), Some(Leave::Block(why))) = (before, leave) {
            left = self.block(v, why, now).without(CpuSet::only(cpu));
        }
        let yields = leave == Some(Leave::Yield);
        let Choice { run, until, due, kick } = self.decide(cpu, yields, true, now);
        Turn::new(Choice { run, until, due, kick: kick.or(left) }, self.alarm())
    }

    #[inline(always)]
    fn alarm(&self) -> Option<Instant> {
        let core = &self.core;
        if core.refills.is_empty() && core.warm.is_empty() { None } else { core.first_event() }
    }

    #[inline(never)]
    fn expire(&mut self, now: Instant) -> CpuSet {
        let (refill, warm) = (self.core.first_refill(), self.core.first_warm());
        if let Some((due, v)) = warm
            && due <= now
            && refill.is_none_or(|(first, _)| due < first)
        {
            self.core.drop_aside(v);
            self.core.remask(v, self.core.mask(v));
            return self.place(v, false, CpuSet::ALL, now);
        }
        match refill {
            Some((due, g)) if due <= now => self.release_one(g, now),
            _ => CpuSet::EMPTY,
        }
    }

    fn in_force(&self, v: Vcpu) -> Option<(O::Vcpu, Affinity)> {
        let slot = self.core.slots.at(v.index());
        self.core.is_member(v).then(|| (O::vcpu(slot.own_weight, slot.hint), slot.affinity))
    }

    fn service(&self, v: Vcpu, now: Instant) -> Service {
        let slot = self.core.slots.at(v.index());
        if !self.core.is_member(v) {
            return Service::default();
        }
        let since = if slot.on == NOWHERE { now } else { self.core.on(Cpu(slot.on)).since };
        let served = Duration::from_nanos(slot.served) + now.since(since);
        Service { served, overruns: slot.overruns, ..Service::default() }
    }
}
