//! The seam: each call of the contract in terms of the policy's own steps.

use crate::slot::{GroupSlot, NIL, NOWHERE, Slot};
use crate::{Credit, GroupParams, PoolParams, VcpuParams};
use sched::{
    Affinity, Change, Choice, Cpu, CpuSet, Duration, Group, Instant, NoRow, Params, Refused, Scheduler, Service, Vcpu,
    When, Why,
};

impl<M, G> Params for Credit<M, G> {
    type Pool = PoolParams;
    type Group = GroupParams;
    type Vcpu = VcpuParams;
    type Entry = NoRow;
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Credit<M, G> {
    /// `v` is ready and has budget: it competes from now on, with a bounded claim on the past. `woken`: it
    /// comes of its own accord, rather than from want of budget.
    pub(crate) fn enter(&mut self, v: u16, woken: bool, now: Instant) -> CpuSet {
        self.settle_all(self.allowed(v), now);
        self.adopt_weight(v);
        self.bound_lag(v, self.sleeper_credit());
        if woken {
            self.note_wake(v, now);
        }
        self.join(v);
        self.enqueue(v, self.mask(v));
        self.place(v, true, CpuSet::ALL, now)
    }

    fn is_member(&self, v: Vcpu) -> bool {
        v.0 != NIL && self.slots.has(v.index()) && self.slots.at(v.index()).member
    }
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Scheduler for Credit<M, G> {
    fn add(&mut self, v: Vcpu, g: Group, p: VcpuParams, a: Affinity, _now: Instant) -> Result<(), Refused> {
        self.admit(v, g, p, a)
    }

    fn remove(&mut self, v: Vcpu, _now: Instant) -> Result<(), Refused> {
        self.dismiss(v)
    }

    /// A new weight counts from a vCPU's next turn on, at the latest; everything else at once. There is no
    /// natural boundary to wait for, so `when` makes no difference. Changing the set of pCPUs walks over
    /// all vCPUs.
    fn change(&mut self, all: &[Change<Self>], _when: When, now: Instant) -> Result<CpuSet, Refused> {
        self.check_changes(all)?;
        let kick = all.iter().fold(CpuSet::EMPTY, |kick, change| kick.or(self.apply_change(change, now)));
        Ok(kick.or(self.invite()))
    }

    #[inline(never)]
    fn wake(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        if !self.is_member(v) || self.slots.at(v.index()).ready {
            return CpuSet::EMPTY;
        }
        let slot = self.slots.at_mut(v.index());
        slot.ready = true;
        let (g, on) = (slot.group, slot.on);
        let group = self.groups.at_mut(g as usize);
        group.ready = group.ready.saturating_add(1);
        // It blocked and its pCPU has not picked yet: it never left.
        if on != NOWHERE {
            return CpuSet::EMPTY;
        }
        if !self.has_budget(g, now) {
            return self.park(v.0);
        }
        self.enter(v.0, true, now)
    }

    #[inline(never)]
    fn block(&mut self, v: Vcpu, _why: Why, _now: Instant) -> CpuSet {
        if !self.is_member(v) {
            return CpuSet::EMPTY;
        }
        let slot = self.slots.at_mut(v.index());
        let (g, on) = (slot.group, slot.on);
        if core::mem::replace(&mut slot.ready, false) {
            let group = self.groups.at_mut(g as usize);
            group.ready = group.ready.saturating_sub(1);
            if on == NOWHERE && (self.waits(v.0) || !self.unpark(v.0)) {
                self.dequeue(v.0);
                self.leave(v.0);
                return self.invite();
            }
        }
        CpuSet::only(Cpu(on))
    }

    #[inline(never)]
    fn yield_now(&mut self, v: Vcpu, _now: Instant) -> CpuSet {
        let on = self.slots.at(v.index()).on;
        if !self.is_member(v) || on == NOWHERE || self.first_for(Cpu(on)).is_none() {
            return CpuSet::EMPTY;
        }
        self.cpus.at_mut(on as usize).yielded = true;
        CpuSet::only(Cpu(on))
    }

    #[inline(never)]
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        if CpuSet::only(cpu).is_empty() { Choice::default() } else { self.decide(cpu, now) }
    }

    #[inline(never)]
    fn saved(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet {
        if !self.is_member(v) || self.slots.at(v.index()).unsaved != cpu.0 {
            return CpuSet::EMPTY;
        }
        let slot = self.slots.at_mut(v.index());
        slot.unsaved = NOWHERE;
        if !slot.turn.is_linked() || slot.promised != NOWHERE {
            return CpuSet::EMPTY;
        }
        // If it may run only on the pCPU that it left, nothing changes.
        if !self.remask(v.0, self.mask(v.0)) {
            return CpuSet::EMPTY;
        }
        self.place(v.0, false, CpuSet::ALL, now)
    }

    fn alarm(&self) -> Option<Instant> {
        self.refills.first(&self.groups).map(|g| *self.groups.at(g as usize).refill.key())
    }

    #[inline(never)]
    fn expire(&mut self, now: Instant) -> CpuSet {
        self.release_one(now)
    }

    fn in_force(&self, v: Vcpu) -> Option<(VcpuParams, Affinity)> {
        let slot = self.slots.at(v.index());
        self.is_member(v).then_some((slot.params, slot.affinity))
    }

    fn service(&self, v: Vcpu, now: Instant) -> Service {
        let slot = self.slots.at(v.index());
        if !self.is_member(v) {
            return Service::default();
        }
        let since = if slot.on == NOWHERE { now } else { self.cpus.at(slot.on as usize).since };
        let served = Duration::from_nanos(slot.served) + now.since(since);
        Service { served, overruns: slot.overruns, ..Service::default() }
    }
}
