//! What GRUB hands over: the boot information of the Multiboot2 Specification 2.0, section 3.6.
//!
//! A list of tags, each with its length. Own code and no crate: five kinds of tags are needed, which is less to review than a
//! dependency. Pure, as `handed` is.

use super::handed::{Handed, MemoryMap, line, number};
use crate::memory::Range;

/// Bytes before the first tag: the length of the whole, and a word without meaning.
pub(super) const HEADER: usize = 8;

/// Kinds of tags.
mod kind {
    pub(super) const END: u64 = 0;
    pub(super) const LINE: u64 = 1;
    pub(super) const MODULE: u64 = 3;
    pub(super) const MEMORY: u64 = 6;
    pub(super) const ACPI_1: u64 = 14;
    pub(super) const ACPI_2: u64 = 15;
}

/// The length that the information at its beginning claims to have.
pub(super) fn length(header: &[u8]) -> u64 {
    number(header, 0, 4)
}

/// Reads the information, which lies at `address`. `None` if it is cut off, never ends, or has no memory map.
pub(super) fn parse(info: &'static [u8], address: u64) -> Option<Handed> {
    let (mut root_pointer, mut text, mut bundle, mut memory) = (0, "", None, None);
    let mut at = HEADER;
    loop {
        let (kind, size) = (number(info, at, 4), number(info, at + 4, 4) as usize);
        let body = info.get(at + 8..at.checked_add(size)?)?;
        match kind {
            kind::END => break,
            kind::LINE => text = line(body),
            // The first one is the bundle.
            kind::MODULE => bundle = bundle.or(Some(Range::between(number(body, 0, 4), number(body, 4, 4)))),
            kind::MEMORY => memory = Some(MemoryMap::new(body.get(8..)?, number(body, 0, 4) as usize)?),
            // A copy of the root pointer; the newer one knows of tables that the older one does not.
            kind::ACPI_2 => root_pointer = address + at as u64 + 8,
            kind::ACPI_1 if root_pointer == 0 => root_pointer = address + at as u64 + 8,
            _ => {}
        }
        // At least 8, or there would have been no body.
        at = at.checked_add(size.checked_next_multiple_of(8)?)?;
    }
    let kept = Range { start: address, size: info.len() as u64 };
    Some(Handed { root_pointer, line: text, bundle, kept, memory: memory? })
}

#[cfg(test)]
#[path = "multiboot2_tests.rs"]
mod tests;
