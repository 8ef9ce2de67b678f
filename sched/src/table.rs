//! Total access to an array of slots.
//!
//! A policy that indexes an array with a number from outside could panic, and a policy that checks at
//! every access cannot be read. [`Table`] makes access total once: an index without a slot reaches a spare
//! slot that nobody else looks at. Callers that must tell the difference ask [`Table::has`].

/// An array of slots with total access.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Table<T, M> {
    slots: M,
    spare: T,
}

impl<T: Copy, M: AsRef<[T]> + AsMut<[T]>> Table<T, M> {
    /// Wraps `slots`; `spare` stands in for slots that do not exist.
    pub fn new(slots: M, spare: T) -> Self {
        Self { slots, spare }
    }

    /// The number of slots.
    pub fn len(&self) -> usize {
        self.slots.as_ref().len()
    }

    /// True without slots.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if there is a slot `index`.
    pub fn has(&self, index: usize) -> bool {
        index < self.len()
    }

    /// The slot `index`, or the spare.
    #[inline(always)]
    pub fn at(&self, index: usize) -> &T {
        self.slots.as_ref().get(index).unwrap_or(&self.spare)
    }

    /// The slot `index`, or the spare.
    #[inline(always)]
    pub fn at_mut(&mut self, index: usize) -> &mut T {
        self.slots.as_mut().get_mut(index).unwrap_or(&mut self.spare)
    }

    /// The slots `a` and `b`, if they exist and are two.
    #[inline(always)]
    pub fn pair_mut(&mut self, a: usize, b: usize) -> Option<(&mut T, &mut T)> {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let (head, tail) = self.slots.as_mut().split_at_mut_checked(high)?;
        let (first, second) = (head.get_mut(low)?, tail.first_mut()?);
        Some(if a < b { (first, second) } else { (second, first) })
    }

    /// All slots.
    pub fn as_slice(&self) -> &[T] {
        self.slots.as_ref()
    }

    /// All slots.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.slots.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_without_a_slot_reaches_the_spare_and_nothing_else() {
        let mut table = Table::new([1, 2, 3], 9);
        *table.at_mut(7) = 5;
        assert_eq!(table.as_slice(), &[1, 2, 3]);
        assert_eq!(*table.at(100), 5);
        assert!(table.has(2) && !table.has(3));
    }

    #[test]
    fn a_pair_is_two_slots_that_exist() {
        let mut table = Table::new([1, 2, 3], 9);
        assert_eq!(table.pair_mut(0, 2), Some((&mut 1, &mut 3)));
        assert_eq!(table.pair_mut(2, 1), Some((&mut 3, &mut 2)));
        for (a, b) in [(1, 1), (1, 3), (9, 0)] {
            assert_eq!(table.pair_mut(a, b), None);
        }
    }
}
