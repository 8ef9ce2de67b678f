//! What a boot loader hands over, whichever protocol it speaks, and what of that can be believed.
//!
//! Pure: it looks at bytes and numbers only, so that the host's tests can give it anything.

use crate::memory::Range;

/// Bytes of an entry of the memory map: address, size, kind, and a word without meaning. PVH and multiboot2 agree in it.
pub(super) const ENTRY: usize = 24;
/// The kind of memory that is free for use. Every other one belongs to firmware or to nobody.
const RAM: u64 = 1;
/// Real mode, firmware and old devices have their places below this address.
const FIRST_MEGABYTE: u64 = 1 << 20;
const PAGE: u64 = 1 << 12;
/// The largest number of entries that is looked at.
const ENTRIES_MAX: usize = 256;

/// What was handed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handed {
    /// Where ACPI's root pointer lies; 0 if that was not said.
    pub(super) root_pointer: u64,
    /// The boot line.
    pub(super) line: &'static str,
    /// The bundle.
    pub(super) bundle: Option<Range>,
    /// What must stay until the system is built: the boot line lies there. Empty if it lies in the first MiB.
    pub(super) kept: Range,
    /// What memory there is.
    pub(super) memory: MemoryMap,
}

impl Handed {
    /// Whether memory can be given away and the rest read, for an image that lies at `image`; else what is wrong.
    pub(super) fn check(&self, image: Range) -> Result<(), &'static str> {
        if !self.memory.is_disjoint() {
            return Err("has a memory map with ranges that overlap");
        }
        for range in [Some(image), self.bundle, Some(self.kept)].into_iter().flatten() {
            // Low memory is always mapped.
            let low = range.end() <= FIRST_MEGABYTE;
            if range.size > 0 && !low && !self.memory.usable().any(|free| free.contains(&range)) {
                return Err("has a boot loader that put something where no memory is");
            }
        }
        if self.bundle.is_some_and(|bundle| overlap(&bundle, &image)) {
            return Err("has a boot loader that put the bundle where the hypervisor is");
        }
        Ok(())
    }
}

/// The memory map as it was handed over: entries of which the first [`ENTRY`] bytes are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemoryMap {
    bytes: &'static [u8],
    step: usize,
}

impl MemoryMap {
    /// The map in `bytes`, with an entry every `step` bytes; `None` if there can be none, or too many.
    pub(super) fn new(bytes: &'static [u8], step: usize) -> Option<Self> {
        (step >= ENTRY && bytes.len() / step <= ENTRIES_MAX).then_some(Self { bytes, step })
    }

    fn entries(&self) -> impl Iterator<Item = (Range, u64)> {
        let whole = self.bytes.chunks_exact(self.step);
        whole.map(|one| (Range { start: number(one, 0, 8), size: number(one, 8, 8) }, number(one, 16, 4)))
    }

    /// The whole pages above the first MiB that are free for use.
    pub(super) fn usable(&self) -> impl Iterator<Item = Range> {
        self.entries().filter(|(_, kind)| *kind == RAM).map(|(range, _)| whole_pages(&range)).filter(|one| one.size > 0)
    }

    /// Whether nothing that is free for use is named once more.
    fn is_disjoint(&self) -> bool {
        self.entries().enumerate().filter(|(_, (_, kind))| *kind == RAM).all(|(at, (range, _))| {
            let free = whole_pages(&range);
            self.entries().enumerate().all(|(other, (range, _))| other == at || !overlap(&free, &range))
        })
    }
}

fn whole_pages(range: &Range) -> Range {
    let start = range.start.max(FIRST_MEGABYTE).checked_next_multiple_of(PAGE).unwrap_or(u64::MAX);
    Range::between(start, range.end() & !(PAGE - 1))
}

fn overlap(one: &Range, other: &Range) -> bool {
    one.start.max(other.start) < one.end().min(other.end())
}

/// The little-endian number of `length` bytes at `at`; 0 beyond the end.
pub(super) fn number(table: &[u8], at: usize, length: usize) -> u64 {
    let bytes = table.get(at..at + length).unwrap_or(&[]);
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// The boot line in bytes that end with a zero, or end anyway. What is no text becomes `?`, which is refused as any unknown
/// parameter is.
pub(super) fn line(bytes: &'static [u8]) -> &'static str {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    core::str::from_utf8(text.trim_ascii()).unwrap_or("?")
}

#[cfg(test)]
#[path = "handed_tests.rs"]
mod tests;
