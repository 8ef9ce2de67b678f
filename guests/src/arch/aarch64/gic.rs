//! GICv3 as far as a guest needs it: the virtual timer and software interrupts of the own vCPU.
//!
//! Register names and offsets: Arm IHI0069, chapter 12.

use core::arch::asm;

use abi::layout::{GICD, GICD_SIZE, GICR, GICR_SIZE, UART, UART_SIZE, VIRTUAL_TIMER_IRQ};

use super::{loops, relax, timer_off, vcpu};
use crate::interrupts::{self, Came};

const GICD_TYPER: u64 = GICD + 0x4;
const GICR_WAKER: u64 = 0x14;
const SGI_FRAME: u64 = 0x1_0000;
const GICR_IGROUPR0: u64 = SGI_FRAME + 0x80;
const GICR_ISENABLER0: u64 = SGI_FRAME + 0x100;
const ASLEEP: u32 = 1 << 2;
/// Affinity routing and group 1, in the one-security-state and in the non-secure view.
const ROUTING_AND_GROUP_1: u32 = 0x12;
const UART_FLAG_REGISTER: u64 = UART + 0x18;

/// Prepares this vCPU: distributor on, virtual timer and all SGIs enabled, interrupts still masked.
pub fn enable_interrupts() {
    write(GICD, ROUTING_AND_GROUP_1);
    let frame = GICR + vcpu() as u64 * GICR_SIZE;
    write(frame + GICR_WAKER, 0);
    for _ in 0..1000 {
        if read(frame + GICR_WAKER) & ASLEEP == 0 {
            break;
        }
        relax();
    }
    write(frame + GICR_IGROUPR0, u32::MAX);
    write(frame + GICR_ISENABLER0, 1 << VIRTUAL_TIMER_IRQ | 0xffff);
    // SAFETY: the interface is this vCPU's own; interrupts are still masked.
    unsafe {
        asm!("mrs {0}, icc_sre_el1", "orr {0}, {0}, #1", "msr icc_sre_el1, {0}", "isb",
            "mov {0}, #0xff", "msr icc_pmr_el1, {0}", "mov {0}, #1", "msr icc_igrpen1_el1, {0}", "isb",
            out(reg) _, options(nostack));
    }
}

/// Called by the vectors: takes, notes and ends the most urgent pending interrupt.
pub(super) extern "C" fn interrupt(ticks: u64) {
    let id: u64;
    // SAFETY: called by the handler, which ends what it takes.
    unsafe { asm!("mrs {}, icc_iar1_el1", out(reg) id, options(nostack)) };
    let id = (id & 0xff_ffff) as u32;
    let came = match id {
        VIRTUAL_TIMER_IRQ => {
            // The timer's interrupt is a level: silence it before it is ended.
            timer_off();
            Came::Timer
        }
        0..16 => Came::Software(id),
        _ => Came::Other,
    };
    interrupts::note(came, ticks);
    if id < 1020 {
        // SAFETY: ends what was taken above.
        unsafe { asm!("msr icc_eoir1_el1, {}", "isb", in(reg) u64::from(id), options(nostack)) };
    }
}

/// Sends the software interrupt `id` (0 to 15) to `vcpu` (0 to 15).
#[inline]
pub fn send_sgi(id: u32, vcpu: usize) {
    let value = u64::from(id & 15) << 24 | 1 << (vcpu & 15);
    // SAFETY: a message to another vCPU of this partition; what was stored before is seen there.
    unsafe { asm!("dsb sy", "msr icc_sgi1r_el1, {}", "isb", in(reg) value, options(nostack)) };
}

/// Ticks of `count` reads of a register of the interrupt controller (GICD_TYPER); `count` is at least 1.
pub fn time_controller_reads(count: u64) -> u64 {
    loops::time_reads(GICD_TYPER, count)
}

/// Ticks of `count` reads of a register of the serial port (its flags); `count` is at least 1.
pub fn time_uart_reads(count: u64) -> u64 {
    loops::time_reads(UART_FLAG_REGISTER, count)
}

/// Reads and then sets every register of every device, existing or not.
pub fn flood() {
    for (frame, size) in [(GICD, GICD_SIZE), (GICR, GICR_SIZE), (UART, UART_SIZE)] {
        for register in (0..size).step_by(4) {
            let value = read(frame + register);
            // The console's data register is left alone: its text would hide the report.
            if frame + register != UART {
                write(frame + register, !value);
            }
        }
    }
}

/// Reads the device register at `address`.
#[inline]
fn read(address: u64) -> u32 {
    let value: u32;
    // SAFETY: callers name device registers of `abi::layout`; one plain load leaves a full syndrome.
    unsafe { asm!("ldr {:w}, [{}]", out(reg) value, in(reg) address, options(nostack, preserves_flags)) };
    value
}

/// Writes the device register at `address`.
#[inline]
fn write(address: u64, value: u32) {
    // SAFETY: as for `read`; devices of a partition do not touch its memory.
    unsafe { asm!("str {:w}, [{}]", in(reg) value, in(reg) address, options(nostack, preserves_flags)) };
}
