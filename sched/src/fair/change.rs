//! Members and parameters: admission, dismissal, and changes that apply all together or not at all.

use super::params::{self, NO_PCPU};
use super::slot::{NIL, NOWHERE};
use super::{Core, Fair, GroupParams, Groups, Order, Slot, Slots, virtual_span};
use crate::{Affinity, Change, Cpu, CpuSet, Duration, Group, Instant, Refused, Vcpu};

const NO_SLOT: Refused = Refused::new("the pool has no slot for this vCPU", 0, 0, 0);
const NO_GROUP: Refused = Refused::new("the pool has no slot for this group", 0, 0, 0);
const NO_MEMBER: Refused = Refused::new("there is no such vCPU in the pool", 0, 0, 0);
const NO_CPU: Refused = Refused::new("the hard affinity must contain a pCPU of the pool", 0, 1, 0);

impl<O: Order, M: Slots, G: Groups> Fair<O, M, G> {
    /// Refuses the first change that breaks a rule.
    #[inline(never)]
    pub(super) fn check_changes(&self, all: &[Change<Self>]) -> Result<(), Refused> {
        let mut pool = self.core.pool;
        for change in all {
            match change {
                Change::Pool(params) => params::check(params)?,
                Change::Group(g, params) => self.core.check_group(*g, params)?,
                Change::Vcpu(v, params) => {
                    params::check(params)?;
                    self.core.check_member(*v)?;
                }
                Change::Affinity(v, affinity) => {
                    self.core.check_member(*v)?;
                    if affinity.hard.and(pool).is_empty() {
                        return Err(NO_CPU);
                    }
                }
                Change::Cpus(cpus) if cpus.is_empty() => return Err(NO_PCPU),
                Change::Cpus(cpus) => pool = *cpus,
            }
        }
        Ok(())
    }

    /// Applies a change that was checked.
    #[inline(never)]
    pub(super) fn apply_change(&mut self, change: &Change<Self>, now: Instant) -> CpuSet {
        self.core.settle_all(CpuSet::ALL, now);
        match change {
            Change::Pool(params) => {
                self.params = *params;
                self.core.rules = O::rules(params);
                CpuSet::EMPTY
            }
            Change::Group(g, params) => self.core.set_group(g.0, *params, now),
            Change::Vcpu(v, params) => {
                let (weight, hint) = O::claim(params);
                self.core.set_claim(v.0, weight, hint);
                CpuSet::EMPTY
            }
            Change::Affinity(v, affinity) => self.set_affinity(v.0, *affinity, now),
            Change::Cpus(cpus) => self.core.set_cpus(*cpus),
        }
    }

    /// Changes where `v` may run.
    fn set_affinity(&mut self, v: u16, affinity: Affinity, now: Instant) -> CpuSet {
        let waited = self.core.waits(v);
        self.core.carry_over(v, affinity);
        if waited {
            self.core.enqueue(v, self.core.mask(v));
            return self.place(v, true, CpuSet::ALL, now);
        }
        CpuSet::only(Cpu(self.core.slot(v).on))
    }
}

impl<M: Slots, G: Groups> Core<M, G> {
    /// Admits `v` into `g` with this weight and hint.
    #[inline(never)]
    pub(super) fn admit(
        &mut self,
        v: Vcpu,
        g: Group,
        claim: (u32, Duration),
        affinity: Affinity,
    ) -> Result<(), Refused> {
        if v.0 == NIL || !self.slots.has(v.index()) {
            return Err(NO_SLOT);
        }
        if g.0 == NIL || !self.groups.has(g.index()) {
            return Err(NO_GROUP);
        }
        if affinity.hard.and(self.pool).is_empty() {
            return Err(NO_CPU);
        }
        if self.slots.at(v.index()).member {
            return Err(Refused::new("the vCPU is in the pool already", 0, 0, u64::from(v.0)));
        }
        let (own_weight, hint) = claim;
        *self.slots.at_mut(v.index()) = Slot { member: true, group: g.0, own_weight, hint, affinity, ..Slot::EMPTY };
        let group = self.groups.at_mut(g.index());
        group.members = group.members.saturating_add(1);
        self.wishes = self.wishes.saturating_add(has_wish(affinity));
        self.note_features();
        Ok(())
    }

