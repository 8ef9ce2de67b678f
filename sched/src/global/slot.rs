//! The state of one vCPU and of one pCPU, as far as it is the same under every rule.

use crate::tree::{Entry, Node};
use crate::{Affinity, Cpu, CpuSet, Duration, Instant, Vcpu};
use core::fmt::Debug;
use core::hash::Hash;

/// The line: vCPUs that wait and may run, by their key.
pub(super) const LINE: usize = 0;
/// vCPUs that wait and are changed by time alone, by when that is.
pub(super) const EVENTS: usize = 1;

/// What a rule keeps of one vCPU.
pub trait Own: Copy + Eq + Hash + Debug + 'static {
    /// For a slot without a vCPU.
    const EMPTY: Self;
}

/// Where a vCPU's context is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Place {
    /// In memory.
    Away,
    /// On this pCPU, where it runs.
    Runs(Cpu),
    /// On this pCPU, which runs something else already; `saved` is still to come.
    Leaves(Cpu),
}

/// The state of one vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot<O> {
    pub(super) present: bool,
    pub(super) ready: bool,
    pub(super) place: Place,
    pub(super) last: Option<Cpu>,
    pub(super) affinity: Affinity,
    /// Up to when it is charged, while it runs.
    pub(super) since: Instant,
    pub(super) served: Duration,
    pub(super) own: O,
    pub(super) line: Node<u128>,
    pub(super) event: Node<u128>,
}

impl<O: Own> Slot<O> {
    /// A slot without a vCPU.
    pub const EMPTY: Self = Self {
        present: false,
        ready: false,
        place: Place::Away,
        last: None,
        affinity: Affinity::ANY,
        since: Instant::ZERO,
        served: Duration::ZERO,
        own: O::EMPTY,
        line: Node::new(0),
        event: Node::new(0),
    };

    /// What the rule keeps of this vCPU.
    pub const fn own(&self) -> &O {
        &self.own
    }

    /// True while it is in line and may run.
    pub const fn waits(&self) -> bool {
        self.line.is_linked()
    }

    /// Where it may be taken while it waits: until it is saved, only where it leaves.
    pub(super) fn mask(&self) -> CpuSet {
        match self.place {
            Place::Leaves(cpu) => self.affinity.hard.and(CpuSet::only(cpu)),
            _ => self.affinity.hard,
        }
    }
}

impl<O: Own> Entry for Slot<O> {
    type Key = u128;
    #[inline(always)]
    fn node(&self, tree: usize) -> &Node<u128> {
        if tree == LINE { &self.line } else { &self.event }
    }
    #[inline(always)]
    fn node_mut(&mut self, tree: usize) -> &mut Node<u128> {
        if tree == LINE { &mut self.line } else { &mut self.event }
    }
}

/// The state of one pCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Seat {
    /// Who runs on it.
    pub(super) runs: Option<Vcpu>,
    /// For whom it was last asked to pick.
    pub(super) pledge: Option<Vcpu>,
    /// When it picks again by itself; the far end of time: never.
    pub(super) until: Instant,
    /// The key of the first in line for which that was decided; without one the largest.
    pub(super) rival: u128,
}

impl Seat {
    pub(super) const EMPTY: Self = Self { runs: None, pledge: None, until: Instant::MAX, rival: u128::MAX };
}
