//! The state of a pool, the lines of its partitions, and whom a waiting vCPU may interrupt.

use crate::plan::Plan;
use crate::seat::Seat;
use crate::slot::Place;
use crate::{PoolParams, SLICE, Slack, Slot, Window};
use sched::{Affinity, Cpu, CpuSet, Duration, Group, Instant, Refused, Table, Vcpu};

/// The ARINC 653 policy of one pool: `M` is the memory of its slots, one for each vCPU that can be added
/// (and at least one per partition), `W` that of its windows.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Arinc653<M, W> {
    pub(crate) slots: Table<Slot, M>,
    pub(crate) plan: Plan<W>,
    pub(crate) seats: Table<Seat, [Seat; Cpu::LIMIT]>,
    pub(crate) cpus: CpuSet,
    /// pCPUs that owe a pick.
    pub(crate) kicked: CpuSet,
    pub(crate) slack: Slack,
    pub(crate) lateness_limit: Duration,
    /// When another schedule comes into force (never, if that is the far end of time), and which.
    pub(crate) switch_at: Instant,
    pub(crate) switch_to: u8,
    /// pCPUs that were told when the turn of their runner ends.
    pub(crate) turning: CpuSet,
    ticket: u64,
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, W: AsRef<[Window]> + AsMut<[Window]>> Arinc653<M, W> {
    /// A policy for the pCPUs `cpus` with this table of windows, in any order, and without vCPUs.
    ///
    /// # Errors
    /// What [`crate::validate`] refuses; a window without a pCPU of the pool; a pool without pCPUs.
    pub fn new(slots: M, windows: W, params: PoolParams, cpus: CpuSet, _now: Instant) -> Result<Self, Refused> {
        if cpus.is_empty() {
            return Err(Refused::new("a pool needs at least one pCPU", 0, 1, 0));
        }
        Ok(Self {
            slots: Table::new(slots, Slot::EMPTY),
            plan: Plan::new(windows, params, cpus)?,
            seats: Table::new([Seat::EMPTY; Cpu::LIMIT], Seat::EMPTY),
            cpus,
            kicked: CpuSet::EMPTY,
            slack: params.slack,
            lateness_limit: params.lateness_limit,
            switch_at: Instant::MAX,
            switch_to: params.schedule,
            turning: CpuSet::EMPTY,
            ticket: 0,
        })
    }

    // [ARINC-R-05]
    /// Puts a ready vCPU that does not run into the line of its partition; with a new turn if its last
    /// one is over.
    #[inline(never)]
    pub(crate) fn enqueue(&mut self, v: Vcpu) {
        let slot = self.slots.at_mut(v.index());
        if slot.turn.is_zero() {
            slot.turn = SLICE;
            slot.ticket = self.ticket;
            self.ticket = self.ticket.saturating_add(1);
        }
        let mask = slot.mask(self.cpus);
        let (group, ticket) = (slot.group.index(), slot.ticket);
        let mut line = self.slots.at(group).line;
        line.insert(&mut self.slots, v.0, ticket, mask.bits());
        self.slots.at_mut(group).line = line;
    }

    /// Takes a vCPU out of the line of its partition.
    #[inline(never)]
    pub(crate) fn dequeue(&mut self, v: Vcpu) {
        let group = self.slots.at(v.index()).group.index();
        let mut line = self.slots.at(group).line;
        line.remove(&mut self.slots, v.0);
        self.slots.at_mut(group).line = line;
    }

    /// Tells the line where `v` may run from now on.
    #[inline(never)]
    pub(crate) fn set_mask(&mut self, v: Vcpu, mask: CpuSet) {
        let group = self.slots.at(v.index()).group.index();
        let mut line = self.slots.at(group).line;
        line.set_mask(&mut self.slots, v.0, mask.bits());
        self.slots.at_mut(group).line = line;
    }

    /// The first vCPU of `group` in line for `cpu`.
    #[inline(never)]
    pub(crate) fn first_for(&self, group: Group, cpu: Cpu) -> Option<Vcpu> {
        self.slots.at(group.index()).line.first_with(&self.slots, CpuSet::only(cpu).bits()).map(Vcpu)
    }

    // [ARINC-R-04] [ARINC-R-07] [ARINC-R-18]
    /// Whom to ask to pick, now that `v` waits in line: an idle pCPU that its partition has at present;
    /// else those pCPUs of its partition that do not count turns yet; outside its windows nobody.
    pub(crate) fn place(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let slot = self.slots.at_mut(v.index());
        slot.unplaced = slot.place != Place::Away;
        if !slot.node.is_linked() || slot.unplaced {
            return CpuSet::EMPTY;
        }
        let (Affinity { hard, soft }, group, last) = (slot.affinity, slot.group, slot.last);
        let (mut free, mut busy) = (CpuSet::EMPTY, CpuSet::EMPTY);
        for cpu in hard.and(self.cpus).iter() {
            let seat = self.seats.at(cpu.index());
            let (owns, guest) = (seat.group_at(now) == Some(group), self.is_guest(cpu));
            // A guest of the window uses what nobody needs: it shares with other guests, and pre-empts nobody.
            let hosted = !owns && (guest || seat.runs.is_none()) && self.guests_of(cpu) == Some(group);
            if !owns && !hosted {
                continue;
            }
            if seat.runs.is_some() && (hosted || !guest) {
                busy = busy.or(CpuSet::only(cpu));
            } else if !self.is_pledged(cpu) {
                free = free.or(CpuSet::only(cpu));
            }
        }
        let fond = if free.and(soft).is_empty() { free } else { free.and(soft) };
        match last.filter(|cpu| fond.contains(*cpu)).or(fond.first()) {
            Some(cpu) => {
                self.seats.at_mut(cpu.index()).pledge = Some(v);
                self.kick(CpuSet::only(cpu))
            }
            None => self.kick(busy.without(self.turning)),
        }
    }

    // [ARINC-R-08]
    /// The partition that may use `cpu` while the owner of its window does not: that of the next window.
    pub(crate) fn guests_of(&self, cpu: Cpu) -> Option<Group> {
        if self.slack == Slack::Idle {
            return None;
        }
        self.seats.at(cpu.index()).next_index().map(|index| self.plan.at(index).group)
    }

    /// True if what runs on `cpu` is not of the partition whose window it is.
    pub(crate) fn is_guest(&self, cpu: Cpu) -> bool {
        let seat = self.seats.at(cpu.index());
        seat.runs.is_some_and(|v| !seat.holds(self.slots.at(v.index())))
    }

    // [ARINC-R-09]
    /// Puts the other schedule in force if that is due; all pCPUs have to pick again.
    #[inline(always)]
    pub(crate) fn switch_schedule(&mut self, now: Instant) -> CpuSet {
        if now < self.switch_at { CpuSet::EMPTY } else { self.activate_next() }
    }

    #[inline(never)]
    fn activate_next(&mut self) -> CpuSet {
        self.switch_at = Instant::MAX;
        self.plan.activate(self.switch_to);
        // Those of pCPUs outside the pool too: they may come back.
        self.seats.as_mut_slice().iter_mut().for_each(Seat::forget_place);
        self.kicked = self.kicked.or(self.cpus);
        self.cpus
    }

    /// True if `cpu` owes a pick for a vCPU that still waits for it.
    fn is_pledged(&self, cpu: Cpu) -> bool {
        let pledge = self.seats.at(cpu.index()).pledge;
        self.kicked.contains(cpu) && pledge.is_some_and(|v| self.slots.at(v.index()).node.is_linked())
    }

    /// Notes that `cpus` owe a pick, and returns those that did not yet.
    pub(crate) fn kick(&mut self, cpus: CpuSet) -> CpuSet {
        let fresh = cpus.without(self.kicked);
        self.kicked = self.kicked.or(cpus);
        fresh
    }

    // [ARINC-R-15]
    /// Makes `next` the runner of `cpu` in place of `old`, which stays bound to it until it is saved.
    pub(crate) fn hand_over(&mut self, cpu: Cpu, old: Option<Vcpu>, next: Option<Vcpu>, now: Instant) {
        if let Some(v) = next {
            self.dequeue(v);
            let slot = self.slots.at_mut(v.index());
            slot.place = Place::Runs(cpu);
            slot.last = Some(cpu);
            slot.since = now;
        }
        if let Some(v) = old {
            let slot = self.slots.at_mut(v.index());
            slot.place = Place::Leaves(cpu);
            if slot.ready {
                self.enqueue(v);
            }
        }
        self.seats.at_mut(cpu.index()).runs = next;
    }
}
