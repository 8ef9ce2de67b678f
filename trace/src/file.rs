//! The trace file, `.mft`: a recording together with the plan that it ran, in one checked file.
//!
//! Little-endian, in this order:
//!
//! | part | content |
//! |---|---|
//! | 12 words | magic "MJFTRFIL", version, [`Unit`], plan hash, epoch ticks, frequency in Hz, ended (0 or 1), end in ns, pools, rings, plan bytes, 0 |
//! | 16 bytes for each pool | scheduler name, padded with zeros |
//! | 3 words for each ring | events, dropped, places of losses |
//! | 2 words for each loss | ring after ring: the index of the event behind it, events lost |
//! | the plan | its bytes, padded with zeros to a multiple of 8 |
//! | 64 bytes for each event | ring after ring, see [`crate::event`] |
//! | 1 word | FNV-1a (64 bits) over all bytes before |
//!
//! It holds nothing of the host, no date and no path: identical runs give identical files.

use crate::{
    Loss, Recording, Ring, TraceError, Unit,
    area::RINGS_MAX,
    bytes::{NAME_BYTES, at_most, events_of, name_bytes, name_of, words_of},
    event::EVENT_BYTES,
    ram::POOLS_MAX,
};
use sched::Instant;
use std::{
    io::{Read, Write},
    vec::Vec,
};

/// "MJFTRFIL", little-endian.
pub const MAGIC: u64 = u64::from_le_bytes(*b"MJFTRFIL");
/// The version of the file format.
pub const VERSION: u64 = 2;
const HEADER_WORDS: usize = 12;
const NOT_A_FILE: &str = "this is no Majorframe trace file";

/// Writes a recording and the plan that it ran.
pub fn save(to: &mut impl Write, recording: &Recording, plan: &[u8]) -> Result<(), TraceError> {
    let mut to = Summed { to, sum: Fnv::new() };
    let header = [
        MAGIC,
        VERSION,
        recording.unit as u64,
        recording.plan_hash,
        recording.epoch,
        recording.frequency,
        recording.ended.into(),
        recording.end_time.nanos(),
        recording.schedulers.len() as u64,
        recording.rings.len() as u64,
        plan.len() as u64,
        0,
    ];
    to.words(&header)?;
    for name in &recording.schedulers {
        to.bytes(&name_bytes(name))?;
    }
    for ring in &recording.rings {
        to.words(&[ring.events.len() as u64, ring.dropped, ring.losses.len() as u64])?;
    }
    for loss in recording.rings.iter().flat_map(|ring| &ring.losses) {
        to.words(&[loss.at as u64, loss.events])?;
    }
    to.bytes(plan)?;
    to.bytes(&[0; 8][..padding(plan.len())])?;
    for (cpu, ring) in recording.rings.iter().enumerate() {
        for event in &ring.events {
            to.words(&event.encode(cpu as u8))?;
        }
    }
    let sum = to.sum.0;
    Ok(to.to.write_all(&sum.to_le_bytes())?)
}

/// Reads a recording and the plan that it ran.
pub fn load(from: &mut impl Read) -> Result<(Recording, Vec<u8>), TraceError> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes)?;
    let mut rest = Reader { bytes: &bytes, at: 0 };
    let header = words_of(rest.take(HEADER_WORDS as u64 * 8)?);
    let get = |index: usize| header.get(index).copied().unwrap_or(0);
    if get(0) != MAGIC {
        return Err(TraceError::NotATrace(NOT_A_FILE));
    }
    if get(1) != VERSION {
        return Err(TraceError::Version { found: get(1), known: VERSION });
    }
    check_sum(&bytes)?;
    let pools = at_most("the number of pools", get(8), POOLS_MAX)?;
    let rings = at_most("the number of rings", get(9), RINGS_MAX as u64)?;
    let names = rest.take(pools * NAME_BYTES as u64)?;
    let counts = words_of(rest.take(rings * 24)?);
    let losses = read_losses(&mut rest, &counts)?;
    let plan = rest.take(get(10))?.to_vec();
    rest.take(padding(plan.len()) as u64)?;
    let recording = Recording {
        unit: unit_of(get(2))?,
        plan_hash: get(3),
        schedulers: names
            .chunks_exact(NAME_BYTES)
            .enumerate()
            .map(|(pool, name)| name_of(pool, name))
            .collect::<Result<_, _>>()?,
        epoch: get(4),
        frequency: get(5),
        ended: at_most("the mark of an orderly end", get(6), 1)? == 1,
        end_time: Instant::from_nanos(get(7)),
        rings: read_rings(&mut rest, &counts, losses)?,
    };
    let left = (bytes.len() - rest.at) as u64;
    at_most("the number of bytes after the last event", left, 8)?;
    Ok((recording, plan))
}

fn read_rings(rest: &mut Reader<'_>, counts: &[u64], losses: Vec<Vec<Loss>>) -> Result<Vec<Ring>, TraceError> {
    let one = |((cpu, counts), losses): ((usize, &[u64; 3]), Vec<Loss>)| {
        let [count, dropped, _] = *counts;
        let events = events_of(cpu, rest.take(count.saturating_mul(EVENT_BYTES as u64))?)?;
        Ok(Ring { events, dropped, losses })
    };
    counts.as_chunks().0.iter().enumerate().zip(losses).map(one).collect()
}

/// The losses of each ring.
fn read_losses(rest: &mut Reader<'_>, counts: &[u64]) -> Result<Vec<Vec<Loss>>, TraceError> {
    let one = |counts: &[u64; 3]| {
        let [events, _, losses] = *counts;
        let words = words_of(rest.take(losses.saturating_mul(16))?);
        let loss = |words: &[u64; 2]| {
            let at = at_most("the place of a loss", words[0], events)? as usize;
            Ok(Loss { at, events: words[1] })
        };
        words.as_chunks().0.iter().map(loss).collect()
    };
    counts.as_chunks().0.iter().map(one).collect()
}

fn unit_of(word: u64) -> Result<Unit, TraceError> {
    Ok(match at_most("the unit of time", word, 2)? {
        0 => Unit::RealTime,
        1 => Unit::Instructions,
        _ => Unit::Simulated,
    })
}

/// The last word must be the sum of what stands before it.
fn check_sum(bytes: &[u8]) -> Result<(), TraceError> {
    let (content, last) = bytes.split_last_chunk::<8>().ok_or(TraceError::Checksum)?;
    let mut sum = Fnv::new();
    sum.add(content);
    if sum.0 == u64::from_le_bytes(*last) { Ok(()) } else { Err(TraceError::Checksum) }
}

fn padding(length: usize) -> usize {
    length.next_multiple_of(8) - length
}

/// The bytes of a file and how far they are read.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], TraceError> {
        let needs = (self.at as u64).saturating_add(length);
        let short = TraceError::Short { has: self.bytes.len() as u64, needs };
        let part = self.bytes.get(self.at..needs as usize).ok_or(short)?;
        self.at = needs as usize;
        Ok(part)
    }
}

/// The 64-bit FNV-1a hash.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

/// A writer that sums what passes.
struct Summed<'a, W> {
    to: &'a mut W,
    sum: Fnv,
}

impl<W: Write> Summed<'_, W> {
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), TraceError> {
        self.sum.add(bytes);
        Ok(self.to.write_all(bytes)?)
    }

    fn words(&mut self, words: &[u64]) -> Result<(), TraceError> {
        words.iter().try_for_each(|word| self.bytes(&word.to_le_bytes()))
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
