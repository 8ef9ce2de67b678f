//! Words, names and events in byte form: what memory image and trace file have in common.

use crate::{Event, TraceError, Words, event::EVENT_BYTES};
use std::{string::String, vec::Vec};

/// Bytes of a scheduler's name.
pub(crate) const NAME_BYTES: usize = 16;

/// Words of a byte string; bytes that do not fill a word are left out.
pub(crate) fn words_of(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks::<8>().0.iter().map(|chunk| u64::from_le_bytes(*chunk)).collect()
}

/// `has`, if it is not above `most`.
pub(crate) fn at_most(what: &'static str, has: u64, most: u64) -> Result<u64, TraceError> {
    if has > most { Err(TraceError::Range { what, has, most }) } else { Ok(has) }
}

/// The name of pool `pool`'s scheduler: printable ASCII, padded with zeros.
pub(crate) fn name_of(pool: usize, bytes: &[u8]) -> Result<String, TraceError> {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let padded = bytes.iter().skip(text.len()).all(|byte| *byte == 0);
    if text.is_empty() || !padded || !text.iter().all(u8::is_ascii_graphic) {
        return Err(TraceError::SchedulerName { pool });
    }
    Ok(text.iter().map(|byte| char::from(*byte)).collect())
}

/// The byte form of a scheduler's name; what is too long is cut.
pub(crate) fn name_bytes(name: &str) -> [u8; NAME_BYTES] {
    let mut bytes = [0; NAME_BYTES];
    for (place, byte) in bytes.iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    bytes
}

/// The events in the bytes of ring `ring`.
pub(crate) fn events_of(ring: usize, bytes: &[u8]) -> Result<Vec<Event>, TraceError> {
    let mut events = Vec::with_capacity(bytes.len() / EVENT_BYTES);
    for (index, chunk) in bytes.as_chunks::<EVENT_BYTES>().0.iter().enumerate() {
        let mut words: Words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(chunk.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        let unknown = || TraceError::UnknownEvent { ring, index: index as u64, kind: words[0] as u8 };
        events.push(Event::decode(&words).ok_or_else(unknown)?);
    }
    Ok(events)
}
