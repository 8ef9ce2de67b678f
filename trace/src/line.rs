//! The trace on a serial line: how the hypervisor sends its rings at the end of a run, in [frames](crate::frame).
//!
//! A frame of kind [`Kind::Trace`] carries 64 bytes: an event, or a piece of the [directory](crate::area). Its source
//! is the ring, or [`BEGIN`] or [`END`] for the directory. The payload is
//!
//! ```text
//! position (4 bytes)   64 bytes   check (4 bytes)
//! ```
//!
//! all little-endian. The position counts the events of the ring, or the pieces of the directory, from 0: so a reader
//! knows which frames it lacks. The directory comes first and says how many there are; it comes again at the end.
//! The checksum of the frame alone lets one of 65,536 damaged frames pass, which is too many when thousands come: the
//! check makes it one of 2⁴⁸.

#[cfg(feature = "std")]
mod reader;

#[cfg(feature = "std")]
pub use reader::{Losses, Reader};

use crate::{
    Words,
    frame::{Frame, Kind},
};

/// The source of the directory before the rings.
pub const BEGIN: u16 = 0xfffe;
/// The source of the directory behind them, which ends the trace.
pub const END: u16 = 0xffff;

/// The frame of one event or piece.
#[inline(never)]
pub fn frame(source: u16, position: u32, words: &Words) -> Frame {
    let mut frame = Frame::new(Kind::Trace, source);
    frame.extend(&position.to_le_bytes());
    for word in words {
        frame.extend(&word.to_le_bytes());
    }
    frame.extend(&check(source, position, words).to_le_bytes());
    frame.finish();
    frame
}

/// The upper half of FNV-1a (64 bits), by words instead of bytes.
fn check(source: u16, position: u32, words: &Words) -> u32 {
    let start = u64::from(source) << 32 | u64::from(position);
    let step = |sum: u64, word: &u64| (sum ^ word).wrapping_mul(0x0000_0100_0000_01b3);
    (words.iter().fold(step(0xcbf2_9ce4_8422_2325, &start), step) >> 32) as u32
}

#[cfg(all(test, feature = "std"))]
mod tests;
