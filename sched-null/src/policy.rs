//! The null policy behind the seam.

use crate::{Null, PoolParams, Slot, Surplus};
use sched::{
    Affinity, Change, Choice, Cpu, CpuSet, Group, Instant, NoRow, Params, Refused, Scheduler, Service, Vcpu, When, Why,
};

const UNKNOWN: &str = "the policy does not know this vCPU";
const NOWHERE: &str = "the vCPU may run on no pCPU of the pool";

impl<M> Params for Null<M> {
    type Pool = PoolParams;
    type Group = NoRow;
    type Vcpu = NoRow;
    type Entry = NoRow;
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Scheduler for Null<M> {
    // [NULL-R-08] [NULL-R-09]
    fn add(&mut self, v: Vcpu, _: Group, _: NoRow, a: Affinity, _: Instant) -> Result<(), Refused> {
        if !self.slots.has(v.index()) {
            return Err(Refused::new(
                "the pool has no slot for this vCPU",
                0,
                u64::from(v.0).saturating_add(1),
                self.slots.len() as u64,
            ));
        }
        if self.slots.at(v.index()).present {
            return Err(Refused::new("the vCPU is in the pool already", 0, 0, u64::from(v.0)));
        }
        if a.hard.and(self.cpus).is_empty() {
            return Err(Refused::new(NOWHERE, 0, self.cpus.bits(), a.hard.bits()));
        }
        let has = self.free.and(a.hard);
        if self.surplus == Surplus::Refuse && has.is_empty() {
            let (needs, has) = (u64::from(self.members).saturating_add(1), self.cpus.len() as u64);
            return Err(Refused::new("every pCPU that the vCPU may use has an owner", 0, needs, has));
        }
        self.members = self.members.saturating_add(1);
        *self.slots.at_mut(v.index()) = Slot { present: true, affinity: a, ..Slot::EMPTY };
        if self.surplus == Surplus::Refuse {
            // It is off: nobody has to pick.
            self.settle(v);
        }
        Ok(())
    }

    // [NULL-R-04] [NULL-R-08]
    fn remove(&mut self, v: Vcpu, _: Instant) -> Result<(), Refused> {
        let slot = self.known(v)?;
        if slot.ready || slot.bound.is_some() {
            return Err(Refused::new("only a vCPU that is blocked and saved can leave", 0, 0, u64::from(v.0)));
        }
        self.owed = self.owed.or(self.unsettle(v, true));
        self.members = self.members.saturating_sub(1);
        *self.slots.at_mut(v.index()) = Slot::EMPTY;
        Ok(())
    }

    /// `Now` and `Boundary` are the same: nothing here has a boundary.
    // [NULL-R-08] [NULL-R-09]
    fn change(&mut self, all: &[Change<Self>], _: When, _: Instant) -> Result<CpuSet, Refused> {
        let mut cpus = self.cpus;
        for change in all {
            match *change {
                Change::Cpus(set) if set.is_empty() => {
                    return Err(Refused::new("a pool needs at least one pCPU", 0, 1, 0));
                }
                Change::Cpus(set) => cpus = set,
                Change::Vcpu(v, NoRow) => {
                    self.known(v)?;
                }
                Change::Affinity(v, a) => {
                    self.known(v)?;
                    if a.hard.and(cpus).is_empty() {
                        return Err(Refused::new(NOWHERE, 0, cpus.bits(), a.hard.bits()));
                    }
                }
                Change::Pool(params) => self.may_become(params.surplus)?,
                Change::Group(_, NoRow) => {}
            }
        }
        let apply = |this: &mut Self, change: &Change<Self>| match *change {
            Change::Pool(params) => {
                this.surplus = params.surplus;
                CpuSet::EMPTY
            }
            Change::Cpus(set) => this.set_cpus(set),
            Change::Affinity(v, a) => this.set_affinity(v, a),
            _ => CpuSet::EMPTY,
        };
        Ok(all.iter().fold(CpuSet::EMPTY, |kick, change| kick.or(apply(self, change))))
    }

    // [NULL-R-01] [NULL-R-10]
    #[inline(never)]
    fn wake(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        if !slot.present || slot.ready {
            return CpuSet::EMPTY;
        }
        slot.ready = true;
        slot.since = now;
        match (slot.home, slot.bound) {
            (Some(home), bound) if bound.is_none_or(|cpu| cpu == home) => CpuSet::only(home),
            // Its context is still on another pCPU: `saved` will ask for the pick.
            (Some(_), _) => CpuSet::EMPTY,
            (None, _) if slot.is_queued() => CpuSet::EMPTY,
            (None, _) => match slot.own {
                Some(cpu) => self.reclaim(v, cpu),
                None => self.settle(v),
            },
        }
    }

    /// Waiting and being paused keep the pCPU, or lend it; being switched off gives it to a waiter, if there can be
    /// one.
    // [NULL-R-05] [NULL-R-10] [NULL-R-13]
    #[inline(never)]
    fn block(&mut self, v: Vcpu, why: Why, now: Instant) -> CpuSet {
        let here = self.runs_on(v);
        let slot = self.slots.at_mut(v.index());
        if slot.ready && here.is_some() {
            slot.served += now.since(slot.since);
        }
        slot.ready = false;
        let kick = here.map_or(CpuSet::EMPTY, CpuSet::only);
        if self.surplus.takes(why) { kick.or(self.unsettle(v, why == Why::Off)) } else { kick }
    }

    /// Nobody takes its turn.
    // [NULL-R-02]
    fn yield_now(&mut self, _: Vcpu, _: Instant) -> CpuSet {
        CpuSet::EMPTY
    }

    // [NULL-R-02] [NULL-R-10]
    #[inline(never)]
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        if cpu.index() >= Cpu::LIMIT {
            return Choice::default();
        }
        self.owed = self.owed.without(CpuSet::only(cpu));
        let seat = *self.seats.at(cpu.index());
        let run = seat.user.filter(|v| self.may_run(*v, cpu));
        if run != seat.runs {
            self.switch(cpu, seat.runs, run, now);
        }
        Choice { run, ..Choice::default() }
    }

