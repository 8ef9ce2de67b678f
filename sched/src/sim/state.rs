//! What the machine knows of a pCPU, and of a vCPU as a guest.

use super::{
    Load, Program, Rng, Step,
    measure::{CpuTally, Tally},
};
use crate::{Cpu, CpuSet, Duration, Instant, Vcpu};

/// Why a pCPU looks at its pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    /// A timer or a kick.
    Interrupt,
    /// The guest offers its pCPU.
    Yield,
    /// The guest wants to sleep until then, by its own timer.
    Sleep(Instant),
    /// The guest waits for an event that comes then.
    Event(Instant),
    /// The guest waits to be notified.
    Wait,
    /// The guest switches itself off.
    Off,
}

/// What a guest is about to do when it executes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Doing {
    /// Ask its program.
    Ask,
    /// Execute for so long.
    Work(Duration),
    /// Execute until then.
    Spin(Instant),
    /// Enter the hypervisor.
    Enter(Cause),
}

/// A job that has started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) release: Instant,
    pub(super) deadline: Instant,
    pub(super) start: Instant,
}

/// A vCPU.
pub(super) struct Guest {
    pub(super) load: Load,
    pub(super) rng: Rng,
    pub(super) doing: Doing,
    /// A step that was asked for before it could execute.
    pub(super) first: Option<Step>,
    /// Where it ran last.
    pub(super) last: Option<Cpu>,
    /// Waits; until then at the latest.
    pub(super) asleep: Option<Instant>,
    pub(super) paused: bool,
    pub(super) off: bool,
    /// A notification that came while it did not wait.
    pub(super) notified: bool,
    /// When it should have executed again, if it has not yet done so since.
    pub(super) wanted: Option<Instant>,
    /// The number of its present wait, by which late events are known.
    pub(super) wait: u32,
    pub(super) job: Option<Open>,
    /// Where it may run.
    pub(super) hard: CpuSet,
    pub(super) tally: Tally,
}

impl Guest {
    pub(super) fn new(load: Load, rng: Rng, hard: CpuSet) -> Self {
        Self {
            load,
            rng,
            doing: Doing::Ask,
            first: None,
            last: None,
            asleep: None,
            paused: false,
            off: false,
            notified: false,
            wanted: None,
            wait: 0,
            job: None,
            hard,
            tally: Tally::NONE,
        }
    }

    /// Whether it could run.
    pub(super) fn ready(&self) -> bool {
        !self.off && !self.paused && self.asleep.is_none()
    }

    /// The next step of its program.
    pub(super) fn ask(&mut self, now: Instant) -> Step {
        self.first.take().unwrap_or_else(|| self.load.next(now, &mut self.rng))
    }

    /// It waits, at the latest until `at`.
    pub(super) fn lie_down(&mut self, at: Instant) {
        self.asleep = Some(at);
        self.wait = self.wait.wrapping_add(1);
    }

    /// Its wait is over; false if it did not wait.
    pub(super) fn rise(&mut self, now: Instant) -> bool {
        let Some(at) = self.asleep.take() else { return false };
        self.wanted = Some(at.min(now));
        self.wait = self.wait.wrapping_add(1);
        true
    }
}

/// A pCPU.
pub(super) struct Pcpu {
    /// When it must pick again at the latest.
    pub(super) until: Instant,
    /// The pool event that it has promised to handle.
    pub(super) hosting: Instant,
    /// What its timer is set to, and the number of that setting.
    pub(super) armed: (Instant, u32),
    /// In the hypervisor; interrupts wait.
    pub(super) busy: bool,
    /// An interrupt waits.
    pub(super) pending: bool,
    /// Whose context is being saved.
    pub(super) leaving: Option<Vcpu>,
    /// Since when its guest executes.
    pub(super) executing: Option<Instant>,
    /// The number of the present stretch of execution, by which late ends of work are known.
    pub(super) stretch: u32,
    /// Since when the present choice holds.
    pub(super) since: Instant,
    pub(super) tally: CpuTally,
}

impl Pcpu {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            until: Instant::MAX,
            hosting: Instant::MAX,
            armed: (Instant::MAX, 0),
            busy: false,
            pending: false,
            leaving: None,
            executing: None,
            stretch: 0,
            since: now,
            tally: CpuTally::default(),
        }
    }
}
