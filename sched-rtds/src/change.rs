//! Parameters in force: checked all together, then changed one by one.

use crate::admit::Loads;
use crate::slot::Place;
use crate::{Placement, PoolParams, Rtds, Slot, VcpuParams};
use sched::{Affinity, Change, CpuSet, Instant, Refused, Vcpu, When};

/// The index of `placement` in the keys of the pool.
const PLACEMENT: u8 = 1;

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Rtds<M> {
    pub(crate) fn check_known(&self, v: Vcpu) -> Result<(), Refused> {
        if self.slots.at(v.index()).present {
            return Ok(());
        }
        Err(Refused::new("the policy does not know this vCPU", 0, 0, u64::from(v.0)))
    }

    #[inline(never)]
    pub(crate) fn check_affinity(&self, a: Affinity, cpus: CpuSet) -> Result<(), Refused> {
        if a.hard.and(cpus).is_empty() {
            return Err(Refused::new("the vCPU may run on no pCPU of the pool", 0, cpus.bits(), a.hard.bits()));
        }
        Ok(())
    }

    /// Checks all changes, each as if those before it were in force.
    pub(crate) fn check_changes(&self, all: &[Change<Self>]) -> Result<(), Refused> {
        let (mut cpus, mut loads) = (self.cpus, self.loads);
        for (index, change) in all.iter().enumerate() {
            let before = all.get(..index).unwrap_or_default();
            match *change {
                Change::Cpus(set) if set.is_empty() => {
                    return Err(Refused::new("a pool needs at least one pCPU", 0, 1, 0));
                }
                // The pCPUs of a machine are what they are: promises that do not fit any more show as shortfalls.
                Change::Cpus(set) => cpus = set,
                Change::Vcpu(v, params) => self.check_params(v, &params, before, cpus, &mut loads)?,
                Change::Affinity(v, a) => {
                    self.check_known(v)?;
                    self.check_affinity(a, cpus)?;
                    self.check_move(v, a, before, cpus, &mut loads)?;
                }
                Change::Pool(params) => self.check_pool(&params, cpus, &loads)?,
                Change::Group(..) => {}
            }
        }
        Ok(())
    }

    // [RTDS-R-11] [RTDS-R-14]
    fn check_params(
        &self,
        v: Vcpu,
        params: &VcpuParams,
        before: &[Change<Self>],
        cpus: CpuSet,
        loads: &mut Loads,
    ) -> Result<(), Refused> {
        self.check_known(v)?;
        let width = self.width(cpus);
        let load = loads.at_mut(usize::from(self.slots.at(v.index()).home));
        *load = load.without(&self.promised_after(v, before)).with(params);
        load.check(width, &self.params)
    }

    /// A partitioned vCPU that has to leave its pCPU needs room elsewhere.
    fn check_move(
        &self,
        v: Vcpu,
        a: Affinity,
        before: &[Change<Self>],
        cpus: CpuSet,
        loads: &mut Loads,
    ) -> Result<(), Refused> {
        let slot = self.slots.at(v.index());
        if self.params.placement == Placement::Partitioned && !slot.hard.and(a.hard).is_empty() {
            return Ok(());
        }
        let params = self.promised_after(v, before);
        let load = loads.at_mut(usize::from(slot.home));
        *load = load.without(&params);
        let (home, _) = self.find_home(&params, a.hard, cpus, loads)?;
        let load = loads.at_mut(home);
        *load = load.with(&params);
        Ok(())
    }

    fn check_pool(&self, params: &PoolParams, cpus: CpuSet, loads: &Loads) -> Result<(), Refused> {
        if params.placement != self.params.placement {
            let (needs, has) = (self.params.placement as u64, params.placement as u64);
            return Err(Refused::new("the placement of a running pool is fixed", PLACEMENT, needs, has));
        }
        // Off reservations nothing follows, and nobody is expelled: only a stricter test has to pass.
        loads.iter().try_for_each(|load| load.check(self.width(cpus), params))
    }

    /// What `v` is promised once the changes `before` are made.
    fn promised_after(&self, v: Vcpu, before: &[Change<Self>]) -> VcpuParams {
        let last = before.iter().rev().find_map(|change| match *change {
            Change::Vcpu(other, params) if other == v => Some(params),
            _ => None,
        });
        last.unwrap_or(*self.slots.at(v.index()).promised())
    }

    /// `v` counts at `home` and runs there from now on.
    #[inline(never)]
    pub(crate) fn settle_in(&mut self, v: Vcpu, home: (usize, CpuSet)) {
        let slot = self.slots.at_mut(v.index());
        (slot.home, slot.hard) = (u8::try_from(home.0).unwrap_or(0), home.1);
        let load = self.loads.at_mut(home.0);
        *load = load.with(slot.promised());
    }

    /// The reservation of `v` counts nowhere any more.
    fn unsettle(&mut self, v: Vcpu) {
        let slot = self.slots.at(v.index());
        let load = self.loads.at_mut(usize::from(slot.home));
        *load = load.without(slot.promised());
    }

    pub(crate) fn apply_change(&mut self, change: &Change<Self>, when: When, now: Instant) -> CpuSet {
        match *change {
            Change::Pool(params) => {
                self.params = params;
                CpuSet::EMPTY
            }
            Change::Group(..) => CpuSet::EMPTY,
            Change::Vcpu(v, params) => self.set_params(v, params, when, now),
            Change::Affinity(v, affinity) => self.set_affinity(v, affinity, now),
            Change::Cpus(cpus) => self.set_cpus(cpus, now),
        }
    }

    /// Another set of pCPUs. Partitioned vCPUs move away from those that leave.
    // [RTDS-R-13] [RTDS-R-16]
    fn set_cpus(&mut self, cpus: CpuSet, now: Instant) -> CpuSet {
        let moved = cpus.without(self.cpus).or(self.cpus.without(cpus));
        self.cpus = cpus;
        self.kicked = self.kicked.or(moved);
        let mut kick = moved;
        for v in (0..self.slots.len()).filter_map(|index| u16::try_from(index).ok()).map(Vcpu) {
            let slot = self.slots.at(v.index());
            if slot.present && slot.hard.and(cpus).is_empty() {
                kick = kick.or(self.rehouse(v, now));
            }
            let mask = self.slots.at(v.index()).mask(cpus);
            self.run.set_mask(&mut self.slots, v.0, mask.bits());
        }
        kick
    }

    /// Finds another home for `v` inside its affinity.
    // [RTDS-R-16]
    fn rehouse(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        self.unsettle(v);
        let slot = self.slots.at(v.index());
        let (params, hard) = (*slot.promised(), slot.affinity.hard);
        let home = self.refuge(&params, hard);
        self.settle_in(v, home);
        self.leave_old_home(v, now)
    }

    /// `Boundary` waits for the end of the period, if there is one to wait for.
    // [RTDS-R-10]
    fn set_params(&mut self, v: Vcpu, params: VcpuParams, when: When, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        let load = self.loads.at_mut(usize::from(slot.home));
        *load = load.without(slot.promised()).with(&params);
        let place = slot.place;
        // A runner that nobody interrupts may be in a later period than its slot knows.
        if let Place::Runs(cpu) = place {
            self.charge(cpu, now);
        }
        let slot = self.slots.at_mut(v.index());
        if when == When::Boundary && slot.params.reserved() {
            slot.next = Some(params);
            // It has to be stopped at the boundary.
            let Place::Runs(cpu) = place else { return CpuSet::EMPTY };
            return self.kick(CpuSet::only(cpu));
        }
        self.dequeue(v);
        let server = self.params.server;
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

    // [RTDS-R-13] [RTDS-R-16]
    fn set_affinity(&mut self, v: Vcpu, affinity: Affinity, now: Instant) -> CpuSet {
        let placement = self.params.placement;
        let slot = self.slots.at_mut(v.index());
        slot.affinity = affinity;
        if placement == Placement::Partitioned {
            return if slot.hard.and(affinity.hard).is_empty() { self.rehouse(v, now) } else { CpuSet::EMPTY };
        }
        slot.hard = affinity.hard;
        self.leave_old_home(v, now)
    }

    /// Where `v` may run has changed: it leaves a pCPU that is not among them, and looks for one if it waits.
    fn leave_old_home(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        let hard = slot.hard;
        match slot.place {
            Place::Runs(cpu) if hard.contains(cpu) => CpuSet::EMPTY,
            Place::Runs(cpu) => self.kick(CpuSet::only(cpu)),
            Place::Leaves(_) => {
                slot.unplaced = true;
                let mask = slot.mask(self.cpus);
                self.run.set_mask(&mut self.slots, v.0, mask.bits());
                CpuSet::EMPTY
            }
            Place::Away => {
                self.run.set_mask(&mut self.slots, v.0, hard.bits());
                self.place(v, now)
            }
        }
    }
}
