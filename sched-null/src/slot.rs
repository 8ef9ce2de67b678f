//! What the policy knows of one vCPU and of one pCPU.

use sched::tree::{Entry, Node};
use sched::{Affinity, Cpu, CpuSet, Duration, Instant, Vcpu};

/// The waiting line seen through soft affinities.
pub(crate) const SOFT: usize = 0;
/// The waiting line seen through hard affinities.
pub(crate) const HARD: usize = 1;

/// Behind all places.
pub(crate) const NO_PLACE: u64 = u64::MAX;

/// The state of one vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    pub(crate) present: bool,
    pub(crate) ready: bool,
    pub(crate) affinity: Affinity,
    /// The pCPU it owns.
    pub(crate) own: Option<Cpu>,
    /// The pCPU on which it has the turn: its own, or a lent one. None while its own is there for others.
    pub(crate) home: Option<Cpu>,
    /// Its place among those that are switched on but own no pCPU, lower first; [`NO_PLACE`] for all others.
    pub(crate) place: u64,
    /// Where its context is: it runs there, or has not been saved there yet.
    pub(crate) bound: Option<Cpu>,
    /// Start of the stretch not yet in `served`, while it runs.
    pub(crate) since: Instant,
    pub(crate) served: Duration,
    pub(crate) soft: Node<u64>,
    pub(crate) hard: Node<u64>,
}

impl Slot {
    /// A slot without a vCPU.
    pub const EMPTY: Self = Self {
        present: false,
        ready: false,
        affinity: Affinity::ANY,
        own: None,
        home: None,
        place: NO_PLACE,
        bound: None,
        since: Instant::ZERO,
        served: Duration::ZERO,
        soft: Node::new(0),
        hard: Node::new(0),
    };

    /// Where it goes best among `open`, which it may use: where its context is if it prefers that pCPU, then a
    /// preferred one, then any.
    pub(crate) fn nearest(&self, open: CpuSet) -> Option<Cpu> {
        let fond = open.and(self.affinity.soft);
        let here = self.bound.filter(|cpu| fond.contains(*cpu));
        here.or(fond.first()).or(open.first())
    }

    /// True while it waits for a pCPU to own.
    pub(crate) fn waits(&self) -> bool {
        self.place != NO_PLACE
    }

    /// True while it is in the line.
    pub(crate) fn is_queued(&self) -> bool {
        self.hard.is_linked()
    }
}

impl Entry for Slot {
    type Key = u64;
    #[inline(always)]
    fn node(&self, tree: usize) -> &Node<u64> {
        if tree == SOFT { &self.soft } else { &self.hard }
    }
    #[inline(always)]
    fn node_mut(&mut self, tree: usize) -> &mut Node<u64> {
        if tree == SOFT { &mut self.soft } else { &mut self.hard }
    }
}

/// The state of one pCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Seat {
    /// Whose it is.
    pub(crate) owner: Option<Vcpu>,
    /// Who has the turn on it: the owner, or who borrowed it.
    pub(crate) user: Option<Vcpu>,
    /// Who runs on it: the user, or one that must leave at the next pick.
    pub(crate) runs: Option<Vcpu>,
}

impl Seat {
    pub(crate) const EMPTY: Self = Self { owner: None, user: None, runs: None };
}
