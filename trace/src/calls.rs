//! The calls of one pool by their sequence number: what replay feeds back and running time is counted from.

use crate::{
    Event, Recording,
    event::SeamEvent,
    seam::{AnyParams, Called},
};
use sched::{AnyRow, Change};
use std::vec::Vec;

/// The calls of one pool in order.
#[derive(Clone, Debug)]
pub struct Calls<'a> {
    recording: &'a Recording,
    /// Sequence number, ring and index of each.
    places: Vec<(u32, usize, usize)>,
    /// How many of them follow one another from the first on.
    whole: usize,
    /// What ends their sequence before the recording ends.
    pub gap: Option<Gap>,
}

/// A place at which calls are missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    /// The sequence number that should follow.
    pub missing: u32,
    /// The sequence number found instead.
    pub found: u32,
}

/// A call with what belongs to it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The event.
    pub event: SeamEvent,
    /// What was called; `None` if the event makes no sense.
    pub called: Option<Called>,
    /// The row of an `Add`; `None` if it is missing.
    pub row: Option<AnyRow>,
    /// The items of a `Change`.
    pub items: Vec<Change<AnyParams>>,
}

impl<'a> Calls<'a> {
    /// The calls of pool `pool`. A call whose rows or items were dropped counts as dropped itself.
    pub fn of(recording: &'a Recording, pool: usize) -> Self {
        let mut places = Vec::new();
        for (ring, cpu) in recording.rings.iter().enumerate() {
            for (index, event) in cpu.events.iter().enumerate() {
                if let Event::Seam(event @ SeamEvent { kind: 1..=9, .. }) = event
                    && usize::from(event.pool) == pool
                    && cpu.has_together(index, index + followers(event))
                {
                    places.push((event.seq, ring, index));
                }
            }
        }
        places.sort_unstable();
        let wrong = places.iter().zip(1_u32..).position(|(place, seq)| place.0 != seq);
        let gap = wrong.map(|at| Gap { missing: at as u32 + 1, found: places[at].0 });
        let whole = wrong.unwrap_or(places.len());
        Self { recording, places, whole, gap }
    }

    /// How many there are before the first that is missing.
    pub fn len(&self) -> usize {
        self.whole
    }

    /// True if even the first is missing.
    pub fn is_empty(&self) -> bool {
        self.whole == 0
    }

    /// How many there are at all.
    pub fn recorded(&self) -> usize {
        self.places.len()
    }

    /// The `index`-th call that is there, from 0.
    pub fn get(&self, index: usize) -> Option<Recorded> {
        let (seq, ring, at) = *self.places.get(index)?;
        let events = self.recording.rings.get(ring)?.events.get(at..)?;
        let (Event::Seam(event), rest) = events.split_first()? else { return None };
        let mut call = Recorded { event: *event, called: event.called(), row: None, items: Vec::new() };
        for follower in rest {
            match follower {
                Event::Seam(e) if e.seq == seq && e.pool == event.pool => match e.called() {
                    Some(Called::Row(row)) => call.row = Some(row),
                    Some(Called::Item(item)) => call.items.push(item),
                    _ => break,
                },
                _ => break,
            }
        }
        Some(call)
    }

    /// All of them in order, up to the first that is missing.
    pub fn iter(&self) -> impl Iterator<Item = Recorded> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// All of them in order, also behind one that is missing.
    pub fn all(&self) -> impl Iterator<Item = Recorded> + '_ {
        (0..self.recorded()).filter_map(|index| self.get(index))
    }
}

/// How many rows or items follow a call.
fn followers(call: &SeamEvent) -> usize {
    match call.called() {
        Some(Called::Add { .. }) => 1,
        Some(Called::Change(items, _)) => items.into(),
        _ => 0,
    }
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
