//! The local APIC of this vCPU, by registers (x2APIC), and its timer by deadline.

use core::arch::asm;

use super::counter;
use crate::interrupts::{self, Came};

/// The vectors: the timer's, and the first of the software interrupts.
pub(super) const TIMER: u32 = 0x20;
pub(super) const SOFTWARE: u32 = 0x30;

const BASE: u32 = 0x1b;
const VERSION: u32 = 0x803;
const END: u32 = 0x80b;
const SPURIOUS: u32 = 0x80f;
const COMMAND: u32 = 0x830;
const TIMER_ENTRY: u32 = 0x832;
const DEADLINE: u32 = 0x6e0;
const BY_DEADLINE: u64 = 2 << 17;
const UART_STATUS: u16 = 0x3fd;

#[inline]
fn write(register: u32, value: u64) {
    // SAFETY: callers name registers of this vCPU's own interrupt controller.
    unsafe {
        asm!("wrmsr", in("ecx") register, in("eax") value as u32, in("edx") (value >> 32) as u32, options(nostack))
    };
}

#[inline]
fn read(register: u32) -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: as above.
    unsafe { asm!("rdmsr", in("ecx") register, out("eax") low, out("edx") high, options(nostack)) };
    u64::from(high) << 32 | u64::from(low)
}

/// Prepares this vCPU: local APIC on, timer and software interrupts enabled, interrupts still masked.
pub fn enable_interrupts() {
    write(BASE, read(BASE) | 1 << 10);
    write(SPURIOUS, 0x1ff);
    write(TIMER_ENTRY, BY_DEADLINE | u64::from(TIMER));
}

/// Arms the timer for the instant at which the counter shows `ticks`.
#[inline]
pub fn timer_arm(ticks: u64) {
    write(DEADLINE, ticks.max(1));
}

/// Switches the timer off.
#[inline]
pub fn timer_off() {
    write(DEADLINE, 0);
}

/// Sends the software interrupt `id` (0 to 15) to `vcpu` (0 to 15).
#[inline]
pub fn send_sgi(id: u32, vcpu: usize) {
    write(COMMAND, (vcpu as u64) << 32 | u64::from(SOFTWARE + (id & 15)));
}

/// Called by the gates.
pub(super) extern "C" fn interrupt(ticks: u64, vector: u64) {
    let came = match vector as u32 {
        TIMER => Came::Timer,
        vector => Came::Software(vector - SOFTWARE),
    };
    interrupts::note(came, ticks);
    write(END, 0);
}

/// Ticks of `count` reads of a register of the interrupt controller (its version); `count` is at least 1.
pub fn time_controller_reads(count: u64) -> u64 {
    let begin = counter();
    // SAFETY: reads registers of this vCPU's own interrupt controller.
    unsafe {
        asm!("2: mov ecx, {r:e}", "rdmsr", "dec {n}", "jnz 2b", r = in(reg) VERSION, n = inlateout(reg) count => _,
            out("rax") _, out("rcx") _, out("rdx") _, options(nostack));
    }
    counter() - begin
}

/// Ticks of `count` reads of a register of the serial port (its status); `count` is at least 1.
pub fn time_uart_reads(count: u64) -> u64 {
    let begin = counter();
    // SAFETY: reads the status of this partition's serial port.
    unsafe {
        asm!("2: mov edx, {r:e}", "in al, dx", "dec {n}", "jnz 2b", r = in(reg) u32::from(UART_STATUS),
            n = inlateout(reg) count => _, out("rax") _, out("rdx") _, options(nostack));
    }
    counter() - begin
}

/// Reads every port, and then writes ones to it, existing or not; the console's data is left alone.
pub fn flood() {
    for port in (0..=u16::MAX).step_by(4).filter(|port| *port != 0x3f8) {
        // SAFETY: ports of a partition do not touch its memory.
        unsafe {
            asm!("in eax, dx", "not eax", "out dx, eax", in("dx") port, out("eax") _, options(nostack));
        }
    }
}
