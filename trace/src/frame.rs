//! Frames: how the one serial line of a board carries the partitions' consoles, the hypervisor's own text
//! and its log, and how a reader tells them apart from text that is outside of all frames.
//!
//! On the line a frame is
//!
//! ```text
//! 00  COBS( kind, source low, source high, payload ..., CRC low, CRC high )  00
//! ```
//!
//! [`Kind`] says what the payload is, the source which partition or pCPU it comes from (0 for the hypervisor's
//! text). COBS (Cheshire and Baker, "Consistent overhead byte stuffing", 1999) takes all zeros out, so that a
//! zero only ever stands between frames: what damages a frame costs that frame and no other. The checksum
//! is CRC-16/IBM-3740 over kind, source and payload.
//!
//! Between two zeros may also stand plain text: a firmware's, or a refusal before the boot line was read.

mod decoder;
#[cfg(test)]
mod tests;

pub use decoder::{Decoder, Item};

/// The largest payload in bytes: an event, its place and its check ([`crate::line`]).
pub const PAYLOAD: usize = 72;
/// Kind and source.
const HEAD: usize = 3;
const CHECKSUM: usize = 2;
/// A whole frame with both zeros; it is so short that COBS needs one byte.
const BYTES: usize = HEAD + PAYLOAD + CHECKSUM + 3;
const CRC_START: u16 = 0xffff;

/// What a frame carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Text of the hypervisor.
    Text = 1,
    /// Bytes that the source, a partition by its index in the plan, wrote to its console.
    Console = 2,
    /// One message of the log of the source, a pCPU, in defmt's raw encoding.
    Log = 3,
    /// A piece of the trace ([`crate::line`]).
    Trace = 4,
}

impl Kind {
    fn from_number(number: u8) -> Option<Self> {
        [Self::Text, Self::Console, Self::Log, Self::Trace].into_iter().find(|kind| *kind as u8 == number)
    }
}

/// A frame in the making.
#[derive(Clone, Debug)]
pub struct Frame {
    bytes: [u8; BYTES],
    length: usize,
    payload: usize,
    /// Where the distance to the next zero will stand.
    open: usize,
    crc: u16,
}

impl Frame {
    /// No frame at all: it has no bytes.
    pub const NONE: Self = Self { bytes: [0; BYTES], length: 0, payload: 0, open: 0, crc: 0 };

    /// A frame without a payload.
    pub fn new(kind: Kind, source: u16) -> Self {
        let mut frame = Self::NONE;
        frame.begin(kind, source);
        frame
    }

    /// Becomes a frame without a payload, in place: frames are too long to be handed around.
    #[inline(never)]
    pub fn begin(&mut self, kind: Kind, source: u16) {
        (self.length, self.payload, self.open, self.crc) = (2, 0, 1, CRC_START);
        let [low, high] = source.to_le_bytes();
        self.put(&[kind as u8, low, high]);
    }

    /// Becomes no frame at all.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Takes as much of `payload` as there is room for, and says how much that was. Not inlined: a frame is
    /// made in several places.
    #[inline(never)]
    pub fn extend(&mut self, payload: &[u8]) -> usize {
        let count = payload.len().min(PAYLOAD - self.payload);
        self.put(payload.get(..count).unwrap_or(&[]));
        self.payload += count;
        count
    }

    /// Completes the frame. Nothing can be added any more.
    #[inline(never)]
    pub fn finish(&mut self) {
        self.crc.to_le_bytes().into_iter().for_each(|byte| self.stuff(byte));
        self.close();
        self.payload = PAYLOAD;
    }

    /// The bytes of a complete frame for the line.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }

    #[inline(never)]
    fn put(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.crc = crc(self.crc, *byte);
            self.stuff(*byte);
        }
    }

    fn stuff(&mut self, byte: u8) {
        if byte == 0 {
            self.close();
        } else if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    /// A zero comes here: whoever reads learns of it by its distance from the one before.
    fn close(&mut self) {
        if let Some(place) = self.bytes.get_mut(self.open) {
            *place = (self.length - self.open) as u8;
            self.open = self.length;
            // The zero at the very end has been written over if this is not the first frame here.
            if let Some(zero) = self.bytes.get_mut(self.length) {
                *zero = 0;
            }
            self.length += 1;
        }
    }
}

/// The checksum with one more byte, bit by bit in parallel: x¹⁶ + x¹² + x⁵ + 1.
fn crc(before: u16, byte: u8) -> u16 {
    let mut crc = before.swap_bytes() ^ u16::from(byte);
    crc ^= (crc & 0xff) >> 4;
    crc ^= crc << 12;
    crc ^ (crc & 0xff) << 5
}
