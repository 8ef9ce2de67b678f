//! What is kept for each vCPU, each group and each pCPU.

use crate::params::{GroupParams, VcpuParams};
use sched::tree::{Entry, Linked, Node, Tree};
use sched::{Affinity, CpuSet, Instant};

/// No vCPU.
pub(crate) const NIL: u16 = u16::MAX;
/// No pCPU.
pub(crate) const NOWHERE: u8 = u8::MAX;

/// A vCPU's place in the run queue: smaller runs first.
pub(crate) type Key = u128;

/// A vCPU as this policy sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    /// In the run queue while it waits for a pCPU.
    pub(crate) turn: Node<Key>,
    /// In its group's list while it is parked for want of budget; in the pool's list of those that are owed
    /// a BOOST while it waits in the run queue.
    pub(crate) aside: Node<Key>,
    /// Service received, in 2⁻⁴⁰ ns, divided by weight.
    pub(crate) vtime: u128,
    /// Its key while it has a BOOST.
    pub(crate) stamp: u64,
    /// Time for which it ran, in ns.
    pub(crate) served: u64,
    /// 2⁴⁰ / `weight`, so that charging needs no division.
    pub(crate) inverse: u64,
    /// The weight by which it is charged.
    pub(crate) weight: u32,
    pub(crate) params: VcpuParams,
    pub(crate) affinity: Affinity,
    pub(crate) group: u16,
    /// The slot is taken.
    pub(crate) member: bool,
    pub(crate) ready: bool,
    /// It has a BOOST: it goes first.
    pub(crate) boost: bool,
    /// It woke without credit: a BOOST is owed when it has some.
    pub(crate) owed: bool,
    /// It counts in the pool's sums: it waits in the run queue or holds a pCPU.
    pub(crate) competes: bool,
    /// Where it runs.
    pub(crate) on: u8,
    /// Where its context still is.
    pub(crate) unsaved: u8,
    /// The kicked pCPU that will take it; no other pCPU may.
    pub(crate) promised: u8,
    /// Where it ran last.
    pub(crate) last: u8,
    /// Times it ran past its budget.
    pub(crate) overruns: u64,
}

impl Slot {
    /// A slot without a vCPU.
    pub const EMPTY: Self = Self {
        turn: Node::new(0),
        aside: Node::new(0),
        vtime: 0,
        stamp: 0,
        served: 0,
        inverse: 0,
        weight: 0,
        params: VcpuParams::DEFAULT,
        affinity: Affinity { hard: CpuSet::EMPTY, soft: CpuSet::EMPTY },
        group: 0,
        member: false,
        ready: false,
        boost: false,
        owed: false,
        competes: false,
        on: NOWHERE,
        unsaved: NOWHERE,
        promised: NOWHERE,
        last: NOWHERE,
        overruns: 0,
    };
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

/// A group as this policy sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GroupSlot {
    /// In the pool's list of budget events while somebody of the group is parked.
    pub(crate) refill: Node<Instant>,
    /// Members that are ready but have no budget.
    pub(crate) parked: Tree<1>,
    pub(crate) params: GroupParams,
    /// Budget of a period in ns; 0 without a cap.
    pub(crate) total: i64,
    /// Budget not handed out in this period, in ns; a debt is negative.
    pub(crate) budget: i64,
    /// The end of this period.
    pub(crate) next: Instant,
    /// Members that are ready, parked ones included.
    pub(crate) ready: u16,
    /// Members on a pCPU.
    pub(crate) running: u16,
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
        ready: 0,
        running: 0,
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

/// A pCPU as this policy sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct OnCpu {
    /// The virtual time up to which this pCPU has served everybody who wants it.
    pub(crate) line: u128,
    /// The part of its group's budget that the running vCPU holds, in ns.
    pub(crate) grant: i64,
    /// What runs was charged up to here.
    pub(crate) since: Instant,
    /// When it was put on the pCPU.
    pub(crate) started: Instant,
    /// Until when its BOOST lasts.
    pub(crate) calm: Instant,
    /// The end of its slice, if others wait.
    pub(crate) end: Option<Instant>,
    /// The instant that the last `pick` asked for.
    pub(crate) until: Option<Instant>,
    pub(crate) run: u16,
    /// The vCPU for which this pCPU was kicked.
    pub(crate) promise: u16,
    /// Nobody else could run here when it last picked.
    pub(crate) lone: bool,
    pub(crate) yielded: bool,
    /// What runs lives on a grant.
    pub(crate) capped: bool,
    /// A parked sibling wants a part of the grant.
    pub(crate) share: bool,
}

impl OnCpu {
    pub(crate) const IDLE: Self = Self {
        line: 0,
        grant: 0,
        since: Instant::ZERO,
        started: Instant::ZERO,
        calm: Instant::ZERO,
        end: None,
        until: None,
        run: NIL,
        promise: NIL,
        lone: false,
        yielded: false,
        capped: false,
        share: false,
    };
}
