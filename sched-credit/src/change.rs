//! Members and parameters: admission, dismissal, and changes that apply all together or not at all.

use crate::account::virtual_span;
use crate::slot::{GroupSlot, NIL, NOWHERE, Slot};
use crate::{Credit, GroupParams, VcpuParams};
use sched::{Affinity, Change, Cpu, CpuSet, Group, Instant, Refused, Vcpu};

const NO_SLOT: Refused = Refused::new("the pool has no slot for this vCPU", 0, 0, 0);
const NO_GROUP: Refused = Refused::new("the pool has no slot for this group", 0, 0, 0);
const NO_MEMBER: Refused = Refused::new("there is no such vCPU in the pool", 0, 0, 0);
const NO_CPU: Refused = Refused::new("the hard affinity must contain a pCPU of the pool", 0, 1, 0);

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Credit<M, G> {
    #[inline(never)]
    pub(crate) fn admit(&mut self, v: Vcpu, g: Group, params: VcpuParams, affinity: Affinity) -> Result<(), Refused> {
        params.check()?;
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
            return Err(Refused::new("the vCPU is in the pool already", 0, 0, v.0 as u64));
        }
        *self.slots.at_mut(v.index()) = Slot { member: true, group: g.0, params, affinity, ..Slot::EMPTY };
        self.wishes = self.wishes.saturating_add(has_wish(affinity));
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn dismiss(&mut self, v: Vcpu) -> Result<(), Refused> {
        let slot = *self.slots.at(v.index());
        if v.0 == NIL || !self.slots.has(v.index()) || !slot.member {
            return Err(NO_MEMBER);
        }
        if slot.ready || slot.on != NOWHERE || slot.unsaved != NOWHERE {
            return Err(Refused::new("only a vCPU that is blocked and saved can leave", 0, 0, v.0 as u64));
        }
        self.wishes = self.wishes.saturating_sub(has_wish(slot.affinity));
        *self.slots.at_mut(v.index()) = Slot::EMPTY;
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn check_changes(&self, all: &[Change<Self>]) -> Result<(), Refused> {
        let mut pool = self.pool;
        for change in all {
            match change {
                Change::Pool(params) => params.check()?,
                Change::Group(g, params) => {
                    params.check()?;
                    if g.0 == NIL || !self.groups.has(g.index()) {
                        return Err(NO_GROUP);
                    }
                }
                Change::Vcpu(v, params) => {
                    params.check()?;
                    self.check_member(*v)?;
                }
                Change::Affinity(v, affinity) => {
                    self.check_member(*v)?;
                    if affinity.hard.and(pool).is_empty() {
                        return Err(NO_CPU);
                    }
                }
                Change::Cpus(cpus) if cpus.is_empty() => return Err(Refused::new("a pool needs a pCPU", 0, 1, 0)),
                Change::Cpus(cpus) => pool = *cpus,
            }
        }
        Ok(())
    }

    fn check_member(&self, v: Vcpu) -> Result<(), Refused> {
        let known = v.0 != NIL && self.slots.has(v.index()) && self.slots.at(v.index()).member;
        if known { Ok(()) } else { Err(NO_MEMBER) }
    }

    #[inline(never)]
    pub(crate) fn apply_change(&mut self, change: &Change<Self>, now: Instant) -> CpuSet {
        match change {
            Change::Pool(params) => {
                self.params = *params;
                CpuSet::EMPTY
            }
            Change::Group(g, params) => self.set_group(g.0, *params, now),
            Change::Vcpu(v, params) => {
                self.settle_all(CpuSet::ALL, now);
                self.slots.at_mut(v.index()).params = *params;
                self.reweigh(v.0);
                CpuSet::EMPTY
            }
            Change::Affinity(v, affinity) => self.set_affinity(v.0, *affinity, now),
            Change::Cpus(cpus) => self.set_cpus(*cpus, now),
        }
    }

    #[inline(never)]
    fn set_group(&mut self, g: u16, params: GroupParams, now: Instant) -> CpuSet {
        let old = core::mem::replace(&mut self.groups.at_mut(g as usize).params, params);
        let mut kick = CpuSet::EMPTY;
        for cpu in self.pool.without(self.idle).iter() {
            let run = self.cpus.at(cpu.index()).run;
            if self.slots.at(run as usize).group == g {
                self.settle(cpu, now);
                self.reweigh(run);
                kick = kick.or(CpuSet::only(cpu));
            }
        }
        if old.cap == params.cap {
            return CpuSet::EMPTY;
        }
        self.set_cap(g, now);
        kick
    }

    /// Changes where `v` may run, and carries its claim over to the line of the new pCPUs.
    #[inline(never)]
    fn set_affinity(&mut self, v: u16, affinity: Affinity, now: Instant) -> CpuSet {
        self.settle_all(CpuSet::ALL, now);
        let (waited, competed) = (self.waits(v), self.slots.at(v as usize).competes);
        self.dequeue(v);
        self.leave(v);
        let holder = self.holder_credit();
        let old_line = self.line(self.allowed(v));
        let slot = self.slots.at_mut(v as usize);
        let wish = has_wish(slot.affinity);
        slot.affinity = affinity;
        self.wishes = self.wishes.saturating_sub(wish).saturating_add(has_wish(affinity));
        let line = self.line(self.allowed(v));
        let slot = self.slots.at_mut(v as usize);
        let behind = old_line.saturating_sub(slot.vtime).min(virtual_span(holder, slot.inverse));
        let ahead = slot.vtime.saturating_sub(old_line);
        slot.vtime = line.saturating_add(ahead).saturating_sub(behind);
        if competed {
            self.join(v);
        }
        if waited {
            self.enqueue(v, self.mask(v));
            return self.place(v, true, CpuSet::ALL, now);
        }
        CpuSet::only(Cpu(self.slots.at(v as usize).on))
    }

    /// Changes the pool. pCPUs that leave give up what they run; those that join look for work.
    #[inline(never)]
    fn set_cpus(&mut self, cpus: CpuSet, now: Instant) -> CpuSet {
        self.settle_all(CpuSet::ALL, now);
        let changed = cpus.without(self.pool).or(self.pool.without(cpus));
        self.pool = cpus;
        for index in 0..self.slots.len() {
            let v = u16::try_from(index).unwrap_or(NIL);
            if v == NIL || !self.waits(v) {
                continue;
            }
            let promised = self.slots.at(index).promised;
            if promised != NOWHERE && changed.contains(Cpu(promised)) {
                self.take_promise(Cpu(promised));
            }
            if self.slots.at(index).promised == NOWHERE {
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
    (!soft.is_empty() && soft != affinity.hard) as u16
}
