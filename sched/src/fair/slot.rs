//! What is kept for each vCPU.

use super::GroupSlot;
use crate::tree::{Entry, Node};
use crate::{Affinity, Cpu, CpuSet, Duration, Instant};

/// No vCPU.
pub(super) const NIL: u16 = u16::MAX;
/// No pCPU.
pub(super) const NOWHERE: u8 = u8::MAX;

/// A vCPU's place in the run queue: smaller runs first.
pub(super) type Key = u128;

/// Set in the key of everyone who is not urgent.
const ORDINARY: Key = 1 << 127;

/// The memory of all vCPUs.
pub trait Slots: AsRef<[Slot]> + AsMut<[Slot]> {}
impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Slots for M {}

/// The memory of all groups.
pub trait Groups: AsRef<[GroupSlot]> + AsMut<[GroupSlot]> {}
impl<G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Groups for G {}

/// In which tree a vCPU's second node is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Aside {
    /// In none.
    No,
    /// Its group's parked.
    Parked,
    /// The pool's list of those that become urgent when they have credit.
    Owed,
    /// The pool's list of those that wait for their own pCPU.
    Warm,
}

/// A vCPU as a policy of fair shares sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    /// In the run queue while it waits for a pCPU.
    pub(super) turn: Node<Key>,
    /// In the tree that `side` names.
    pub(super) aside: Node<Key>,
    pub(super) side: Aside,
    /// The slot is taken.
    pub(super) member: bool,
    pub(super) ready: bool,
    /// It goes first, ahead of the order by virtual time.
    pub(super) urgent: bool,
    /// It counts in the pool's sums: it waits in the run queue or holds a pCPU.
    pub(super) competes: bool,
    /// Where it runs.
    pub(super) on: u8,
    /// Where its context still is.
    pub(super) unsaved: u8,
    /// The kicked pCPU that will take it; no other pCPU may.
    pub(super) promised: u8,
    /// Where it ran last.
    pub(super) last: u8,
    pub(super) group: u16,
    /// The changes of weights that it has seen.
    pub(super) edition: u32,
    /// The weight by which it is charged.
    pub(super) weight: u32,
    /// Its own weight; 0 = its group's.
    pub(super) own_weight: u32,
    /// Service received, in 2⁻⁴⁰ ns, divided by weight.
    pub(super) vtime: u128,
    /// 2⁴⁰ / `weight`, so that charging needs no division.
    pub(super) inverse: u64,
    /// `inverse` × `weight`: what a nanosecond adds to the pool's sum.
    pub(super) share: u64,
    /// Time for which it ran, in ns.
    pub(super) served: u64,
    /// Its key while it is urgent.
    pub(super) stamp: u64,
    pub(super) hint: Duration,
    pub(super) affinity: Affinity,
    /// Times it ran past its budget.
    pub(super) overruns: u64,
}

impl Slot {
    /// A slot without a vCPU.
    pub const EMPTY: Self = Self {
        turn: Node::new(0),
        aside: Node::new(0),
        side: Aside::No,
        member: false,
        ready: false,
        urgent: false,
        competes: false,
        on: NOWHERE,
        unsaved: NOWHERE,
        promised: NOWHERE,
        last: NOWHERE,
        group: 0,
        edition: 0,
        weight: 0,
        own_weight: 0,
        vtime: 0,
        inverse: 0,
        share: 0,
        served: 0,
        stamp: 0,
        hint: Duration::ZERO,
        affinity: Affinity { hard: CpuSet::EMPTY, soft: CpuSet::EMPTY },
        overruns: 0,
    };

    /// Its place in the run queue: the urgent first, by their stamps; then by least service for the weight.
    #[inline(always)]
    pub fn key(&self) -> u128 {
        if self.urgent { Key::from(self.stamp) } else { ORDINARY | self.vtime }
    }

    /// It goes first, ahead of the order by virtual time.
    pub fn is_urgent(&self) -> bool {
        self.urgent
    }

    /// It waits, and becomes urgent when it has credit.
    pub fn is_owed(&self) -> bool {
        self.side == Aside::Owed
    }

    /// It ran on this pCPU when it ran last.
    pub fn ran_last_on(&self, cpu: Cpu) -> bool {
        self.last == cpu.0
    }

    /// Service received, divided by weight (2⁻⁴⁰ ns / weight).
    pub fn vtime(&self) -> u128 {
        self.vtime
    }

    /// The weight by which it is charged.
    pub fn weight(&self) -> u32 {
        self.weight
    }

    /// Its urgency, while it runs, ends at `end`.
    #[inline(always)]
    pub(super) fn calm(&mut self, end: Instant, now: Instant) {
        if self.urgent && end <= now {
            self.urgent = false;
        }
    }

    /// Where it may run at all in this pool. A vCPU whose pCPUs have all left the pool may use the others.
    #[inline(always)]
    pub(super) fn allowed(&self, pool: CpuSet) -> CpuSet {
        let allowed = self.affinity.hard.and(pool);
        if allowed.is_empty() { pool } else { allowed }
    }
}

impl Entry for Slot {
    type Key = Key;
    #[inline(always)]
    fn node(&self, tree: usize) -> &Node<Key> {
        if tree == 0 { &self.turn } else { &self.aside }
    }
    #[inline(always)]
    fn node_mut(&mut self, tree: usize) -> &mut Node<Key> {
        if tree == 0 { &mut self.turn } else { &mut self.aside }
    }
}
