//! A list of acts, once or again and again.

use crate::Instant;
use crate::sim::{Program, Rng, Span, Step};
use std::vec::Vec;

/// An act of a script.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Act {
    /// Executes for so long.
    Run(Span),
    /// Sleeps for so long, from when it lies down.
    Sleep(Span),
    /// Sleeps until this instant.
    Until(Instant),
    /// Offers its pCPU to others.
    Yield,
    /// Waits to be notified.
    Wait,
    /// Switches itself off.
    Off,
}

pub(super) struct Script {
    acts: Vec<Act>,
    at: usize,
    again: bool,
}

impl Script {
    pub(super) fn new(acts: &[Act], again: bool) -> Self {
        Self { acts: acts.to_vec(), at: 0, again }
    }
}

impl Program for Script {
    fn next(&mut self, now: Instant, rng: &mut Rng) -> Step {
        if self.again && self.at == self.acts.len() {
            self.at = 0;
        }
        let Some(act) = self.acts.get(self.at) else { return Step::Off };
        self.at += 1;
        match *act {
            Act::Run(length) => Step::Work(length.draw(rng)),
            Act::Sleep(length) => Step::Sleep(now + length.draw(rng)),
            Act::Until(at) => Step::Sleep(at),
            Act::Yield => Step::Yield,
            Act::Wait => Step::Wait,
            Act::Off => Step::Off,
        }
    }
}
