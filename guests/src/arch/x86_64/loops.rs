//! Loops of known length around one instruction, to be timed: each is the empty one and that instruction.

use core::arch::asm;

use super::counter;

/// Ticks of `count` hypercalls `function` without arguments; `count` is at least 1.
pub fn time_hypercalls(function: u64, count: u64) -> u64 {
    let begin = counter();
    // SAFETY: as for `hypercall`.
    unsafe {
        asm!("2: mov rax, {f}", "vmmcall", "dec {n}", "jnz 2b", f = in(reg) function, n = inlateout(reg) count => _,
            out("rax") _, out("rdi") _, out("rsi") _, out("rdx") _, out("rcx") _, out("r8") _, out("r9") _,
            out("r10") _, options(nostack));
    }
    counter() - begin
}

/// Ticks of the loop of `time_hypercalls` with nothing in it.
pub fn time_nothing(count: u64) -> u64 {
    let begin = counter();
    // SAFETY: counts a register down.
    unsafe {
        asm!("2: mov rax, {n}", "dec {n}", "jnz 2b", n = inlateout(reg) count => _, out("rax") _, options(nostack))
    };
    counter() - begin
}
