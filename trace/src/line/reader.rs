//! Bytes of a serial line in, a recording out.
//!
//! Nothing on the line is trusted. A frame counts if its checksums hold; what lies between is skipped, so damage
//! costs the frames that it hits. Which events are missing is known by their positions, and the recording says so.

use super::{BEGIN, END, check};
use crate::{
    Event, Loss, Recording, Ring, TraceError, Unit, Words,
    area::{DIRECTORY_BYTES, MAGIC, RINGS_MAX, word},
    bytes::{at_most, words_of},
    event::EVENT_BYTES,
    frame::{Decoder, Item, Kind},
    ram::{self, Entry},
};
use core::{fmt, ops::Range};
use std::{collections::BTreeMap, vec, vec::Vec};

const PIECES: usize = DIRECTORY_BYTES / EVENT_BYTES;
const NOTHING: &str =
    "no trace came over the line: the system must be booted with `dump=on`, and must have stopped in an orderly way";
const HEAD_LOST: &str = "the line damaged the head of the trace both times: without it nothing is known";

/// What a line lost, or brought damaged.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Losses {
    /// The events that are missing, by ring and position.
    pub events: Vec<(usize, Range<u64>)>,
    /// How many bytes on the line were neither part of a frame nor text.
    pub damaged: u64,
}

/// Takes the trace from a serial line, byte by byte.
#[derive(Clone, Debug)]
pub struct Reader {
    decoder: Decoder,
    directory: Vec<Option<Words>>,
    /// By ring and position; `None` where two frames contradict one another.
    events: BTreeMap<(u16, u32), Option<Words>>,
    damaged: u64,
    ended: bool,
}

impl Default for Reader {
    fn default() -> Self {
        let decoder = Decoder::default();
        Self { decoder, directory: vec![None; PIECES], events: BTreeMap::new(), damaged: 0, ended: false }
    }
}

impl Reader {
    /// Takes what came over the line.
    pub fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.decoder.push(*byte) {
                Some(Item::Damaged(bytes)) => self.damaged += bytes as u64,
                Some(Item::Frame { kind: Kind::Trace, source, payload }) => {
                    if let Some((position, words)) = unpack(source, payload) {
                        self.piece(source, position, words);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether the last frame of a trace came. It may be lost, so whoever waits for it needs a time limit.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// How many events came so far.
    pub fn events(&self) -> usize {
        self.events.len()
    }

    fn piece(&mut self, source: u16, position: u32, words: Words) {
        match source {
            BEGIN | END => {
                // A machine that was started again sends a trace of its own.
                if source == BEGIN && position == 0 {
                    self.directory.fill(None);
                    self.events.clear();
                    self.ended = false;
                }
                if let Some(place) = self.directory.get_mut(position as usize) {
                    *place = Some(words);
                }
                self.ended |= source == END && position as usize == PIECES - 1;
            }
            ring if usize::from(ring) < RINGS_MAX => {
                let known = self.events.entry((ring, position)).or_insert(Some(words));
                *known = known.filter(|known| *known == words);
            }
            _ => {}
        }
    }

    /// The recording, whose nanoseconds are `unit`s, and what it lacks.
    ///
    /// Fails with a sentence if no trace came, or if both copies of its directory are damaged at the same place.
    pub fn finish(&self, unit: Unit) -> Result<(Recording, Losses), TraceError> {
        let directory = self.directory()?;
        let mut losses = Losses { damaged: self.damaged, ..Losses::default() };
        let recording = ram::recording(&directory, unit, |ring, entry| self.ring(ring, entry, &mut losses))?;
        Ok((recording, losses))
    }

    /// The directory's bytes, if all pieces are there that say something.
    fn directory(&self) -> Result<Vec<u8>, TraceError> {
        if self.events.is_empty() && self.directory.iter().all(Option::is_none) {
            return Err(TraceError::NotATrace(NOTHING));
        }
        let bytes: Vec<u8> =
            self.directory.iter().flat_map(|piece| piece.unwrap_or_default()).flat_map(u64::to_le_bytes).collect();
        let words = words_of(&bytes);
        let get = |index: usize| words.get(index).copied().unwrap_or(0);
        let there = |words: Range<usize>| {
            let pieces = words.start / 8..words.end.div_ceil(8);
            self.directory.get(pieces).is_some_and(|pieces| pieces.iter().all(Option::is_some))
        };
        if !there(0..word::RING_FIRST) || get(word::MAGIC) != MAGIC {
            return Err(TraceError::NotATrace(HEAD_LOST));
        }
        let rings = at_most("the number of rings", get(word::RINGS), RINGS_MAX as u64)? as usize;
        let pools = at_most("the number of pools", get(word::POOLS), ram::POOLS_MAX)? as usize;
        let (first, names) = (word::RING_FIRST, word::SCHEDULERS);
        if !there(first..first + rings * word::RING_WORDS) || !there(names..names + 2 * pools) {
            return Err(TraceError::NotATrace(HEAD_LOST));
        }
        Ok(bytes)
    }

    /// The events of a ring, and where some are missing.
    fn ring(&self, ring: usize, entry: &Entry, losses: &mut Losses) -> Result<Ring, TraceError> {
        let came = self.events.range((ring as u16, 0)..=(ring as u16, u32::MAX));
        let (mut events, mut missing, mut next) = (Vec::new(), Vec::new(), 0_u64);
        for ((_, position), words) in came.filter(|((_, position), _)| u64::from(*position) < entry.written) {
            let (index, Some(words)) = (u64::from(*position), words) else { continue };
            let kind = words[0] as u8;
            let event = Event::decode(words).ok_or(TraceError::UnknownEvent { ring, index, kind })?;
            if index > next {
                losses.events.push((ring, next..index));
                missing.push(Loss { at: events.len(), events: index - next });
            }
            next = index + 1;
            events.push(event);
        }
        if next < entry.written {
            losses.events.push((ring, next..entry.written));
            missing.push(Loss { at: events.len(), events: entry.written - next });
        }
        let lacking = entry.written - events.len() as u64;
        Ok(Ring { events, dropped: entry.dropped.saturating_add(lacking), losses: missing })
    }
}

/// Position and content of an intact payload.
fn unpack(source: u16, payload: &[u8]) -> Option<(u32, Words)> {
    let (position, rest) = payload.split_first_chunk::<4>()?;
    let (words, sum) = rest.split_first_chunk::<EVENT_BYTES>()?;
    let (position, words) = (u32::from_le_bytes(*position), words_of(words).try_into().ok()?);
    (sum == check(source, position, &words).to_le_bytes()).then_some((position, words))
}

impl Losses {
    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// How many events are missing.
    pub fn count(&self) -> u64 {
        self.events.iter().map(|(_, span)| span.end - span.start).sum()
    }
}

/// How many spans of missing events are named one by one.
const NAMED: usize = 8;

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, damaged } = self;
        write!(f, "the line lost {} events and brought {damaged} damaged bytes", self.count())?;
        for (ring, span) in events.iter().take(NAMED) {
            write!(f, "\n  ring {ring}: events {} to {} are missing", span.start, span.end - 1)?;
        }
        if events.len() > NAMED {
            write!(f, "\n  and those of {} more places", events.len() - NAMED)?;
        }
        Ok(())
    }
}
