//! The order in which vCPUs run, as one number that a tree can sort by.

use sched::Instant;
use sched::tree::Node;

/// The order in which vCPUs run, lower first: urgent reservations, then the others, each by deadline; then best
/// effort by ticket.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Rank(u64);

impl Rank {
    const SPARE: u64 = 1 << 63;
    /// Reservations that are not urgent. Deadlines have the bits below: they pin to the end after 146 years.
    const PLAIN: u64 = 1 << 62;
    /// Behind everybody.
    pub(crate) const LAST: Self = Self(u64::MAX);

    pub(crate) fn reserved(deadline: Instant, urgent: bool) -> Self {
        let level = if urgent { 0 } else { Self::PLAIN };
        Self(level | deadline.nanos().min(Self::PLAIN - 1))
    }

    pub(crate) fn spare(ticket: u64) -> Self {
        Self(Self::SPARE | ticket)
    }

    /// The rank of an entry of the running order.
    pub(crate) fn of(node: &Node<u64>) -> Self {
        Self(*node.key())
    }

    /// The rank as the key of a tree.
    pub(crate) fn key(self) -> u64 {
        self.0
    }

    /// True at the best-effort level.
    pub(crate) fn is_spare(self) -> bool {
        self.0 & Self::SPARE != 0
    }
}
