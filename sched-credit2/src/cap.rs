//! Caps: a group's budget of CPU time in each period.
//!
//! A member takes a part of the budget when it starts, and gives back what is left when it stops, so the
//! sum over several pCPUs is exact without their talking to each other. Who finds the budget empty is
//! *parked* outside the run queue; if a sibling then holds an unspent part, it is asked to share. Periods
//! lie on a fixed grid and are caught up in closed form. The pool has an event for a group only while one
//! of its members is parked, and each event releases one member: no call does unbounded work.

use crate::Credit2;
use crate::slot::{GroupSlot, NIL, Slot};
use sched::{Cpu, CpuSet, Duration, Instant};

/// The smallest part of a budget, in ns: below it sharing costs more than it gives.
const QUANTUM: i64 = 100_000;

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Credit2<M, G> {
    /// Works out the budget of a period from the cap. The period begins anew.
    #[inline(never)]
    pub(crate) fn set_cap(&mut self, g: u16, now: Instant) {
        let period = self.params.cap_period;
        let group = self.groups.at_mut(g as usize);
        group.total = budget_of(group.params.cap, period);
        group.budget = group.total;
        group.next = now + period;
        self.notice(g, now);
    }

    /// Brings the budget of `g` up to date.
    #[inline(never)]
    fn top_up(&mut self, g: u16, now: Instant) {
        let period = self.params.cap_period;
        let group = self.groups.at_mut(g as usize);
        if now < group.next {
            return;
        }
        let missed = now.since(group.next).nanos() / period.nanos().max(1);
        let earned = group.total.saturating_mul(i64::try_from(missed).unwrap_or(i64::MAX).saturating_add(1));
        group.budget = group.budget.saturating_add(earned);
        // A new length of the period counts from here on.
        group.total = budget_of(group.params.cap, period);
        group.budget = group.budget.min(group.total);
        group.next = now.next_on_grid(group.next, period);
    }

    /// True if a member of `g` may run.
    #[inline]
    pub(crate) fn has_budget(&mut self, g: u16, now: Instant) -> bool {
        if self.groups.at(g as usize).total == 0 {
            return true;
        }
        self.top_up(g, now);
        self.groups.at(g as usize).budget > 0
    }

    /// Gives what runs on `cpu` its part of the budget: an equal one among those that have none yet.
    pub(crate) fn take_grant(&mut self, cpu: Cpu) {
        let on = self.cpus.at_mut(cpu.index());
        let group = self.groups.at_mut(self.slots.at(on.run as usize).group as usize);
        (on.capped, on.share, on.grant) = (group.total != 0, false, 0);
        if on.capped {
            let others = group.running.saturating_sub(1);
            let claims = group.ready.saturating_sub(others).max(1) as i64;
            on.grant = (group.budget / claims).max(QUANTUM).min(group.budget);
            group.budget -= on.grant;
        }
    }

    /// Takes back what is left of the part that the vCPU on `cpu` holds; an overrun is paid.
    #[inline(never)]
    pub(crate) fn return_grant(&mut self, cpu: Cpu, now: Instant) {
        let on = self.cpus.at_mut(cpu.index());
        if !on.capped {
            return;
        }
        let grant = core::mem::replace(&mut on.grant, 0);
        on.capped = false;
        let slot = self.slots.at_mut(on.run as usize);
        slot.overruns = slot.overruns.saturating_add((grant < 0) as u64);
        let g = slot.group;
        let group = self.groups.at_mut(g as usize);
        group.budget = group.budget.saturating_add(grant).min(group.total);
        self.notice(g, now);
    }

    /// True if what runs on `cpu` still has budget, taking another part if needed.
    pub(crate) fn renew_grant(&mut self, cpu: Cpu, now: Instant) -> bool {
        let on = self.cpus.at(cpu.index());
        let g = self.slots.at(on.run as usize).group;
        let capped = self.groups.at(g as usize).total != 0;
        if on.capped == capped && (!capped || on.grant > 0 && !on.share) {
            return true;
        }
        self.return_grant(cpu, now);
        let enough = self.has_budget(g, now);
        if enough {
            self.take_grant(cpu);
            self.notice(g, now);
        }
        enough
    }

    /// Sets `v`, which is ready, aside until its group has budget. Returns the pCPU that should share.
    #[inline(never)]
    pub(crate) fn park(&mut self, v: u16) -> CpuSet {
        self.leave(v);
        let slot = self.slots.at_mut(v as usize);
        slot.urgent = false;
        let (g, key) = (slot.group, slot.vtime);
        let mut parked = self.groups.at(g as usize).parked;
        parked.insert(&mut self.slots, v, key, 1);
        let group = self.groups.at_mut(g as usize);
        group.parked = parked;
        let next = group.next;
        self.refills.insert(&mut self.groups, g, next, 1);
        if self.groups.at(g as usize).running == 0 { CpuSet::EMPTY } else { self.ask_to_share(g) }
    }

    /// Takes `v` from the parked of its group; false if it is not among them.
    #[inline(never)]
    pub(crate) fn unpark(&mut self, v: u16) -> bool {
        let slot = self.slots.at(v as usize);
        if !slot.aside.is_linked() {
            return false;
        }
        let g = slot.group;
        let mut parked = self.groups.at(g as usize).parked;
        parked.remove(&mut self.slots, v);
        self.groups.at_mut(g as usize).parked = parked;
        if parked.is_empty() {
            self.refills.remove(&mut self.groups, g);
        }
        true
    }

    /// A running member of `g` that holds enough to share.
    #[inline(never)]
    fn ask_to_share(&mut self, g: u16) -> CpuSet {
        for cpu in self.pool.without(self.idle).iter() {
            let on = self.cpus.at_mut(cpu.index());
            let sibling = on.run != NIL && self.slots.at(on.run as usize).group == g;
            if sibling && on.capped && on.grant > 2 * QUANTUM {
                on.share = true;
                return CpuSet::only(cpu);
            }
        }
        CpuSet::EMPTY
    }

    /// The budget of `g` changed: makes its event due at `now` if a parked member could run.
    #[inline(never)]
    fn notice(&mut self, g: u16, now: Instant) {
        let group = self.groups.at(g as usize);
        if !group.parked.is_empty() {
            let at = if group.total == 0 || group.budget > 0 { now } else { group.next };
            if *group.refill.key() != at {
                self.refills.remove(&mut self.groups, g);
                self.refills.insert(&mut self.groups, g, at, 1);
            }
        }
    }

    /// Handles the most urgent due event: releases one parked member of the group.
    pub(crate) fn release_one(&mut self, now: Instant) -> CpuSet {
        let Some(g) = self.refills.first(&self.groups) else { return CpuSet::EMPTY };
        if *self.groups.at(g as usize).refill.key() > now {
            return CpuSet::EMPTY;
        }
        let parked = self.groups.at(g as usize).parked;
        let first = parked.first(&self.slots);
        let enough = self.has_budget(g, now);
        let mut kick = CpuSet::EMPTY;
        if let Some(v) = first
            && enough
        {
            self.unpark(v);
            kick = self.enter(v, false, now);
        }
        self.notice(g, now);
        kick
    }
}

/// The budget, in ns, of a period under a cap in per cent.
fn budget_of(cap: u32, period: Duration) -> i64 {
    i64::try_from(period.nanos().saturating_mul(cap as u64) / 100).unwrap_or(i64::MAX)
}
