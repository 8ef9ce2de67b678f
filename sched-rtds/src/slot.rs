//! What the policy knows of one vCPU.

use crate::rank::Rank;
use crate::{SLICE, VcpuParams};
use sched::tree::{Entry, Node};
use sched::{Affinity, Cpu, CpuSet, Duration, Instant};

/// The tree of vCPUs that could run, by rank.
pub(crate) const RUN: usize = 0;
/// The tree of servers that time alone replenishes, by deadline.
pub(crate) const REFILL: usize = 1;

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

/// The state of one vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    pub(crate) present: bool,
    pub(crate) ready: bool,
    /// It was ready from the start of its present period on.
    pub(crate) whole: bool,
    /// It offered its pCPU since the last pick.
    pub(crate) yielded: bool,
    /// Its budget ended while it ran, since the last pick: it has to queue for a turn first.
    pub(crate) joined: bool,
    /// It came to wait while its context was being saved: it is placed after that.
    pub(crate) unplaced: bool,
    pub(crate) place: Place,
    pub(crate) last: Option<Cpu>,
    pub(crate) affinity: Affinity,
    /// Where it may run in fact: inside its affinity, on its own pCPU if the pool is partitioned.
    pub(crate) hard: CpuSet,
    /// In which sum its reservation counts.
    pub(crate) home: u8,
    pub(crate) params: VcpuParams,
    /// Parameters that wait for the next replenishment.
    pub(crate) next: Option<VcpuParams>,
    /// What is left of the budget, ns; negative: a debt. Never positive without a reservation.
    pub(crate) left: i64,
    /// The end of the present period.
    pub(crate) deadline: Instant,
    /// What is left of the turn at the best-effort level, and the place in that line.
    pub(crate) slice: Duration,
    pub(crate) ticket: u64,
    /// Start of the stretch not yet charged, while it runs.
    pub(crate) since: Instant,
    pub(crate) served: Duration,
    pub(crate) shortfalls: u64,
    pub(crate) overruns: u64,
    pub(crate) worst_lateness: Duration,
    pub(crate) run: Node<u64>,
    pub(crate) refill: Node<u64>,
}

impl Slot {
    /// A slot without a vCPU.
    pub const EMPTY: Self = Self {
        present: false,
        ready: false,
        whole: false,
        yielded: false,
        joined: false,
        unplaced: false,
        place: Place::Away,
        last: None,
        affinity: Affinity::ANY,
        hard: CpuSet::ALL,
        home: 0,
        params: VcpuParams::BEST_EFFORT,
        next: None,
        left: 0,
        deadline: Instant::ZERO,
        slice: Duration::ZERO,
        ticket: 0,
        since: Instant::ZERO,
        served: Duration::ZERO,
        shortfalls: 0,
        overruns: 0,
        worst_lateness: Duration::ZERO,
        run: Node::new(u64::MAX),
        refill: Node::new(0),
    };

    /// The reservation that it is promised: the one that waits for the boundary, if there is one.
    pub(crate) fn promised(&self) -> &VcpuParams {
        self.next.as_ref().unwrap_or(&self.params)
    }

    /// True while it runs inside its reservation.
    pub(crate) fn has_budget(&self) -> bool {
        self.left > 0
    }

    /// True unless its budget is used up and it has nothing else.
    // [RTDS-R-02]
    pub(crate) fn may_run(&self) -> bool {
        self.has_budget() || !self.params.stops()
    }

    /// Where it may be taken while it waits in a pool of `cpus`: until it is saved, only where it leaves.
    // [RTDS-R-13]
    pub(crate) fn mask(&self, cpus: CpuSet) -> CpuSet {
        match self.place {
            Place::Leaves(cpu) => self.mask_leaving(CpuSet::only(cpu), cpus),
            _ => self.hard,
        }
    }

    /// The same for one that leaves the pCPU `bit`. If it may run nowhere else anyhow, its mask need not
    /// change when it is saved.
    #[inline(always)]
    pub(crate) fn mask_leaving(&self, bit: CpuSet, cpus: CpuSet) -> CpuSet {
        let hard = self.hard;
        if hard.and(cpus) == bit { hard } else { hard.and(bit) }
    }

    /// True if it could go on running on one of `cpus`.
    #[inline(always)]
    pub(crate) fn may_stay(&self, cpus: CpuSet) -> bool {
        self.ready && self.may_run() && !self.hard.and(cpus).is_empty()
    }

    /// True if one of rank `other`, who waits, should have its pCPU. A turn at the best-effort level is not
    /// cut short by others of that level; whoever drops to that level while running queues for its turn.
    #[inline(always)]
    pub(crate) fn gives_way(&self, other: Rank) -> bool {
        let mine = self.rank();
        if self.has_budget() {
            other < mine || (self.yielded && other == mine)
        } else {
            !other.is_spare() || self.slice.is_zero() || (self.joined && other < mine)
        }
    }

    /// Charges a runner, as [`Self::charge`] does, and lets it queue for a turn if its budget ended.
    #[inline(always)]
    pub(crate) fn account(&mut self, tickets: &mut u64, watched: bool, now: Instant) {
        if self.ready {
            self.charge(now, watched);
            if self.joined {
                self.take_turn(tickets);
            }
        }
    }

    /// A new turn at the end of the best-effort line, for one who joins it with none left.
    #[inline(always)]
    pub(crate) fn take_turn(&mut self, tickets: &mut u64) {
        if self.slice.is_zero() && !self.has_budget() {
            (self.slice, self.ticket) = (SLICE, *tickets);
            *tickets = tickets.saturating_add(1);
        }
    }

    /// How long it may run now: what is left of its budget, or of its turn.
    pub(crate) fn rest(&self) -> Duration {
        if self.left > 0 { Duration::from_nanos(self.left.unsigned_abs()) } else { self.slice }
    }

    /// Its place in the order of running.
    // [RTDS-R-04] [RTDS-R-15]
    pub(crate) fn rank(&self) -> Rank {
        if self.has_budget() { Rank::reserved(self.deadline, self.params.urgent()) } else { Rank::spare(self.ticket) }
    }
}

impl Entry for Slot {
    type Key = u64;
    #[inline(always)]
    fn node(&self, tree: usize) -> &Node<u64> {
        if tree == RUN { &self.run } else { &self.refill }
    }
    #[inline(always)]
    fn node_mut(&mut self, tree: usize) -> &mut Node<u64> {
        if tree == RUN { &mut self.run } else { &mut self.refill }
    }
}
