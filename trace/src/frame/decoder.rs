//! Taking a serial line apart into frames and what is outside of them.

use super::{BYTES, CHECKSUM, CRC_START, Kind, crc};

/// Something that came over the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item<'a> {
    /// An intact frame.
    Frame {
        /// What the payload is.
        kind: Kind,
        /// Where it comes from.
        source: u16,
        /// The payload.
        payload: &'a [u8],
    },
    /// Text outside of all frames.
    Text(&'a [u8]),
    /// So many bytes that are neither.
    Damaged(usize),
}

/// Takes a serial line apart, byte by byte, in a fixed amount of memory.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// What came since the last zero, and how much that is.
    raw: [u8; BYTES],
    length: usize,
    /// More came since the last zero than fits: it is no frame.
    long: bool,
    /// The bytes that are given out.
    given: [u8; BYTES],
}

impl Default for Decoder {
    fn default() -> Self {
        Self { raw: [0; BYTES], length: 0, long: false, given: [0; BYTES] }
    }
}

impl Decoder {
    /// Takes the next byte of the line; gives what it ends, if it ends something.
    pub fn push(&mut self, byte: u8) -> Option<Item<'_>> {
        if byte == 0 {
            return self.end();
        }
        if let Some(place) = self.raw.get_mut(self.length) {
            *place = byte;
            self.length += 1;
            return None;
        }
        self.given = self.raw;
        (self.raw[0], self.length, self.long) = (byte, 1, true);
        Some(outside(&self.given))
    }

    /// A zero came, or the line ends: gives what stands before it.
    pub fn end(&mut self) -> Option<Item<'_>> {
        let raw = self.raw.get(..core::mem::take(&mut self.length)).filter(|raw| !raw.is_empty())?;
        if core::mem::take(&mut self.long) {
            return Some(outside(raw));
        }
        Some(frame(raw, &mut self.given).unwrap_or(outside(raw)))
    }
}

/// What is no frame is text if it looks like text.
fn outside(raw: &[u8]) -> Item<'_> {
    let is_text = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'\t' | 0x1b | 0x20..=0x7e | 0x80..);
    if raw.iter().all(is_text) { Item::Text(raw) } else { Item::Damaged(raw.len()) }
}

/// An intact frame; its bytes come to stand in `given`.
fn frame<'a>(raw: &[u8], given: &'a mut [u8; BYTES]) -> Option<Item<'a>> {
    let length = unstuff(raw, given)?;
    let end = length.checked_sub(CHECKSUM)?;
    let (checked, sum) = given.get(..length)?.split_at_checked(end)?;
    let wanted = checked.iter().fold(CRC_START, |sum, byte| crc(sum, *byte)).to_le_bytes();
    let [kind, low, high, payload @ ..] = checked else { return None };
    let kind = Kind::from_number(*kind).filter(|_| sum == wanted)?;
    Some(Item::Frame { kind, source: u16::from_le_bytes([*low, *high]), payload })
}

/// Puts the zeros back; how many bytes that gives, if the distances fit.
fn unstuff(raw: &[u8], given: &mut [u8; BYTES]) -> Option<usize> {
    let (mut at, mut length) = (0, 0);
    while let Some(distance) = raw.get(at) {
        let next = at + usize::from(*distance);
        if at > 0 {
            *given.get_mut(length)? = 0;
            length += 1;
        }
        let piece = raw.get(at + 1..next)?;
        given.get_mut(length..length + piece.len())?.copy_from_slice(piece);
        (at, length) = (next, length + piece.len());
    }
    Some(length)
}
