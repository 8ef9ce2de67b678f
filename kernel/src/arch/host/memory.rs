//! Partition memory: heap memory of the test, whose addresses are real.

use super::machine::with;
use crate::arch::Place;
use crate::memory::{Carver, Range};

/// What a partition's physical addresses mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddressSpace {
    /// The partition.
    pub index: u16,
    /// Where its memory begins for itself.
    pub base: u64,
    /// Where its memory really lies.
    pub memory: Range,
    /// Where its info page really lies.
    pub info: u64,
}

impl AddressSpace {
    /// The space of partition `index`. It takes one page, so that memory can run out as on a real machine.
    pub fn new(carver: &mut Carver, (index, _): (u16, usize), place: &Place) -> Option<Self> {
        carver.raw(4096, 4096)?;
        let Place { base, memory, info } = *place;
        Some(Self { index, base, memory, info })
    }
}

/// Zeroes partition memory, and lets the time pass that this takes.
pub fn zero(range: Range) {
    // SAFETY: callers pass memory of a partition or a page of the hypervisor's, which lives for ever.
    unsafe { core::ptr::write_bytes(range.start as *mut u8, 0, range.size as usize) };
    pass(range.size);
}

/// Copies an image into partition memory, and lets the time pass that this takes.
pub fn copy(to: u64, from: &[u8]) {
    put(to, from);
    pass(from.len() as u64);
}

pub(super) fn put(to: u64, from: &[u8]) {
    // SAFETY: callers checked that `to` has room for `from` in memory that lives for ever.
    unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), to as *mut u8, from.len()) };
}

/// Nothing is remembered here.
pub fn forget_translations() {}

fn pass(bytes: u64) {
    with(|machine| machine.ticks += machine.load_ticks * bytes.div_ceil(4096));
}
