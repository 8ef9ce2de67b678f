//! Parameters in force: checked all together, then changed one by one.

use crate::slot::Place;
use crate::{Rtds, Slot, VcpuParams};
use sched::{Affinity, Change, CpuSet, Instant, Refused, Vcpu, When};

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Rtds<M> {
    pub(crate) fn check_known(&self, v: Vcpu) -> Result<(), Refused> {
        if self.slots.at(v.index()).present {
            return Ok(());
        }
        Err(Refused::new("the policy does not know this vCPU", 0, 0, u64::from(v.0)))
    }

    pub(crate) fn check_affinity(&self, a: Affinity, cpus: CpuSet) -> Result<(), Refused> {
        if a.hard.and(cpus).is_empty() {
            return Err(Refused::new("the vCPU may run on no pCPU of the pool", 0, cpus.bits(), a.hard.bits()));
        }
        Ok(())
    }

    pub(crate) fn check_changes(&self, all: &[Change<Self>]) -> Result<(), Refused> {
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

    pub(crate) fn apply_change(&mut self, change: &Change<Self>, when: When, now: Instant) -> CpuSet {
        match *change {
            Change::Pool(params) => {
                self.server = params.server;
                CpuSet::EMPTY
            }
            Change::Group(..) => CpuSet::EMPTY,
            Change::Vcpu(v, params) => self.set_params(v, params, when, now),
            Change::Affinity(v, affinity) => self.set_affinity(v, affinity, now),
            Change::Cpus(cpus) => {
                let moved = cpus.without(self.cpus).or(self.cpus.without(cpus));
                self.cpus = cpus;
                self.kicked = self.kicked.or(moved);
                for v in (0..self.slots.len()).filter_map(|index| u16::try_from(index).ok()) {
                    let mask = self.slots.at(usize::from(v)).mask(cpus);
                    self.run.set_mask(&mut self.slots, v, mask.bits());
                }
                moved
            }
        }
    }

    /// `Boundary` waits for the end of the period, if there is one to wait for.
    fn set_params(&mut self, v: Vcpu, params: VcpuParams, when: When, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        if when == When::Boundary && slot.params.reserved() {
            slot.next = Some(params);
            // A runner that nobody interrupts has to be stopped at the boundary.
            let Place::Runs(cpu) = slot.place else { return CpuSet::EMPTY };
            return self.kick(CpuSet::only(cpu));
        }
        let place = slot.place;
        if let Place::Runs(cpu) = place {
            self.charge(cpu, now);
        }
        self.dequeue(v);
        let server = self.server;
        let slot = self.slots.at_mut(v.index());
        slot.next = None;
        slot.params = params;
        slot.restart(now, server);
        if !slot.ready {
            return CpuSet::EMPTY;
        }
        match place {
            Place::Runs(cpu) => self.kick(CpuSet::only(cpu)),
            _ => {
                self.enqueue(v);
                self.place(v, now)
            }
        }
    }

    fn set_affinity(&mut self, v: Vcpu, affinity: Affinity, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        slot.affinity = affinity;
        match slot.place {
            Place::Runs(cpu) if affinity.hard.contains(cpu) => CpuSet::EMPTY,
            Place::Runs(cpu) => self.kick(CpuSet::only(cpu)),
            Place::Leaves(_) => {
                slot.unplaced = true;
                let mask = slot.mask(self.cpus);
                self.run.set_mask(&mut self.slots, v.0, mask.bits());
                CpuSet::EMPTY
            }
            Place::Away => {
                self.run.set_mask(&mut self.slots, v.0, affinity.hard.bits());
                self.place(v, now)
            }
        }
    }
}
