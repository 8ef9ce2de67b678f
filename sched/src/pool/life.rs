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
    /// Time spent in each phase, by its number.
    pub(super) spent: [Duration; 5],
}

impl Life {
    /// A slot without a vCPU.
    pub const ABSENT: Self = Self {
        phase: Phase::Absent,
        group: Group(0),
        unsaved: None,
        last: None,
        since: Instant::ZERO,
        spent: [Duration::ZERO; 5],
    };

    /// The ledger up to `now`.
    pub fn times(&self, now: Instant) -> Times {
        let mut life = *self;
        // Whoever asks may have read the clock before the phase began.
        life.book(now.max(life.since));
        let [_, off, blocked, ready, running] = life.spent;
        Times { running, ready, blocked, off }
    }

    #[inline(always)]
    pub(super) fn enter(&mut self, phase: Phase, now: Instant) {
        self.book(now);
        self.since = now;
        self.phase = phase;
        if let Phase::Running(cpu) = phase {
            self.last = Some(cpu);
        }
    }

    /// Adds the time since the present phase began to that phase.
    #[inline(always)]
    fn book(&mut self, now: Instant) {
        let number = match self.phase {
            Phase::Absent => 0,
            Phase::Off => 1,
            Phase::Blocked(_) => 2,
            Phase::Ready => 3,
            Phase::Running(_) => 4,
        };
        // The pool's clock never runs backwards, and no sum of spans is longer than the clock.
        let span = now.nanos().wrapping_sub(self.since.nanos());
        self.spent[number] = Duration::from_nanos(self.spent[number].nanos().wrapping_add(span));
    }
}
