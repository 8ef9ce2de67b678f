//! What is to come, in order of time.

use crate::{Cpu, Instant, Vcpu};
use std::collections::BinaryHeap;

/// Something that happens. At one instant the order is that of the variants: work ends before timers come,
/// and what the world does comes in between.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum What {
    /// The work of the guest on this pCPU ends, if it was not interrupted since (number).
    Worked(Cpu, u32),
    /// An event for this vCPU comes, if it is still the one with this number.
    Arrive(Vcpu, u32),
    /// The planned action with this number.
    Act(u32),
    /// This pCPU is through with a visit.
    Through(Cpu),
    /// The timer of this pCPU, if it was not set anew since (number).
    Timer(Cpu, u32),
    /// A kick reaches this pCPU.
    Kick(Cpu),
}

/// Earliest first; what was put in first among equals.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: core::cmp::Reverse<Instant>,
    what: core::cmp::Reverse<What>,
    number: core::cmp::Reverse<u64>,
}

/// The events to come. Allocates only to grow.
pub(super) struct Events {
    heap: BinaryHeap<Event>,
    number: u64,
}

impl Events {
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::with_capacity(1024), number: 0 }
    }

    /// `what` happens at `at`; never, if that is the far end of time.
    pub(super) fn push(&mut self, at: Instant, what: What) {
        if at == Instant::MAX {
            return;
        }
        self.number += 1;
        let number = self.number;
        use core::cmp::Reverse as R;
        self.heap.push(Event { at: R(at), what: R(what), number: R(number) });
    }

    /// The next event up to and including `end`.
    pub(super) fn pop(&mut self, end: Instant) -> Option<(Instant, What)> {
        if self.heap.peek()?.at.0 > end {
            return None;
        }
        self.heap.pop().map(|event| (event.at.0, event.what.0))
    }
}
