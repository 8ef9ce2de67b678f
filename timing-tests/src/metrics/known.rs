//! The measured time: the stretches of a run in which no event is missing.
//!
//! What lies between two stretches is not guessed: it is neither in a time nor in a count, and what reaches from one
//! stretch into another is not known.

use core::ops::Range;
use sched::Instant;
use trace::{Recording, Stretch};

/// The stretches in order; they do not overlap.
pub(crate) struct Known(Vec<Stretch>);

impl Known {
    /// The stretches of a recording.
    pub(crate) fn of(recording: &Recording) -> Self {
        Self(recording.known())
    }

    /// The stretch number `index`.
    pub(crate) fn get(&self, index: usize) -> Option<Stretch> {
        self.0.get(index).copied()
    }

    /// The number of the stretch in which `at` lies, ends included; where two meet, the later one.
    pub(crate) fn place(&self, at: Instant) -> Option<usize> {
        let index = self.0.partition_point(|stretch| stretch.from <= at).checked_sub(1)?;
        (at <= self.0[index].to).then_some(index)
    }

    /// The end of the first stretch: up to there a recording lacks nothing from its beginning on.
    pub(crate) fn first_end(&self) -> Instant {
        self.0.first().filter(|first| first.from == Instant::ZERO).map_or(Instant::ZERO, |first| first.to)
    }

    /// The time in all stretches, ns.
    pub(crate) fn length(&self) -> u64 {
        self.0.iter().map(|stretch| stretch.to.since(stretch.from).nanos()).sum()
    }

    /// The parts of the time from `from` to `to` that lie in a stretch.
    pub(crate) fn parts(&self, from: Instant, to: Instant) -> impl Iterator<Item = Range<Instant>> {
        let behind = self.0.partition_point(|stretch| stretch.to <= from);
        let near = self.0[behind..].iter().take_while(move |stretch| stretch.from < to);
        near.map(move |stretch| stretch.from.max(from)..stretch.to.min(to))
    }
}