    // [NULL-R-07] [NULL-R-10]
    #[inline(never)]
    fn saved(&mut self, v: Vcpu, cpu: Cpu, _: Instant) -> CpuSet {
        let runs = self.runs_on(v).is_some();
        let slot = self.slots.at_mut(v.index());
        if runs || slot.bound != Some(cpu) {
            return CpuSet::EMPTY;
        }
        slot.bound = None;
        slot.home.filter(|_| slot.ready).map_or(CpuSet::EMPTY, CpuSet::only)
    }

    /// Never, but for one case: a pick is owed to the pCPU that a removed vCPU left to a waiter.
    // [NULL-R-02]
    fn alarm(&self) -> Option<Instant> {
        if self.owed.is_empty() { None } else { Some(Instant::ZERO) }
    }

    // [NULL-R-04]
    fn expire(&mut self, _: Instant) -> CpuSet {
        core::mem::take(&mut self.owed)
    }

    /// The hard set is the pCPU it owns; it is empty while it waits for one.
    // [NULL-R-06]
    fn in_force(&self, v: Vcpu) -> Option<(NoRow, Affinity)> {
        let slot = self.known(v).ok()?;
        let held = match slot.own {
            Some(cpu) => Affinity::hard(CpuSet::only(cpu)),
            None if slot.waits() => Affinity::hard(CpuSet::EMPTY),
            None => slot.affinity,
        };
        Some((NoRow, held))
    }

    /// One shortfall while it is ready and has neither an own nor a lent pCPU; nothing else can go wrong.
    // [NULL-R-06] [NULL-R-11]
    fn service(&self, v: Vcpu, now: Instant) -> Service {
        let slot = self.slots.at(v.index());
        let running = slot.ready && self.runs_on(v).is_some();
        let stretch = if running { now.since(slot.since) } else { Default::default() };
        Service {
            served: slot.served + stretch,
            shortfalls: u64::from(slot.ready && slot.home.is_none()),
            ..Service::default()
        }
    }
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Null<M> {
    fn known(&self, v: Vcpu) -> Result<Slot, Refused> {
        let slot = self.slots.at(v.index());
        if slot.present { Ok(*slot) } else { Err(Refused::new(UNKNOWN, 0, 0, u64::from(v.0))) }
    }

    /// Whether the surplus may be treated so from now on.
    // [NULL-R-09] [NULL-R-16]
    fn may_become(&self, surplus: Surplus) -> Result<(), Refused> {
        let (owned, members) = (self.cpus.without(self.free).len() as u64, u64::from(self.members));
        if surplus == Surplus::Refuse && owned != members {
            return Err(Refused::new("there are vCPUs without a pCPU", 0, members, owned));
        }
        if (surplus == Surplus::Lend) != (self.surplus == Surplus::Lend) && members > 0 {
            return Err(Refused::new("lending begins and ends only while the pool has no vCPU", 0, 0, members));
        }
        Ok(())
    }

    fn runs_on(&self, v: Vcpu) -> Option<Cpu> {
        let cpu = self.slots.at(v.index()).bound?;
        if self.seats.at(cpu.index()).runs == Some(v) { Some(cpu) } else { None }
    }

    // [NULL-R-07]
    fn may_run(&self, v: Vcpu, cpu: Cpu) -> bool {
        let slot = self.slots.at(v.index());
        slot.ready && slot.bound.is_none_or(|there| there == cpu)
    }

    // [NULL-R-11]
    fn switch(&mut self, cpu: Cpu, old: Option<Vcpu>, new: Option<Vcpu>, now: Instant) {
        if let Some(v) = old {
            let slot = self.slots.at_mut(v.index());
            if slot.ready {
                slot.served += now.since(slot.since);
            }
        }
        if let Some(v) = new {
            let slot = self.slots.at_mut(v.index());
            (slot.bound, slot.since) = (Some(cpu), now);
        }
        self.seats.at_mut(cpu.index()).runs = new;
    }
}
