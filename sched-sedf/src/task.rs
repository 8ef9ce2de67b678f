//! The state of one vCPU under SEDF, and what follows from it alone: its level, and what a short block costs.

use crate::{QUANTUM, VcpuParams};
use sched::global::Own;
use sched::global::server::Server;
use sched::{Duration, Instant};

/// The levels, in the order of running.
pub(crate) const SLICE: u8 = 0;
pub(crate) const PENALTY: u8 = 1;
pub(crate) const EXTRA: u8 = 2;

/// The state of one vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Task {
    pub(crate) params: VcpuParams,
    /// Parameters that wait for the next period.
    pub(crate) next: Option<VcpuParams>,
    pub(crate) server: Server,
    /// What extra time it had, times its rate.
    pub(crate) age: u128,
    /// The compensation that is left for a slice lost by a short block.
    pub(crate) owed: Duration,
    /// The place among those who are owed: the smaller, the greater the loss.
    pub(crate) score: u64,
    pub(crate) ready: bool,
    /// It offered its pCPU since the last pick.
    pub(crate) over: bool,
}

impl Own for Task {
    const EMPTY: Self = Self {
        params: VcpuParams::BEST_EFFORT,
        next: None,
        server: Server::EMPTY,
        age: 0,
        owed: Duration::ZERO,
        score: 0,
        ready: false,
        over: false,
    };
}

impl Task {
    // [SEDF-R-03] [SEDF-R-05]
    /// The level at which it may run now.
    pub(crate) fn level(&self) -> Option<u8> {
        match self.params.extratime() {
            _ if self.params.served() && !self.server.left().is_zero() => Some(SLICE),
            true if !self.owed.is_zero() => Some(PENALTY),
            true => Some(EXTRA),
            false => None,
        }
    }

    // [SEDF-R-09] [SEDF-R-03]
    /// True if time alone takes the pCPU away from it: it has no extra time and its slice does not fill its periods.
    pub(crate) fn stops(&self, now: Instant) -> bool {
        let whole = self.params.slice() == self.params.period() && now + self.server.left() >= self.server.deadline();
        !self.params.extratime() && !whole
    }

    // [SEDF-R-07]
    /// Wakes within its period: what is left of the slice is lost.
    pub(crate) fn lose_slice(&mut self) {
        let lost = self.server.left();
        self.server.interrupt(Duration::ZERO);
        if !lost.is_zero() && self.params.extratime() {
            self.owed = QUANTUM;
            let period = self.params.period().nanos() << 10;
            self.score = period.checked_div(lost.nanos()).unwrap_or(u64::MAX);
        }
    }
}
