//! The machine: QEMU's virt board at EL1, one pCPU, MMU off.
//!
//! Instructions are counted by event counter 0 of the performance monitors, event 8 (instruction
//! architecturally executed; Arm ARM, D13.11). Under `-icount` the emulator keeps it exact.

use core::arch::{asm, global_asm};
use core::fmt::{self, Write};

global_asm!(
    ".pushsection .text.start, \"ax\"",
    ".global _start",
    "_start:",
    "adrp x0, __stack_end",
    "add x0, x0, :lo12:__stack_end",
    "mov sp, x0",
    "bl probe_main",
    "b .",
    ".popsection",
);

const UART: *mut u8 = 0x0900_0000 as *mut u8;
const SYSTEM_OFF: u64 = 0x8400_0008;
const INSTRUCTIONS: u64 = 0x08;

/// The serial line.
pub(crate) struct Line;

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // SAFETY: the board has a PL011 at this address, whose first register takes a character.
            unsafe { UART.write_volatile(byte) };
        }
        Ok(())
    }
}

/// Starts the counter.
pub(crate) fn start_counting() {
    // SAFETY: EL1 owns the performance monitors; no memory is touched.
    unsafe {
        asm!(
            "msr pmevtyper0_el0, {event}",
            "msr pmcntenset_el0, {one}",
            "msr pmcr_el0, {one}",
            "isb",
            event = in(reg) INSTRUCTIONS, one = in(reg) 1u64, options(nostack)
        );
    }
}

/// Instructions executed so far, modulo 2³².
#[inline(always)]
pub(crate) fn instructions() -> u32 {
    let count: u64;
    // SAFETY: reads a counter. The memory clobber keeps the measured call between two reads.
    unsafe { asm!("mrs {}, pmevcntr0_el0", out(reg) count, options(nostack)) };
    count as u32
}

/// Exactly a hundred instructions, to prove the counter.
#[inline(always)]
pub(crate) fn hundred_instructions() {
    // SAFETY: they do nothing.
    unsafe { asm!(".rept 100", "nop", ".endr", options(nostack)) };
}

/// Switches the machine off.
pub(crate) fn off() -> ! {
    // SAFETY: PSCI's SYSTEM_OFF does not return.
    unsafe { asm!("hvc #0", "1: b 1b", in("x0") SYSTEM_OFF, options(noreturn, nostack)) }
}

#[panic_handler]
#[inline(never)]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    let _ = Line.write_str("panic\n");
    off()
}
