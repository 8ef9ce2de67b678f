//! Scrubbing and loading a partition's memory, at boot in one go and after a fault in small pieces.

use crate::{arch, memory::Range, system::Partition};
use core::sync::atomic::Ordering;

/// The largest piece of a reload in bytes: what a reload delays others by.
const PIECE: u64 = 4096;

/// Scrubs and loads the whole memory of `partition`.
pub fn load_all(partition: &Partition) {
    arch::zero(partition.memory);
    for (offset, bytes) in partition.loads {
        copy(partition, *offset, bytes);
    }
}

/// Scrubs or loads the next piece; false when there is none left.
pub fn load_piece(partition: &Partition) -> bool {
    let at = partition.reloaded.load(Ordering::Relaxed);
    let size = partition.memory.size;
    let done = if at < size {
        let length = PIECE.min(size - at);
        arch::zero(Range { start: partition.memory.start + at, size: length });
        length
    } else {
        load_piece_at(partition, at - size)
    };
    partition.reloaded.store(at + done, Ordering::Relaxed);
    done > 0
}

/// Copies the piece at `position` in the sequence of all loads; returns its length, 0 at the end.
fn load_piece_at(partition: &Partition, position: u64) -> u64 {
    let mut before = 0;
    for (offset, bytes) in partition.loads {
        let inside = position - before;
        if let Some(rest) = bytes.get(inside as usize..).filter(|rest| !rest.is_empty()) {
            let piece = rest.get(..PIECE as usize).unwrap_or(rest);
            copy(partition, offset + inside, piece);
            return piece.len() as u64;
        }
        before += bytes.len() as u64;
    }
    0
}

fn copy(partition: &Partition, offset: u64, bytes: &[u8]) {
    let place = Range { start: partition.memory.start.saturating_add(offset), size: bytes.len() as u64 };
    if partition.memory.contains(&place) {
        arch::copy(place.start, bytes);
    }
}
