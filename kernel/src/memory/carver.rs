//! Typed slices that live for ever, cut from free memory at boot.

use super::{Range, Ranges};
use core::mem::{align_of, size_of};

/// Cuts typed slices from free memory and counts what it gave.
#[derive(Debug)]
pub struct Carver {
    free: Ranges,
    given: u64,
}

impl Carver {
    /// A carver of `free`, whose memory is mapped and unused (see [`Ranges::add`]).
    pub fn new(free: Ranges) -> Self {
        Self { free, given: 0 }
    }

    /// `count` copies of `fill`; `None` when memory does not suffice.
    pub fn slice<T: Copy>(&mut self, count: usize, fill: T) -> Option<&'static mut [T]> {
        self.slice_with(count, |_| fill)
    }

    /// `count` values that `make` returns for each index; `None` when memory does not suffice.
    pub fn slice_with<T>(&mut self, count: usize, mut make: impl FnMut(usize) -> T) -> Option<&'static mut [T]> {
        let bytes = size_of::<T>().checked_mul(count)? as u64;
        if bytes == 0 {
            return Some(&mut []);
        }
        let place = self.raw(bytes, align_of::<T>().max(16) as u64)?;
        let first = place.start as usize as *mut T;
        for index in 0..count {
            // SAFETY: `place` is mapped, unused, aligned for T and has room for `count` of them.
            unsafe { first.add(index).write(make(index)) };
        }
        // SAFETY: just initialised, and nobody else will ever be given this memory.
        Some(unsafe { core::slice::from_raw_parts_mut(first, count) })
    }

    /// Room for `count` values that are pushed one by one; `None` when memory does not suffice.
    pub fn slots<T: 'static>(&mut self, count: usize) -> Option<Slots<T>> {
        let bytes = size_of::<T>().checked_mul(count)? as u64;
        let place = self.raw(bytes.max(1), align_of::<T>().max(16) as u64)?;
        Some(Slots { first: place.start as usize as *mut T, room: count, count: 0 })
    }

    /// Raw memory for the hypervisor; `None` when memory does not suffice.
    pub fn raw(&mut self, bytes: u64, align: u64) -> Option<Range> {
        let range = self.free.take(bytes.next_multiple_of(16), align)?;
        self.given += range.size;
        Some(range)
    }

    /// Memory for a partition, which does not count as the hypervisor's.
    pub fn partition(&mut self, bytes: u64, align: u64) -> Option<Range> {
        self.free.take(bytes, align)
    }

    /// The bytes given to the hypervisor so far.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// The bytes still free.
    pub fn left(&self) -> u64 {
        self.free.total()
    }
}

/// Carved memory that is filled value by value. What is not finished is never seen.
#[derive(Debug)]
pub struct Slots<T: 'static> {
    first: *mut T,
    room: usize,
    count: usize,
}

impl<T> Slots<T> {
    /// Adds a value; one more than there is room for is dropped.
    pub fn push(&mut self, value: T) {
        if self.count < self.room {
            // SAFETY: the carver gave room for `room` values, aligned, and nobody else knows of it.
            unsafe { self.first.add(self.count).write(value) };
            self.count += 1;
        }
    }

    /// The values.
    pub fn finish(self) -> &'static [T] {
        // SAFETY: the first `count` values were written, and nobody else knows of them.
        unsafe { core::slice::from_raw_parts(self.first, self.count) }
    }
}

impl policies::Storage for Carver {
    type Of<T: Copy + 'static> = &'static mut [T];

    fn take<T: Copy + 'static>(&mut self, count: usize, fill: T) -> Option<&'static mut [T]> {
        self.slice(count, fill)
    }
}
