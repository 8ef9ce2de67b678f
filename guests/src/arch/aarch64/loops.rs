//! Loops of known length around one instruction, to be timed: each is the empty one and that instruction.

use core::arch::asm;

use super::counter;

/// Ticks of `count` hypercalls `function` without arguments; `count` is at least 1.
pub fn time_hypercalls(function: u64, count: u64) -> u64 {
    let begin = counter();
    // SAFETY: as for `hypercall`.
    unsafe {
        asm!("2: mov x0, {f}", "hvc #0", "subs {n}, {n}, #1", "b.ne 2b", f = in(reg) function,
            n = inlateout(reg) count => _, out("x0") _, out("x1") _, out("x2") _, out("x3") _, options(nostack));
    }
    counter() - begin
}

/// Ticks of `count` reads of the device register at `address`; `count` is at least 1.
pub(super) fn time_reads(address: u64, count: u64) -> u64 {
    let begin = counter();
    // SAFETY: as for `mmio_read`.
    unsafe {
        asm!("2: mov x0, {a}", "ldr w0, [x0]", "subs {n}, {n}, #1", "b.ne 2b", a = in(reg) address,
            n = inlateout(reg) count => _, out("x0") _, options(nostack));
    }
    counter() - begin
}

/// Ticks of the loop of `time_hypercalls` and `time_reads` with nothing in it.
pub fn time_nothing(count: u64) -> u64 {
    let begin = counter();
    // SAFETY: counts a register down.
    unsafe {
        asm!("2: mov x0, {n}", "subs {n}, {n}, #1", "b.ne 2b", n = inlateout(reg) count => _, out("x0") _,
            options(nostack));
    }
    counter() - begin
}
