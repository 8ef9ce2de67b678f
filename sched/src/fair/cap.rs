//! Caps: a group's budget of CPU time in each period.
//!
//! A member takes a part of the budget when it starts, and gives back what is left when it stops, so the sum over
//! several pCPUs is exact without their talking to each other. Who finds the budget empty is *parked* outside the
//! run queue; if a sibling then holds an unspent part, it is asked to share. Periods lie on a fixed grid and are
//! caught up in closed form. The pool has an event for a group only while one of its members is parked, and each
//! event releases one member: no call does unbounded work.

use super::slot::Aside;
use super::{Core, Fair, Groups, Order, Slots};
use crate::{Cpu, CpuSet, Duration, Instant};

/// The smallest part of a budget, in ns: below it sharing costs more than it gives.
const QUANTUM: i64 = 100_000;

impl<M: Slots, G: Groups> Core<M, G> {
    /// Works out the budget of a period from the cap. The period begins anew.
    #[inline(never)]
    pub(super) fn set_cap(&mut self, g: u16, now: Instant) {
        let period = self.rules.cap_period;
        let group = self.groups.at_mut(usize::from(g));
        let before = group.total != 0;
        group.total = budget_of(group.params.cap, period);
        group.budget = group.total;
        group.next = now + period;
        self.capped = self.capped.saturating_add(u16::from(group.total != 0)).saturating_sub(u16::from(before));
        self.notice(g, now);
    }

    /// Brings the budget of `g` up to date.
    #[inline(never)]
    fn top_up(&mut self, g: u16, now: Instant) {
        let period = self.rules.cap_period;
        let group = self.groups.at_mut(usize::from(g));
        if now < group.next {
            return;
        }
        let missed = now.since(group.next).nanos().checked_div(period.nanos()).unwrap_or(0);
        let earned = group.total.saturating_mul(i64::try_from(missed).unwrap_or(i64::MAX).saturating_add(1));
        group.budget = group.budget.saturating_add(earned);
        // A new length of the period counts from here on.
        group.total = budget_of(group.params.cap, period);
        group.budget = group.budget.min(group.total);
        group.next = now.next_on_grid(group.next, period);
    }

    /// True if a member of `g` may run.
    #[inline(always)]
    pub(super) fn has_budget(&mut self, g: u16, now: Instant) -> bool {
        if self.groups.at(usize::from(g)).total == 0 {
            return true;
        }
        self.top_up(g, now);
        self.groups.at(usize::from(g)).budget > 0
    }

    /// Gives what runs on `cpu` its part of the budget: an equal one among those that have none yet.
    #[inline(never)]
    pub(super) fn take_grant(&mut self, cpu: Cpu) {
        let g = self.slot(self.on(cpu).run).group;
        let others = self.running(g).without(CpuSet::only(cpu)).bits().count_ones();
        let group = self.groups.at_mut(usize::from(g));
        let on = self.cpus.at_mut(cpu.index());
        (on.capped, on.share, on.grant) = (group.total != 0, false, 0);
        if on.capped {
            let claims = i64::from(group.ready).saturating_sub(i64::from(others)).max(1);
            let part = group.budget.checked_div(claims).unwrap_or(0);
            on.grant = part.max(QUANTUM).min(group.budget);
            group.budget = group.budget.saturating_sub(on.grant);
        }
    }

    /// Takes back what is left of the part that the vCPU on `cpu` holds; an overrun is paid.
    #[inline(always)]
    pub(super) fn return_grant(&mut self, cpu: Cpu, now: Instant) {
        let on = self.cpus.at_mut(cpu.index());
        if !on.capped {
            return;
        }
        let grant = core::mem::replace(&mut on.grant, 0);
        on.capped = false;
        let slot = self.slots.at_mut(usize::from(on.run));
        slot.overruns = slot.overruns.saturating_add(u64::from(grant < 0));
        let g = slot.group;
        let group = self.groups.at_mut(usize::from(g));
        group.budget = group.budget.saturating_add(grant).min(group.total);
        self.notice(g, now);
    }

