//! A recording: what one run left behind, checked and in memory.

use crate::{
    Event,
    event::{Kind, SeamEvent},
};
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
    /// How many more there were: those of `losses`, and what the ring had no room for, all of it after the last event of
    /// the run itself.
    pub dropped: u64,
    /// Where events are missing between those that are there, in ascending order.
    pub losses: Vec<Loss>,
}

/// A place in a ring at which events are missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loss {
    /// The index of the first event behind it, at most the number of events.
    pub at: usize,
    /// How many events are missing.
    pub events: u64,
}

/// A stretch of the run in which no event is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// Where it begins.
    pub from: Instant,
    /// Where it ends.
    pub to: Instant,
    /// Whether events are missing right behind it; else the run ends there.
    pub cut: bool,
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
        latest(&self.events)
    }

    /// Whether nothing is missing from the event number `first` to number `last`.
    pub(crate) fn has_together(&self, first: usize, last: usize) -> bool {
        let next = self.losses.partition_point(|loss| loss.at <= first);
        let together = self.losses.get(next).is_none_or(|loss| last < loss.at);
        together && (self.dropped == 0 || last < self.events.len())
    }

    /// From when to when events may be missing. Behind a loss it is known again what the pCPU does once it has chosen
    /// anew; what the ring had no room for is missing up to the end.
    fn missing(&self) -> impl Iterator<Item = (Instant, Instant)> {
        let anew = |events: &[Event]| {
            events.iter().find_map(|event| match event {
                Event::Seam(SeamEvent { kind, now, .. }) if *kind == Kind::Pick as u8 => Some(*now),
                _ => None,
            })
        };
        let (mut last, mut rest) = (Instant::ZERO, &self.events[..]);
        let losses = self.losses.iter().map(move |loss| {
            let read = self.events.len() - rest.len();
            let (before, behind) = rest.split_at(loss.at.saturating_sub(read).min(rest.len()));
            (last, rest) = (last.max(latest(before)), behind);
            (last, anew(behind).unwrap_or(Instant::MAX))
        });
        let between: u64 = self.losses.iter().fold(0, |sum, loss| sum.saturating_add(loss.events));
        losses.chain((self.dropped > between).then(|| (self.latest(), Instant::MAX)))
    }
}

fn latest(events: &[Event]) -> Instant {
    events.iter().filter(|event| !is_summary(event)).filter_map(when).max().unwrap_or(Instant::ZERO)
}

impl Recording {
    /// Events lost, all rings together. A recording with losses cannot be replayed to its end.
    pub fn dropped(&self) -> u64 {
        self.rings.iter().fold(0, |sum, ring| sum.saturating_add(ring.dropped))
    }

    /// The end of the run: that of the system, or the last event if it did not end in an orderly way.
    pub fn end(&self) -> Instant {
        let last = || self.rings.iter().map(Ring::latest).max().unwrap_or(Instant::ZERO);
        if self.ended { self.end_time } else { last() }
    }

    /// The stretches of the run in which no event of any pCPU is missing, in order.
    pub fn known(&self) -> Vec<Stretch> {
        let (mut known, mut from, end) = (Vec::new(), Instant::ZERO, self.end());
        let mut missing: Vec<_> = self.rings.iter().flat_map(Ring::missing).collect();
        missing.sort_unstable();
        for &(last, anew) in missing.iter().filter(|(last, _)| *last <= end) {
            if last > from {
                known.push(Stretch { from, to: last, cut: true });
            }
            from = from.max(anew);
        }
        if from < end || missing.is_empty() {
            known.push(Stretch { from, to: end, cut: false });
        }
        known
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

#[cfg(test)]
#[path = "recording_tests.rs"]
mod tests;
