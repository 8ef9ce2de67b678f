//! The state of a pool: the line, the pCPUs, and the moves of a vCPU between them.

use super::slot::{EVENTS, LINE, Place, Seat};
use super::{Rule, Slot, Span};
use crate::tree::Tree;
use crate::{Cpu, CpuSet, Instant, Refused, Table, Vcpu};

/// An array of `T`.
pub trait Memory<T>: AsRef<[T]> + AsMut<[T]> {}

impl<T, M: AsRef<[T]> + AsMut<[T]>> Memory<T> for M {}

/// The policy of one pool under the rule `R`. `M` is the memory of its slots, one for each vCPU that can be added.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Global<R: Rule, M> {
    pub(super) rule: R,
    pub(super) slots: Table<Slot<R::Own>, M>,
    pub(super) seats: Table<Seat, [Seat; Cpu::LIMIT]>,
    pub(super) cpus: CpuSet,
    /// pCPUs that run nobody.
    pub(super) idle: CpuSet,
    /// pCPUs that owe a pick.
    pub(super) kicked: CpuSet,
    /// pCPUs that knew of somebody in line when they last picked.
    pub(super) contested: CpuSet,
    pub(super) line: Tree<LINE>,
    pub(super) events: Tree<EVENTS>,
}

impl<R: Rule, M: Memory<Slot<R::Own>>> Global<R, M> {
    /// A policy for the pCPUs `cpus`, without vCPUs.
    ///
    /// # Errors
    /// A pool needs at least one pCPU.
    pub fn new(slots: M, params: R::Pool, cpus: CpuSet, _now: Instant) -> Result<Self, Refused> {
        if cpus.is_empty() {
            return Err(Refused::new("a pool needs at least one pCPU", 0, 1, 0));
        }
        Ok(Self {
            rule: R::new(params, cpus),
            slots: Table::new(slots, Slot::EMPTY),
            seats: Table::new([Seat::EMPTY; Cpu::LIMIT], Seat::EMPTY),
            cpus,
            idle: CpuSet::ALL,
            kicked: CpuSet::EMPTY,
            contested: CpuSet::EMPTY,
            line: Tree::new(),
            events: Tree::new(),
        })
    }

    /// The state of `v`; an empty slot if there is no such vCPU.
    pub fn slot(&self, v: Vcpu) -> &Slot<R::Own> {
        self.slots.at(v.index())
    }

    /// Where `v` could run.
    pub(super) fn open(&self, v: Vcpu) -> CpuSet {
        self.slots.at(v.index()).affinity.hard.and(self.cpus)
    }

    /// Puts a ready vCPU that does not run into the line, where the rule sends it.
    pub(super) fn enqueue(&mut self, v: Vcpu, now: Instant) {
        let open = self.open(v);
        self.rule.queue(&mut self.slots.at_mut(v.index()).own, open, now);
        self.link(v);
    }

    /// Puts it into both trees, by what it has.
    pub(super) fn link(&mut self, v: Vcpu) {
        let slot = self.slots.at(v.index());
        let (key, event, mask) = (self.rule.key(&slot.own), self.rule.event(&slot.own), slot.mask());
        if let Some(event) = event {
            self.events.insert(&mut self.slots, v.0, u128::from(event.nanos()), 0);
        }
        let Some(key) = key else { return };
        self.line.insert(&mut self.slots, v.0, key, mask.bits());
    }

    /// Takes it out of both trees.
    pub(super) fn unlink(&mut self, v: Vcpu) {
        self.line.remove(&mut self.slots, v.0);
        self.events.remove(&mut self.slots, v.0);
    }

    /// The first in line for `cpu`.
    pub(super) fn first_for(&self, cpu: Cpu) -> Option<Vcpu> {
        let wanted = CpuSet::only(cpu).and(self.cpus).bits();
        self.line.first_with(&self.slots, wanted).map(Vcpu)
    }

    /// Charges the runner of `cpu`, if it has one.
    pub(super) fn charge(&mut self, cpu: Cpu, now: Instant) -> Option<Vcpu> {
        let v = self.seats.at(cpu.index()).runs?;
        let contested = self.contested.contains(cpu);
        let slot = self.slots.at_mut(v.index());
        // Once at each instant is enough, unless the rule changes something at this one.
        let charged = slot.since == now && self.rule.event(&slot.own).is_none_or(|at| at > now);
        if slot.ready && !charged {
            let span = Span { cpu, from: slot.since, to: now, contested };
            slot.since = slot.since.max(now);
            slot.served += span.length();
            self.rule.charge(&mut slot.own, span);
        }
        Some(v)
    }

    /// Makes `next` the runner of `cpu` in place of `old`, which stays bound to it until it is saved.
    pub(super) fn hand_over(&mut self, cpu: Cpu, old: Option<Vcpu>, next: Option<Vcpu>, now: Instant) {
        if let Some(v) = next {
            self.unlink(v);
            let slot = self.slots.at_mut(v.index());
            (slot.place, slot.last, slot.since) = (Place::Runs(cpu), Some(cpu), now);
        }
        if let Some(v) = old {
            let slot = self.slots.at_mut(v.index());
            slot.place = Place::Leaves(cpu);
            if slot.ready {
                self.enqueue(v, now);
            }
        }
        self.seats.at_mut(cpu.index()).runs = next;
        let bit = CpuSet::only(cpu);
        self.idle = if next.is_none() { self.idle.or(bit) } else { self.idle.without(bit) };
    }
}
