//! What is kept for each group and each pCPU.

use super::GroupParams;
use super::slot::NIL;
use crate::Instant;
use crate::tree::{Linked, Node, Tree};

/// A group as a policy of fair shares sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GroupSlot {
    /// In the pool's list of budget events while somebody of the group is parked.
    pub(super) refill: Node<Instant>,
    /// Members that are ready but have no budget.
    pub(super) parked: Tree<1>,
    pub(super) params: GroupParams,
    /// Budget of a period in ns; 0 without a cap.
    pub(super) total: i64,
    /// Budget not handed out in this period, in ns; a debt is negative.
    pub(super) budget: i64,
    /// The end of this period.
    pub(super) next: Instant,
    /// Its vCPUs.
    pub(super) members: u16,
    /// Members that are ready, parked ones included.
    pub(super) ready: u16,
}

impl GroupSlot {
    /// A group with default parameters and without members.
    pub const EMPTY: Self = Self {
        refill: Node::new(Instant::ZERO),
        parked: Tree::new(),
        params: GroupParams::DEFAULT,
        total: 0,
        budget: 0,
        next: Instant::ZERO,
        members: 0,
        ready: 0,
    };
}

impl Linked<0> for GroupSlot {
    type Key = Instant;
    fn node(&self) -> &Node<Instant> {
        &self.refill
    }
    fn node_mut(&mut self) -> &mut Node<Instant> {
        &mut self.refill
    }
}

/// A pCPU as a policy of fair shares sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OnCpu {
    /// The virtual time up to which this pCPU has served everybody who wants it.
    pub(super) line: u128,
    /// What runs was charged up to here.
    pub(super) since: Instant,
    /// When it was put on the pCPU.
    pub(super) started: Instant,
    /// The end of its slice; the far end of time if nobody else could run here at the last `pick`.
    pub(super) end: Instant,
    /// The instant that the last `pick` asked for; the far end of time if none.
    pub(super) until: Instant,
    /// The part of its group's budget that the running vCPU holds, in ns.
    pub(super) grant: i64,
    pub(super) run: u16,
    /// The vCPU for which this pCPU was kicked.
    pub(super) promise: u16,
    pub(super) yielded: bool,
    /// What runs lives on a grant.
    pub(super) capped: bool,
    /// A parked sibling wants a part of the grant.
    pub(super) share: bool,
}

impl OnCpu {
    pub(super) const IDLE: Self = Self {
        line: 0,
        since: Instant::ZERO,
        started: Instant::ZERO,
        end: Instant::MAX,
        until: Instant::MAX,
        grant: 0,
        run: NIL,
        promise: NIL,
        yielded: false,
        capped: false,
        share: false,
    };

    /// The vCPU that runs here; no vCPU has the index of an idle pCPU.
    pub fn run(&self) -> u16 {
        self.run
    }

    /// When it was put here.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Nobody else could run here when it last picked.
    #[inline(always)]
    pub(super) fn is_lone(&self) -> bool {
        self.end == Instant::MAX
    }
}
