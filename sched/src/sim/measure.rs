//! What a run is judged by: plain counters, spreads, and the history of who ran where and of every job.

use crate::{Cpu, Duration, Instant};
use std::vec::Vec;

/// Smallest, largest and mean of some lengths of time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Spread {
    /// How many there were.
    pub count: u64,
    /// The smallest; the longest duration if there was none.
    pub least: Duration,
    /// The largest.
    pub most: Duration,
    sum: u128,
}

impl Spread {
    /// Nothing measured yet.
    pub const EMPTY: Self = Self { count: 0, least: Duration::MAX, most: Duration::ZERO, sum: 0 };

    /// Another length.
    pub fn add(&mut self, length: Duration) {
        self.count += 1;
        self.least = self.least.min(length);
        self.most = self.most.max(length);
        self.sum += u128::from(length.nanos());
    }

    /// The mean, rounded down; zero if there was none.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.sum.checked_div(u128::from(self.count)).unwrap_or(0) as u64)
    }

    /// Largest less smallest.
    pub fn jitter(&self) -> Duration {
        self.most.saturating_sub(self.least)
    }
}

/// A job of a vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Job {
    /// When it was released.
    pub release: Instant,
    /// When it executed its first instruction.
    pub start: Instant,
    /// When it was complete.
    pub completion: Instant,
    /// When it had to be.
    pub deadline: Instant,
}

impl Job {
    /// From release to completion.
    pub fn response(&self) -> Duration {
        self.completion.since(self.release)
    }

    /// From release to the first instruction.
    pub fn latency(&self) -> Duration {
        self.start.since(self.release)
    }

    /// Whether it was complete too late.
    pub fn missed(&self) -> bool {
        self.completion > self.deadline
    }
}

/// The complete jobs of a vCPU.
#[derive(Clone, Debug)]
pub struct Jobs {
    /// Release to first instruction.
    pub latency: Spread,
    /// Release to completion.
    pub response: Spread,
    /// Jobs complete too late.
    pub misses: u64,
    /// All of them in order, unless the history is not kept.
    pub list: Vec<Job>,
}

impl Jobs {
    pub(super) const NONE: Self = Self { latency: Spread::EMPTY, response: Spread::EMPTY, misses: 0, list: Vec::new() };

    /// The number of complete jobs.
    pub fn count(&self) -> u64 {
        self.response.count
    }

    pub(super) fn add(&mut self, job: Job, keep: bool) {
        self.latency.add(job.latency());
        self.response.add(job.response());
        self.misses += u64::from(job.missed());
        if keep {
            self.list.push(job);
        }
    }
}

/// A stretch for which a vCPU had a pCPU, from one choice to another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Run {
    /// Which pCPU.
    pub cpu: Cpu,
    /// When it was chosen.
    pub from: Instant,
    /// When something else was.
    pub to: Instant,
}

/// What is counted of a vCPU.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Time for which it had a pCPU, up to the last other choice there.
    pub(super) held: Duration,
    /// Time for which it executed: what it held, without decisions and switches.
    pub executed: Duration,
    /// Times it came to a pCPU.
    pub dispatches: u64,
    /// Those on another pCPU than the time before.
    pub migrations: u64,
    /// Times it lost its pCPU although it was ready.
    pub preemptions: u64,
    /// From each wake-up, as it was asked for, to the first instruction after it.
    pub wakes: Spread,
    /// Its complete jobs.
    pub jobs: Jobs,
    /// When it had a pCPU, in order and without the stretch that is not yet over; empty if no history is kept.
    pub runs: Vec<Run>,
}

impl Tally {
    pub(super) const NONE: Self = Self {
        held: Duration::ZERO,
        executed: Duration::ZERO,
        dispatches: 0,
        migrations: 0,
        preemptions: 0,
        wakes: Spread::EMPTY,
        jobs: Jobs::NONE,
        runs: Vec::new(),
    };
}

/// What is counted of a pCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct CpuTally {
    /// Time for which nothing was chosen, up to the last other choice.
    pub(super) idle: Duration,
    /// Time in the hypervisor: decisions and switches.
    pub overhead: Duration,
    /// Looks at the pool.
    pub visits: u64,
    /// Picks.
    pub decisions: u64,
    /// Choices of another vCPU, or of none, than before.
    pub switches: u64,
    /// Timer interrupts that came while a vCPU was on it.
    pub ticks: u64,
    /// Timer interrupts.
    pub timers: u64,
    /// Kicks that reached it.
    pub kicks: u64,
}
