//! Scrubbing and loading partition memory, in assembly (`head.S`), and forgetting what was cached of it.

use super::stage2;
use crate::memory::Range;

/// Zeroes whole pages of partition memory, and cleans them to where a guest without MMU looks.
pub fn zero(range: Range) {
    unsafe extern "C" {
        fn memory_zero(start: u64, end: u64);
    }
    if range.size > 0 {
        // SAFETY: callers pass memory of a partition or a page of the hypervisor's, mapped and not in use.
        unsafe { memory_zero(range.start, range.end()) };
    }
}

/// Copies an image into partition memory, and cleans it.
pub fn copy(to: u64, from: &[u8]) {
    unsafe extern "C" {
        fn memory_copy(to: u64, from: *const u8, length: usize);
    }
    let whole = from.len() & !63;
    // SAFETY: callers checked that `to` has room for `from` in a partition's memory.
    unsafe {
        if whole > 0 {
            memory_copy(to, from.as_ptr(), whole);
        }
        let tail = (to + whole as u64) as *mut u8;
        core::ptr::copy_nonoverlapping(from.as_ptr().add(whole), tail, from.len() - whole);
        core::arch::asm!("dc civac, {}", "dc civac, {}", "dsb sy", in(reg) tail, in(reg) to + from.len() as u64 - 1);
    }
}

/// Drops what any pCPU remembers of the current address space's translations and instructions.
pub fn forget_translations() {
    stage2::forget_everywhere();
}