    /// Forgets `v`.
    #[inline(never)]
    pub(super) fn dismiss(&mut self, v: Vcpu) -> Result<(), Refused> {
        self.check_member(v)?;
        let slot = *self.slots.at(v.index());
        if slot.ready || slot.on != NOWHERE || slot.unsaved != NOWHERE {
            return Err(Refused::new("only a vCPU that is blocked and saved can leave", 0, 0, u64::from(v.0)));
        }
        let group = self.groups.at_mut(usize::from(slot.group));
        group.members = group.members.saturating_sub(1);
        self.wishes = self.wishes.saturating_sub(has_wish(slot.affinity));
        *self.slots.at_mut(v.index()) = Slot::EMPTY;
        self.note_features();
        Ok(())
    }

    /// Works out what a pick need not ask.
    pub(super) fn note_features(&mut self) {
        self.plain = self.pool.len() == 1 && self.capped == 0 && self.wishes == 0;
    }

    fn check_member(&self, v: Vcpu) -> Result<(), Refused> {
        if self.is_member(v) { Ok(()) } else { Err(NO_MEMBER) }
    }

    #[inline(always)]
    pub(super) fn is_member(&self, v: Vcpu) -> bool {
        v.0 != NIL && self.slots.at(v.index()).member
    }

    /// A group that has members can use 100 % for each of them; before, nobody knows.
    fn check_group(&self, g: Group, params: &GroupParams) -> Result<(), Refused> {
        params::check(params)?;
        if g.0 == NIL || !self.groups.has(g.index()) {
            return Err(NO_GROUP);
        }
        let most = u64::from(self.groups.at(g.index()).members).saturating_mul(100);
        if most != 0 && u64::from(params.cap) > most {
            let rule = "the cap must not exceed 100 per cent for each vCPU of the partition";
            return Err(Refused::new(rule, 1, most, u64::from(params.cap)));
        }
        Ok(())
    }

    #[inline(never)]
    fn set_claim(&mut self, v: u16, weight: u32, hint: Duration) {
        let slot = self.slots.at_mut(usize::from(v));
        (slot.own_weight, slot.hint) = (weight, hint);
        self.reweigh(v);
    }

    #[inline(never)]
    fn set_group(&mut self, g: u16, params: GroupParams, now: Instant) -> CpuSet {
        let old = core::mem::replace(&mut self.groups.at_mut(usize::from(g)).params, params);
        self.edition = self.edition.wrapping_add(1);
        let running = self.running(g);
        running.iter().for_each(|cpu| self.reweigh(self.on(cpu).run));
        if old.cap == params.cap {
            return CpuSet::EMPTY;
        }
        running.iter().for_each(|cpu| self.return_grant(cpu, now));
        self.set_cap(g, now);
        self.note_features();
        running
    }

    /// Takes `v` out of the queue, gives it another affinity, and carries its claim over to the line of the new
    /// pCPUs.
    #[inline(never)]
    fn carry_over(&mut self, v: u16, affinity: Affinity) {
        let competed = self.slot(v).competes;
        if self.waits(v) {
            self.dequeue(v);
        }
        self.leave(v);
        let old_line = self.line(self.allowed(v));
        let slot = self.slots.at_mut(usize::from(v));
        let wish = has_wish(slot.affinity);
        slot.affinity = affinity;
        self.wishes = self.wishes.saturating_sub(wish).saturating_add(has_wish(affinity));
        self.note_features();
        let line = self.line(self.allowed(v));
        let slot = self.slots.at_mut(usize::from(v));
        let behind = old_line.saturating_sub(slot.vtime).min(virtual_span(self.rules.holder, slot.weight));
        let ahead = slot.vtime.saturating_sub(old_line);
        slot.vtime = line.saturating_add(ahead).saturating_sub(behind);
        if competed {
            self.join(v);
        }
    }

    /// Changes the pool. pCPUs that leave give up what they run; those that join look for work.
    #[inline(never)]
    fn set_cpus(&mut self, cpus: CpuSet) -> CpuSet {
        let changed = cpus.without(self.pool).or(self.pool.without(cpus));
        self.pool = cpus;
        self.note_features();
        for index in 0..self.slots.len() {
            let v = u16::try_from(index).unwrap_or(NIL);
            if !self.waits(v) {
                continue;
            }
            let promised = Cpu(self.slot(v).promised);
            if changed.contains(promised) {
                self.take_promise(promised);
            }
            if self.slot(v).promised == NOWHERE {
                self.remask(v, self.mask(v));
            }
        }
        // Everybody picks again: with other pCPUs, other choices are right.
        changed.or(cpus)
    }
}

/// 1 if the affinity prefers some of its pCPUs to others.
fn has_wish(affinity: Affinity) -> u16 {
    let soft = affinity.soft.and(affinity.hard);
    u16::from(!soft.is_empty() && soft != affinity.hard)
}
