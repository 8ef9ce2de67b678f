//! Parameters in force: checked all together, then changed one by one.

use super::line::Memory;
use super::slot::Place;
use super::{Global, Rule, Slot};
use crate::{Affinity, Change, CpuSet, Instant, Refused, Vcpu, When};

impl<R: Rule, M: Memory<Slot<R::Own>>> Global<R, M> {
    pub(super) fn check_known(&self, v: Vcpu) -> Result<(), Refused> {
        if self.slots.at(v.index()).present {
            return Ok(());
        }
        Err(Refused::new("the policy does not know this vCPU", 0, 0, u64::from(v.0)))
    }

    pub(super) fn check_affinity(&self, a: Affinity, cpus: CpuSet) -> Result<(), Refused> {
        if a.hard.and(cpus).is_empty() {
            return Err(Refused::new("the vCPU may run on no pCPU of the pool", 0, cpus.bits(), a.hard.bits()));
        }
        Ok(())
    }

    pub(super) fn check_changes(&self, all: &[Change<Self>]) -> Result<(), Refused> {
        let mut cpus = self.cpus;
        for change in all {
            match *change {
                Change::Cpus(set) if set.is_empty() => {
                    return Err(Refused::new("a pool needs at least one pCPU", 0, 1, 0));
                }
                Change::Cpus(set) => cpus = set,
                Change::Vcpu(v, _) => self.check_known(v)?,
                Change::Affinity(v, a) => {
                    self.check_known(v)?;
                    self.check_affinity(a, cpus)?;
                }
                Change::Pool(_) | Change::Group(..) => {}
            }
        }
        Ok(())
    }

    pub(super) fn apply_change(&mut self, change: &Change<Self>, when: When, now: Instant) -> CpuSet {
        match *change {
            Change::Pool(params) => {
                self.charge_all(now);
                self.rule.set_pool(params);
                self.kick(self.cpus.without(self.idle))
            }
            Change::Group(..) => CpuSet::EMPTY,
            Change::Vcpu(v, params) => self.set_params(v, params, when, now),
            Change::Affinity(v, affinity) => self.set_affinity(v, affinity, now),
            Change::Cpus(cpus) => {
                let moved = cpus.without(self.cpus).or(self.cpus.without(cpus));
                self.charge_all(now);
                self.cpus = cpus;
                self.rule.set_cpus(cpus);
                self.kick(moved)
            }
        }
    }

    fn charge_all(&mut self, now: Instant) {
        for cpu in self.cpus.without(self.idle).iter() {
            self.charge(cpu, now);
        }
    }

    fn set_params(&mut self, v: Vcpu, params: R::Vcpu, when: When, now: Instant) -> CpuSet {
        let Slot { place, ready, .. } = *self.slots.at(v.index());
        if let Place::Runs(cpu) = place {
            self.charge(cpu, now);
        }
        let kick = self.renew(v, now, |rule, own| rule.set(own, params, when, now));
        match place {
            Place::Runs(cpu) if ready => self.kick(CpuSet::only(cpu)),
            _ => kick,
        }
    }

    /// Lets `change` change what the rule keeps of `v`, and places it again if it is in line.
    pub(super) fn renew(&mut self, v: Vcpu, now: Instant, change: impl FnOnce(&mut R, &mut R::Own)) -> CpuSet {
        self.unlink(v);
        let slot = self.slots.at_mut(v.index());
        change(&mut self.rule, &mut slot.own);
        if !slot.ready || matches!(slot.place, Place::Runs(_)) {
            return CpuSet::EMPTY;
        }
        self.link(v);
        self.place(v, now)
    }

    fn set_affinity(&mut self, v: Vcpu, affinity: Affinity, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        slot.affinity = affinity;
        if let Place::Runs(cpu) = slot.place {
            return if affinity.hard.contains(cpu) { CpuSet::EMPTY } else { self.kick(CpuSet::only(cpu)) };
        }
        let mask = slot.mask();
        self.line.set_mask(&mut self.slots, v.0, mask.bits());
        self.place(v, now)
    }
}
