//! Ranges of physical memory, and the list of those that are free.

use heapless::Vec;

/// A range of physical addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Range {
    /// The first address.
    pub start: u64,
    /// The length in bytes.
    pub size: u64,
}

impl Range {
    /// From `start` up to, not including, `end`; empty if `end` is not later.
    pub const fn between(start: u64, end: u64) -> Self {
        Self { start, size: end.saturating_sub(start) }
    }

    /// The first address behind the range.
    pub const fn end(&self) -> u64 {
        self.start.saturating_add(self.size)
    }

    /// True if `other` lies wholly inside.
    pub const fn contains(&self, other: &Self) -> bool {
        other.start >= self.start && other.end() <= self.end()
    }
}

/// The largest number of pieces that free memory may fall into.
const PIECES: usize = 32;

/// Free physical memory.
#[derive(Debug, Default)]
pub struct Ranges {
    pieces: Vec<Range, PIECES>,
}

impl Ranges {
    /// No memory.
    pub const fn new() -> Self {
        Self { pieces: Vec::new() }
    }

    /// Adds a range; one more than there is room for is left out, which only loses memory.
    ///
    /// # Safety
    /// Whoever is given a part of it writes there: it is mapped memory that nothing else uses, for ever,
    /// once everything that does was taken out by [`Ranges::exclude`].
    pub unsafe fn add(&mut self, range: Range) {
        if range.size > 0 {
            let _ = self.pieces.push(range);
        }
    }

    /// Takes `taken` out of the free memory.
    pub fn exclude(&mut self, taken: Range) {
        let mut rest = Vec::<Range, PIECES>::new();
        for piece in &self.pieces {
            let before = Range::between(piece.start, taken.start.min(piece.end()));
            let after = Range::between(taken.end().max(piece.start), piece.end());
            for part in [before, after] {
                if part.size > 0 && rest.push(part).is_err() {
                    keep_largest(&mut rest, part);
                }
            }
        }
        self.pieces = rest;
    }

    /// Cuts `size` bytes at a multiple of `align` (a power of two) from the lowest piece that has them.
    #[inline(never)]
    pub fn take(&mut self, size: u64, align: u64) -> Option<Range> {
        let fits = |piece: &Range| {
            let start = piece.start.checked_next_multiple_of(align)?;
            (start.checked_add(size)? <= piece.end()).then_some(Range { start, size })
        };
        let found = self.pieces.iter().find_map(fits)?;
        self.exclude(found);
        Some(found)
    }

    /// Cuts `size` bytes from the end of the highest piece that has them.
    pub fn take_last(&mut self, size: u64) -> Option<Range> {
        let cut = |piece: &Range| {
            let start = piece.end().checked_sub(size)? & !0xfff;
            Some(Range { start, size: piece.end() - start }).filter(|found| piece.contains(found))
        };
        let found = self.pieces.iter().filter_map(cut).max_by_key(Range::end)?;
        self.exclude(found);
        Some(found)
    }

    /// The free pieces.
    pub fn iter(&self) -> impl Iterator<Item = &Range> {
        self.pieces.iter()
    }

    /// All free bytes.
    pub fn total(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.size).sum()
    }
}

/// Puts `part` in the place of the smallest piece, if that is smaller: thousands of cuts leave slivers that nobody needs.
#[cold]
#[inline(never)]
fn keep_largest(pieces: &mut [Range], part: Range) {
    if let Some(smallest) = pieces.iter_mut().min_by_key(|piece| piece.size)
        && smallest.size < part.size
    {
        *smallest = part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slivers_never_cost_the_large_piece() {
        let mut free = Ranges::new();
        // SAFETY: nobody writes there.
        unsafe { free.add(Range { start: 0x1000, size: 0x100_0000 }) };
        for page in 0..100 {
            let place = free.take(0xff0, 0x1000).unwrap();
            assert_eq!(place.start, 0x1000 + page * 0x1000, "a sliver of 16 bytes stays behind each");
        }
        assert!(free.total() >= 0x100_0000 - 100 * 0x1000);
        assert!(free.take(0x10_0000, 0x1000).is_some());
    }

    #[test]
    fn taking_leaves_the_rest_and_never_overlaps() {
        let mut free = Ranges::new();
        // SAFETY: nobody writes there.
        unsafe { free.add(Range { start: 0x1000, size: 0x10_0000 }) };
        free.exclude(Range { start: 0x8000, size: 0x1000 });
        let first = free.take(0x4000, 0x1000).unwrap();
        let second = free.take(0x4000, 0x4000).unwrap();
        assert_eq!(first.start, 0x1000);
        assert_eq!(second.start, 0xc000);
        assert_eq!(free.total(), 0x10_0000 - 0x1000 - 0x8000);
        assert!(free.take(0x20_0000, 1).is_none());
        assert_eq!(free.take_last(0x1000).unwrap().end(), 0x10_1000);
    }

    #[test]
    fn sizes_near_the_end_of_the_address_space_do_not_wrap() {
        let mut free = Ranges::new();
        // SAFETY: nobody writes there.
        unsafe { free.add(Range { start: u64::MAX - 0x100, size: 0x100 }) };
        assert!(free.take(0x1000, 0x1000).is_none());
        assert!(free.take_last(u64::MAX).is_none());
    }
}