    /// True if what runs on `cpu` still has budget, taking another part if needed.
    #[inline(never)]
    pub(super) fn renew_grant(&mut self, cpu: Cpu, now: Instant) -> bool {
        let on = self.cpus.at(cpu.index());
        let g = self.slot(on.run).group;
        let capped = self.groups.at(usize::from(g)).total != 0;
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
    pub(super) fn park(&mut self, v: u16) -> CpuSet {
        self.leave(v);
        let slot = self.slots.at_mut(usize::from(v));
        (slot.urgent, slot.side) = (false, Aside::Parked);
        let (g, key) = (slot.group, slot.vtime);
        let group = self.groups.at_mut(usize::from(g));
        group.parked.insert(&mut self.slots, v, key, 1);
        let next = group.next;
        self.refills.insert(&mut self.groups, g, next, 1);
        self.ask_to_share(g)
    }

    /// Takes `v`, which is parked, from the parked of its group.
    #[inline(never)]
    pub(super) fn unpark(&mut self, v: u16) {
        let slot = self.slots.at_mut(usize::from(v));
        slot.side = Aside::No;
        let g = slot.group;
        let group = self.groups.at_mut(usize::from(g));
        group.parked.remove(&mut self.slots, v);
        if group.parked.is_empty() {
            self.refills.remove(&mut self.groups, g);
        }
    }

    /// The pCPUs that run members of `g`.
    pub(super) fn running(&self, g: u16) -> CpuSet {
        let busy = CpuSet::ALL.without(self.idle);
        let others = busy.iter().filter(|cpu| self.slot(self.on(*cpu).run).group != g);
        others.fold(busy, |rest, cpu| rest.without(CpuSet::only(cpu)))
    }

    /// A running member of `g` that holds enough to share.
    fn ask_to_share(&mut self, g: u16) -> CpuSet {
        for cpu in self.running(g).iter() {
            let on = self.cpus.at_mut(cpu.index());
            if on.capped && on.grant > 2 * QUANTUM {
                on.share = true;
                return CpuSet::only(cpu);
            }
        }
        CpuSet::EMPTY
    }

    /// The budget of `g` changed: makes its event due at `now` if a parked member could run.
    #[inline(never)]
    fn notice(&mut self, g: u16, now: Instant) {
        let group = self.groups.at(usize::from(g));
        if !group.parked.is_empty() {
            let at = if group.total == 0 || group.budget > 0 { now } else { group.next };
            if *group.refill.key() != at {
                self.refills.remove(&mut self.groups, g);
                self.refills.insert(&mut self.groups, g, at, 1);
            }
        }
    }

    /// The group whose event comes first, and when.
    pub(super) fn first_refill(&self) -> Option<(Instant, u16)> {
        let g = self.refills.first(&self.groups)?;
        Some((*self.groups.at(usize::from(g)).refill.key(), g))
    }
}

impl<O: Order, M: Slots, G: Groups> Fair<O, M, G> {
    /// Handles the event of `g`: releases one parked member.
    #[inline(never)]
    pub(super) fn release_one(&mut self, g: u16, now: Instant) -> CpuSet {
        let enough = self.core.has_budget(g, now);
        let parked = self.core.groups.at(usize::from(g)).parked;
        let first = parked.first(&self.core.slots).filter(|_| enough);
        let kick = first.map_or(CpuSet::EMPTY, |v| {
            self.core.unpark(v);
            self.enter(v, false, now)
        });
        self.core.notice(g, now);
        kick
    }
}

/// The budget, in ns, of a period under a cap in per cent.
fn budget_of(cap: u32, period: Duration) -> i64 {
    i64::try_from(period.nanos().saturating_mul(u64::from(cap)) / 100).unwrap_or(i64::MAX)
}
