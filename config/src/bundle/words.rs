//! Total access to the plan part: outside it everything reads as zero.

use super::format::{blob, header, load, partition, pool, scheduler, vcpu};

/// The plan part as little-endian words.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a>(pub(crate) &'a [u8]);

impl<'a> Words<'a> {
    /// The word with this index.
    pub(crate) fn at(&self, index: usize) -> u64 {
        let bytes = index.checked_mul(8).and_then(|from| self.0.get(from..from.checked_add(8)?));
        match bytes.and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => u64::from_le_bytes(bytes),
            None => 0,
        }
    }

    /// The 8-bit field `n` of the word.
    pub(crate) fn byte(&self, index: usize, n: usize) -> u8 {
        (self.at(index) >> (8 * n)) as u8
    }

    /// The 16-bit field `n` of the word.
    pub(crate) fn quarter(&self, index: usize, n: usize) -> u16 {
        (self.at(index) >> (16 * n)) as u16
    }

    /// The 32-bit field `n` of the word.
    pub(crate) fn half(&self, index: usize, n: usize) -> u32 {
        (self.at(index) >> (32 * n)) as u32
    }

    /// The text that the word refers to in the text section `from..from + length` (bytes).
    pub(crate) fn text(&self, index: usize, section: (usize, usize)) -> Option<&'a str> {
        let (offset, length) = (self.half(index, 0) as usize, self.half(index, 1) as usize);
        let (from, size) = section;
        if offset.checked_add(length)? > size {
            return None;
        }
        let start = from.checked_add(offset)?;
        core::str::from_utf8(self.0.get(start..start.checked_add(length)?)?).ok()
    }
}

/// Where the sections begin (word indexes) and how many records they have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sections {
    pub(crate) pools: Section,
    pub(crate) partitions: Section,
    pub(crate) vcpus: Section,
    pub(crate) loads: Section,
    pub(crate) blobs: Section,
    pub(crate) schedulers: Section,
    /// The word at which the rows begin.
    pub(crate) rows: usize,
    /// The byte at which the text begins, and its length.
    pub(crate) text: (usize, usize),
}

/// A section: where it begins, how many records of how many words it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    start: usize,
    pub(crate) count: usize,
    words: usize,
}

impl Section {
    const fn after(start: usize, count: usize, words: usize) -> Self {
        Self { start, count, words }
    }

    const fn end(&self) -> usize {
        self.start.saturating_add(self.count.saturating_mul(self.words))
    }

    /// The first word of record `index`; `None` if there is no such record.
    pub(crate) const fn record(&self, index: usize) -> Option<usize> {
        if index < self.count { Some(self.start + index * self.words) } else { None }
    }
}

impl Sections {
    /// The sections as the header's counts give them; the text follows the rows and is placed by the caller.
    pub(crate) fn of(words: &Words) -> Self {
        let count = |n| usize::from(words.quarter(header::COUNTS, n));
        let pools = Section::after(header::WORDS, count(0), pool::WORDS);
        let partitions = Section::after(pools.end(), count(1), partition::WORDS);
        let vcpus = Section::after(partitions.end(), count(2), vcpu::WORDS);
        let loads = Section::after(vcpus.end(), words.half(header::IMAGES, 0) as usize, load::WORDS);
        let blobs = Section::after(loads.end(), words.half(header::IMAGES, 1) as usize, blob::WORDS);
        let schedulers = Section::after(blobs.end(), count(3), scheduler::WORDS);
        let text = (0, words.at(header::TEXT) as usize);
        Self { pools, partitions, vcpus, loads, blobs, schedulers, rows: schedulers.end(), text }
    }
}

/// The rows of one scheduler: how many words each kind has and where each kind begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub(crate) pool_words: usize,
    pub(crate) group_words: usize,
    pub(crate) vcpu_words: usize,
    pub(crate) entry_words: usize,
    pub(crate) pools: usize,
    pub(crate) groups: usize,
    pub(crate) vcpus: usize,
    pub(crate) entries: usize,
    pub(crate) entry_count: usize,
    /// The word after the last one.
    pub(crate) end: usize,
}

impl Rows {
    /// The rows of the scheduler whose record begins at word `record`, when they begin at word `start`.
    pub(crate) fn of(words: &Words, record: usize, start: usize, sections: &Sections) -> Self {
        let width = |n| usize::from(words.byte(record + scheduler::SHAPE, n));
        let entry_count = words.half(record + scheduler::SHAPE, 1) as usize;
        let after = |start: usize, count: usize, width: usize| start.saturating_add(count.saturating_mul(width));
        let groups = after(start, sections.pools.count, 1 + width(0));
        let vcpus = after(groups, sections.partitions.count, width(1));
        let entries = after(vcpus, sections.vcpus.count, width(2));
        Self {
            pool_words: width(0),
            group_words: width(1),
            vcpu_words: width(2),
            entry_words: width(3),
            pools: start,
            groups,
            vcpus,
            entries,
            entry_count,
            end: after(entries, entry_count, width(3)),
        }
    }
}
