//! Scrubbing and loading partition memory.

use crate::memory::Range;
use core::arch::asm;

/// Zeroes whole pages of partition memory.
pub fn zero(range: Range) {
    // SAFETY: callers pass memory of a partition or a page of the hypervisor's, mapped and not in use.
    unsafe {
        asm!("rep stosq", inout("rcx") range.size / 8 => _, inout("rdi") range.start => _, in("rax") 0,
            options(nostack, preserves_flags));
    }
}

/// Copies an image into partition memory. Caches and instruction fetches are coherent here.
pub fn copy(to: u64, from: &[u8]) {
    // SAFETY: callers checked that `to` has room for `from` in a partition's memory.
    unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), to as *mut u8, from.len()) };
}

/// Translations of a vCPU that starts anew are forgotten with its address-space number (`context::reset`).
pub fn forget_translations() {}
