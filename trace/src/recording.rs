//! A recording: what one run left behind, checked and in memory.

use crate::{Event, event::SeamEvent};
use sched::Instant;
use std::{string::String, vec::Vec};

/// What one unit of time in a recording is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Unit {
    /// Nanoseconds of a real clock.
    RealTime = 0,
    /// Virtual nanoseconds of an emulator that retires one instruction in each.
    Instructions = 1,
    /// Nanoseconds of the simulator's own clock.
    Simulated = 2,
}

/// The trace of one pCPU.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ring {
    /// Its events in the order in which they happened.
    pub events: Vec<Event>,
    /// How many more it had no room for, all of them after the last event kept.
    pub dropped: u64,
}

/// What one run left behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recording {
    /// What its nanoseconds are.
    pub unit: Unit,
    /// The hash of the plan that ran.
    pub plan_hash: u64,
    /// The name of the scheduler that ran in each pool.
    pub schedulers: Vec<String>,
    /// The counter's value at the epoch.
    pub epoch: u64,
    /// The counter's frequency in Hz.
    pub frequency: u64,
    /// Whether the system ended in an orderly way.
    pub ended: bool,
    /// The instant of the end; [`Instant::ZERO`] when the system did not end in an orderly way.
    pub end_time: Instant,
    /// One ring for each pCPU, in ascending order of their numbers.
    pub rings: Vec<Ring>,
}

impl Ring {
    /// The latest instant of any event of the run itself. The summary that ends a run (`Service`, `Times`,
    /// `Stat`) has room of its own and may stand behind a loss, so it says nothing about what is known.
    pub fn latest(&self) -> Instant {
        self.events.iter().filter(|event| !is_summary(event)).filter_map(when).max().unwrap_or(Instant::ZERO)
    }
}

impl Recording {
    /// Events lost, all rings together. A recording with losses cannot be replayed to its end.
    pub fn dropped(&self) -> u64 {
        self.rings.iter().fold(0, |sum, ring| sum.saturating_add(ring.dropped))
    }

    /// Until when the recording is complete: the end of the run, or the last event before the first loss.
    ///
    /// A ring fills once and then drops, so up to this instant nothing is missing.
    pub fn known_until(&self) -> Instant {
        let last = self.rings.iter().map(Ring::latest).max().unwrap_or(Instant::ZERO);
        let end = if self.ended { self.end_time } else { last };
        let full = self.rings.iter().filter(|ring| ring.dropped > 0);
        full.map(Ring::latest).fold(end, Instant::min)
    }
}

/// Whether an event belongs to the summary that ends a run, which may stand behind a loss.
pub fn is_summary(event: &Event) -> bool {
    matches!(event, Event::Service { .. } | Event::Times { .. } | Event::Stat { .. })
}

/// When an event happened; `None` for a row or an item, which happened with the call before it.
pub fn when(event: &Event) -> Option<Instant> {
    match *event {
        Event::Seam(SeamEvent { kind: 10 | 11, .. }) => None,
        Event::Seam(SeamEvent { now, .. })
        | Event::Mark { now, .. }
        | Event::Life { now, .. }
        | Event::Service { now, .. }
        | Event::Times { now, .. }
        | Event::Stat { now, .. } => Some(now),
    }
}
