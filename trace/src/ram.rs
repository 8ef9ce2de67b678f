//! Reading the trace out of a machine's memory image.
//!
//! The image is the RAM as a file, without the holes between its pieces: only from the directory down to the rings
//! are address and place in the file known to run alike. Nothing in it is trusted: every count and address is checked
//! before it is used.

use crate::{
    Recording, Ring, TraceError, Unit,
    area::{DIRECTORY_BYTES, MAGIC, RINGS_MAX, VERSION, word},
    bytes::{NAME_BYTES, at_most, events_of, name_of, words_of},
    event::EVENT_BYTES,
};
use sched::Instant;
use std::{
    io::{Read, Seek, SeekFrom},
    string::String,
    vec,
    vec::Vec,
};

/// The largest number of pools.
pub(crate) const POOLS_MAX: u64 = 64;
/// How much is searched at a time.
const SEARCHED_BYTES: u64 = 1 << 20;
const MAGIC_MISSING: &str = "no page of the machine's memory holds a trace directory: the system was not started";

/// Reads the recording in a memory image of `size` bytes, whose nanoseconds are `unit`s.
///
/// Fails with a sentence when the directory is missing or contradicts the image.
pub fn read(image: &mut (impl Read + Seek), size: u64, unit: Unit) -> Result<Recording, TraceError> {
    let (at, directory) = directory(image, size)?;
    recording(&directory, unit, |ring, entry| {
        let events = read_ring(image, at, ring, entry)?;
        Ok(Ring { events, dropped: entry.dropped, losses: Vec::new() })
    })
}

/// The recording that this directory speaks of; `read` gets its rings.
pub(crate) fn recording(
    directory: &[u8],
    unit: Unit,
    mut read: impl FnMut(usize, &Entry) -> Result<Ring, TraceError>,
) -> Result<Recording, TraceError> {
    let words = words_of(directory);
    let get = |index: usize| words.get(index).copied().unwrap_or(0);
    if get(word::VERSION) != VERSION {
        return Err(TraceError::Version { found: get(word::VERSION), known: VERSION });
    }
    let count = at_most("the number of rings", get(word::RINGS), RINGS_MAX as u64)?;
    let mut rings = Vec::new();
    for ring in 0..count as usize {
        let first = word::RING_FIRST + ring * word::RING_WORDS;
        let [address, capacity, written, dropped] = [0, 1, 2, 3].map(|word| get(first + word));
        let written = at_most("the number of events in a ring", written, capacity)?;
        rings.push(read(ring, &Entry { place: get(word::PLACE), address, capacity, written, dropped })?);
    }
    Ok(Recording {
        unit,
        plan_hash: get(word::PLAN_HASH),
        schedulers: read_names(directory, get(word::POOLS))?,
        epoch: get(word::EPOCH_TICKS),
        frequency: get(word::FREQUENCY),
        ended: get(word::ENDED) == 1,
        end_time: Instant::from_nanos(get(word::END_TIME)),
        rings,
    })
}

/// Where in the image the directory is, and its bytes. It is the last page of the highest free piece of memory that has
/// room for the trace; only what the loader and the firmware put at the end of memory lies above, so the search begins
/// there.
fn directory(image: &mut (impl Read + Seek), size: u64) -> Result<(u64, Vec<u8>), TraceError> {
    let needs = DIRECTORY_BYTES as u64;
    if size < needs {
        return Err(TraceError::Short { has: size, needs });
    }
    let mut end = size;
    while end >= needs {
        let length = end.min(SEARCHED_BYTES) / needs * needs;
        end -= length;
        let bytes = take(image, end, length as usize)?;
        let is_directory = |page: &[u8]| page.get(8 * word::MAGIC..8 * word::MAGIC + 8) == Some(&MAGIC.to_le_bytes());
        let pages = bytes.chunks_exact(DIRECTORY_BYTES);
        if let Some((page, above)) = pages.rev().zip(0_u64..).find(|(page, _)| is_directory(page)) {
            return Ok((end + length - (above + 1) * needs, page.to_vec()));
        }
    }
    Err(TraceError::NotATrace(MAGIC_MISSING))
}

/// What the directory says about a ring.
pub(crate) struct Entry {
    /// The physical address of the directory.
    place: u64,
    address: u64,
    capacity: u64,
    pub(crate) written: u64,
    pub(crate) dropped: u64,
}

/// The events of a ring; the directory is `directory` bytes behind the image's beginning.
fn read_ring(
    image: &mut (impl Read + Seek),
    directory: u64,
    ring: usize,
    entry: &Entry,
) -> Result<Vec<crate::Event>, TraceError> {
    if entry.written == 0 {
        return Ok(Vec::new());
    }
    let outside = || TraceError::RingOutside { ring, address: entry.address };
    let before = entry.place.checked_sub(entry.address).ok_or_else(outside)?;
    let at = directory.checked_sub(before).ok_or_else(outside)?;
    if entry.capacity > before / EVENT_BYTES as u64 {
        return Err(outside());
    }
    let bytes = take(image, at, entry.written as usize * EVENT_BYTES)?;
    events_of(ring, &bytes)
}

fn read_names(directory: &[u8], pools: u64) -> Result<Vec<String>, TraceError> {
    let pools = at_most("the number of pools", pools, POOLS_MAX)? as usize;
    let names = directory.get(word::SCHEDULERS * 8..).unwrap_or_default();
    names.chunks_exact(NAME_BYTES).take(pools).enumerate().map(|(pool, name)| name_of(pool, name)).collect()
}

fn take(image: &mut (impl Read + Seek), at: u64, length: usize) -> Result<Vec<u8>, TraceError> {
    image.seek(SeekFrom::Start(at))?;
    let mut bytes = vec![0; length];
    image.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[path = "ram_tests.rs"]
mod tests;
