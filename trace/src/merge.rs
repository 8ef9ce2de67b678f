//! One order of events out of the rings of several pCPUs.
//!
//! Events follow in time order; events of one ring keep their order; the calls of one pool follow by their
//! sequence number, whatever the clocks say; a row or item follows its call at once.

use crate::{Event, Recording, event::SeamEvent, recording::when};
use sched::Instant;
use std::vec::Vec;

/// All events of a recording in one order, each with the index of its ring.
pub fn merge(recording: &Recording) -> Vec<(usize, Event)> {
    let mut merger = Merger::new(recording);
    let mut all = Vec::with_capacity(recording.rings.iter().map(|ring| ring.events.len()).sum());
    while let Some(ring) = merger.choose() {
        all.extend(merger.advance(ring).map(|event| (ring, event)));
        while merger.head(ring).is_some_and(|event| when(event).is_none()) {
            all.extend(merger.advance(ring).map(|event| (ring, event)));
        }
    }
    all
}

/// The sequence number of a call and its pool; `None` for everything else.
fn call_of(event: &Event) -> Option<(usize, u32)> {
    match event {
        Event::Seam(SeamEvent { kind: 1..=9, pool, seq, .. }) => Some(((*pool).into(), *seq)),
        _ => None,
    }
}

struct Merger<'a> {
    recording: &'a Recording,
    /// Per ring: the next event, and the latest instant so far.
    heads: Vec<(usize, Instant)>,
    /// Per pool: the sequence numbers still to come, the next one last.
    calls: [Vec<u32>; 256],
}

impl<'a> Merger<'a> {
    fn new(recording: &'a Recording) -> Self {
        let mut calls = [const { Vec::new() }; 256];
        for (pool, seq) in recording.rings.iter().flat_map(|ring| &ring.events).filter_map(call_of) {
            calls[pool].push(seq);
        }
        for pool in &mut calls {
            pool.sort_unstable_by(|a, b| b.cmp(a));
        }
        Self { recording, heads: std::vec![(0, Instant::ZERO); recording.rings.len()], calls }
    }

    fn head(&self, ring: usize) -> Option<&'a Event> {
        self.recording.rings.get(ring)?.events.get(self.heads.get(ring)?.0)
    }

    /// The ring whose next event is the next of all. A call waits for the calls before it in its pool;
    /// only contradictory rings let all of them wait, and then time alone decides.
    fn choose(&self) -> Option<usize> {
        let rank = |ring: &usize| {
            let event = self.head(*ring)?;
            let waits = call_of(event).is_some_and(|(pool, seq)| self.calls[pool].last() != Some(&seq));
            let latest = self.heads.get(*ring)?.1;
            Some((waits, when(event).unwrap_or(latest).max(latest), *ring))
        };
        (0..self.heads.len()).filter_map(|ring| rank(&ring)).min().map(|(_, _, ring)| ring)
    }

    fn advance(&mut self, ring: usize) -> Option<Event> {
        let event = *self.head(ring)?;
        if let Some((pool, seq)) = call_of(&event)
            && self.calls[pool].last() == Some(&seq)
        {
            self.calls[pool].pop();
        }
        let head = self.heads.get_mut(ring)?;
        *head = (head.0 + 1, head.1.max(when(&event).unwrap_or(Instant::ZERO)));
        Some(event)
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
