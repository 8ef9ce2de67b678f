//! Parameters in force: checked all together, then changed one by one.

use crate::slot::Place;
use crate::{Arinc653, PoolParams, Slot, Window};
use sched::{Affinity, Change, CpuSet, Instant, Refused, Vcpu, When};

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, W: AsRef<[Window]> + AsMut<[Window]>> Arinc653<M, W> {
    // [ARINC-R-19]
    pub(crate) fn check_slot(&self, rule: &'static str, index: u16) -> Result<(), Refused> {
        if self.slots.has(usize::from(index)) {
            return Ok(());
        }
        Err(Refused::new(rule, 0, u64::from(index).saturating_add(1), self.slots.len() as u64))
    }

    // [ARINC-R-16] [ARINC-R-19]
    pub(crate) fn check_known(&self, v: Vcpu) -> Result<(), Refused> {
        if self.slots.at(v.index()).present {
            return Ok(());
        }
        Err(Refused::new("the policy does not know this vCPU", 0, 0, u64::from(v.0)))
    }

    // [ARINC-R-15] [ARINC-R-19]
    pub(crate) fn check_affinity(&self, a: Affinity, cpus: CpuSet) -> Result<(), Refused> {
        if a.hard.and(cpus).is_empty() {
            return Err(Refused::new("the vCPU may run on no pCPU of the pool", 0, cpus.bits(), a.hard.bits()));
        }
        Ok(())
    }

    // [ARINC-R-16] [ARINC-R-20]
    pub(crate) fn check_changes(&self, all: &[Change<Self>]) -> Result<(), Refused> {
        let mut cpus = self.cpus;
        for change in all {
            match *change {
                Change::Cpus(set) if set.is_empty() => {
                    return Err(Refused::new("a pool needs at least one pCPU", 0, 1, 0));
                }
                Change::Cpus(set) => cpus = set,
                Change::Pool(params) if !self.plan.has(params.schedule) => {
                    let rule = "the schedule has no window";
                    return Err(Refused::new(rule, 1, 0, u64::from(params.schedule)));
                }
                Change::Pool(params) if params.major_frame != self.plan.frame() => {
                    let (needs, has) = (self.plan.frame().nanos(), params.major_frame.nanos());
                    return Err(Refused::new("the major frame of a running pool is fixed", 0, needs, has));
                }
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

    // [ARINC-R-15]
    pub(crate) fn apply_change(&mut self, change: &Change<Self>, when: When, now: Instant) -> CpuSet {
        match *change {
            Change::Pool(params) => self.set_pool(params, when, now),
            Change::Affinity(v, affinity) => self.set_affinity(v, affinity, now),
            Change::Cpus(cpus) => {
                let moved = cpus.without(self.cpus).or(self.cpus.without(cpus));
                self.cpus = cpus;
                self.kicked = self.kicked.or(moved);
                for v in (0..self.slots.len()).filter_map(|index| u16::try_from(index).ok()) {
                    self.set_mask(Vcpu(v), self.slots.at(usize::from(v)).mask(cpus));
                }
                moved
            }
            _ => CpuSet::EMPTY,
        }
    }

    // [ARINC-R-09] [ARINC-R-10]
    /// Slack and limit count from the next pick on. Another schedule begins with a frame, or at once.
    fn set_pool(&mut self, params: PoolParams, when: When, now: Instant) -> CpuSet {
        (self.slack, self.lateness_limit) = (params.slack, params.lateness_limit);
        self.switch_to = params.schedule;
        if self.plan.active() == params.schedule {
            self.switch_at = Instant::MAX;
            return CpuSet::EMPTY;
        }
        self.switch_at = match when {
            When::Now => now,
            When::Boundary => now.next_on_grid(Instant::ZERO, self.plan.frame()),
        };
        self.switch_schedule(now)
    }

    // [ARINC-R-15]
    fn set_affinity(&mut self, v: Vcpu, affinity: Affinity, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        slot.affinity = affinity;
        match slot.place {
            Place::Runs(cpu) if affinity.hard.contains(cpu) => CpuSet::EMPTY,
            Place::Runs(cpu) => self.kick(CpuSet::only(cpu)),
            Place::Leaves(_) => {
                slot.unplaced = true;
                let mask = slot.mask(self.cpus);
                self.set_mask(v, mask);
                CpuSet::EMPTY
            }
            Place::Away => {
                self.set_mask(v, affinity.hard);
                self.place(v, now)
            }
        }
    }
}
