//! What a vCPU does: a program that is asked for its next step whenever the last one is over.

use super::Rng;
use crate::{Duration, Instant};

/// A step of a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// Executes for so long; pre-emption makes it last longer, not shrink.
    Work(Duration),
    /// Executes until this instant has come, however little it got until then.
    Spin(Instant),
    /// Waits for its own timer. The wake-up may be delayed to when the policy heeds it.
    Sleep(Instant),
    /// Waits for an event from outside, which comes at this instant whatever the policy heeds.
    Event(Instant),
    /// Waits for a [`notify`](super::Sim::notify).
    Wait,
    /// Offers its pCPU to others.
    Yield,
    /// Switches itself off; [`start`](super::Sim::start) makes it ask for the next step.
    Off,
    /// A job begins: from here on its instructions execute. Takes no time.
    Start {
        /// When it was released.
        release: Instant,
        /// When it must be complete.
        deadline: Instant,
    },
    /// The job is complete. Takes no time.
    End,
    /// Words for the observer, which alone knows what they mean. Takes no time.
    Note([u64; 4]),
}

/// The behaviour of a vCPU.
pub trait Program {
    /// The next step. `now` is the guest's clock as it executes; `rng` belongs to this vCPU alone, so that
    /// its demand is the same under every policy.
    fn next(&mut self, now: Instant, rng: &mut Rng) -> Step;
}

impl<F: FnMut(Instant, &mut Rng) -> Step> Program for F {
    fn next(&mut self, now: Instant, rng: &mut Rng) -> Step {
        self(now, rng)
    }
}
