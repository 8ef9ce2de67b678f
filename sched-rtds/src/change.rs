//! Changes of what is in force, made one by one once `check` has accepted them all.

use crate::slot::Place;
use crate::{Placement, Rtds, Slot, VcpuParams};
use sched::{Affinity, Change, CpuSet, Instant, Vcpu, When};

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Rtds<M> {
    /// `v` counts at `home` and runs there from now on.
    #[inline(never)]
    pub(crate) fn settle_in(&mut self, v: Vcpu, home: (usize, CpuSet)) {
        let slot = self.slots.at_mut(v.index());
        (slot.home, slot.hard) = (u8::try_from(home.0).unwrap_or(0), home.1);
        let load = self.terms.loads.at_mut(home.0);
        *load = load.with(slot.promised());
    }

    /// The reservation of `v` counts nowhere any more.
    fn unsettle(&mut self, v: Vcpu) {
        let slot = self.slots.at(v.index());
        let load = self.terms.loads.at_mut(usize::from(slot.home));
        *load = load.without(slot.promised());
    }

    pub(crate) fn apply_change(&mut self, change: &Change<Self>, when: When, now: Instant) -> CpuSet {
        match *change {
            Change::Pool(params) => {
                self.terms.params = params;
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
        let moved = cpus.without(self.terms.cpus).or(self.terms.cpus.without(cpus));
        self.terms.cpus = cpus;
        self.kicked = self.kicked.or(moved);
        let mut kick = moved;
        for v in self.every_slot() {
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
    #[inline(never)]
    fn rehouse(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        self.unsettle(v);
        let slot = self.slots.at(v.index());
        let (params, hard) = (*slot.promised(), slot.affinity.hard);
        let home = self.terms.refuge(&params, hard);
        self.settle_in(v, home);
        self.leave_old_home(v, now)
    }

    /// `Boundary` waits for the end of the period, if there is one to wait for.
    // [RTDS-R-10]
    fn set_params(&mut self, v: Vcpu, params: VcpuParams, when: When, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        let load = self.terms.loads.at_mut(usize::from(slot.home));
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
        let server = self.terms.params.server;
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
        let placement = self.terms.params.placement;
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
                let mask = slot.mask(self.terms.cpus);
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
