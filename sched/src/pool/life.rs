//! The life of a vCPU: its phase, and the ledger of time spent in each.

use crate::{Cpu, Duration, Group, Instant, Why};

/// What a vCPU does at present.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Phase {
    /// Not in the pool.
    Absent,
    /// In the pool, switched off.
    Off,
    /// Waits for an event, or is paused.
    Blocked(Why),
    /// Could run.
    Ready,
    /// Runs.
    Running(Cpu),
}

/// Time spent in each phase; the four add up to the time since the vCPU was added.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Times {
    /// On a pCPU.
    pub running: Duration,
    /// Ready, without a pCPU.
    pub ready: Duration,
    /// Blocked.
    pub blocked: Duration,
    /// Switched off.
    pub off: Duration,
}

/// The life of a vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Life {
    /// What it does.
    pub phase: Phase,
    /// The group it belongs to.
    pub group: Group,
    /// Where its context still is, between a `pick` that replaced it and `saved`.
    pub unsaved: Option<Cpu>,
    /// Where it runs or ran last.
    pub last: Option<Cpu>,
    pub(super) since: Instant,
    pub(super) times: Times,
}

impl Life {
    /// A slot without a vCPU.
    pub const ABSENT: Self = Self {
        phase: Phase::Absent,
        group: Group(0),
        unsaved: None,
        last: None,
        since: Instant::ZERO,
        times: Times { running: Duration::ZERO, ready: Duration::ZERO, blocked: Duration::ZERO, off: Duration::ZERO },
    };

    /// The ledger up to `now`.
    pub fn times(&self, now: Instant) -> Times {
        let mut times = self.times;
        let spent = now.since(self.since);
        match self.phase {
            Phase::Absent => {}
            Phase::Off => times.off += spent,
            Phase::Blocked(_) => times.blocked += spent,
            Phase::Ready => times.ready += spent,
            Phase::Running(_) => times.running += spent,
        }
        times
    }

    #[inline]
    pub(super) fn enter(&mut self, phase: Phase, now: Instant) {
        self.times = self.times(now);
        self.since = now;
        self.phase = phase;
        if let Phase::Running(cpu) = phase {
            self.last = Some(cpu);
        }
    }
}
