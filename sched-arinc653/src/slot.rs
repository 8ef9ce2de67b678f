//! What the policy knows of one vCPU, and of the partition with the same number.

use sched::tree::{Linked, Node, Tree};
use sched::{Affinity, Cpu, CpuSet, Duration, Group, Instant};

/// The tree of ready vCPUs of one partition that do not run, first come first.
pub(crate) const READY: usize = 0;

/// Where a vCPU's context is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Place {
    /// In memory.
    Away,
    /// On this pCPU, where it runs.
    Runs(Cpu),
    /// On this pCPU, which runs something else already; `saved` is still to come.
    Leaves(Cpu),
}

/// The state of one vCPU. Slot k also holds the line of partition k: there are never more partitions
/// than vCPUs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    pub(crate) present: bool,
    pub(crate) ready: bool,
    /// It came to wait while its context was being saved: it is placed after that.
    pub(crate) unplaced: bool,
    pub(crate) group: Group,
    pub(crate) place: Place,
    pub(crate) last: Option<Cpu>,
    pub(crate) affinity: Affinity,
    /// What is left of its turn.
    pub(crate) turn: Duration,
    /// Its place in the line of the partition.
    pub(crate) ticket: u64,
    /// Start of the stretch not yet charged, while it runs.
    pub(crate) since: Instant,
    pub(crate) served: Duration,
    pub(crate) overruns: u64,
    /// Starts of windows that were later than the limit.
    pub(crate) late_starts: u64,
    pub(crate) worst_lateness: Duration,
    pub(crate) node: Node<u64>,
    /// The line of the partition that has the number of this slot.
    pub(crate) line: Tree<READY>,
}

impl Slot {
    /// A slot without a vCPU, and a partition without ready vCPUs.
    pub const EMPTY: Self = Self {
        present: false,
        ready: false,
        unplaced: false,
        group: Group(0),
        place: Place::Away,
        last: None,
        affinity: Affinity::ANY,
        turn: Duration::ZERO,
        ticket: 0,
        since: Instant::ZERO,
        served: Duration::ZERO,
        overruns: 0,
        late_starts: 0,
        worst_lateness: Duration::ZERO,
        node: Node::new(0),
        line: Tree::new(),
    };

    // [ARINC-R-15]
    /// Where it may be taken while it waits in a pool of `cpus`: until it is saved, only where it leaves. If
    /// it may run nowhere else anyhow, its mask need not change when it is saved.
    pub(crate) fn mask(&self, cpus: CpuSet) -> CpuSet {
        let hard = self.affinity.hard;
        match self.place {
            Place::Leaves(cpu) if hard.and(cpus) != CpuSet::only(cpu) => hard.and(CpuSet::only(cpu)),
            _ => hard,
        }
    }

    // [ARINC-R-12]
    /// Charges execution up to `now`.
    pub(crate) fn charge(&mut self, now: Instant) {
        let ran = now.since(self.since);
        self.since = self.since.max(now);
        self.served += ran;
        self.turn = self.turn.saturating_sub(ran);
    }
}

impl Linked<READY> for Slot {
    type Key = u64;
    fn node(&self) -> &Node<u64> {
        &self.node
    }
    fn node_mut(&mut self) -> &mut Node<u64> {
        &mut self.node
    }
}
