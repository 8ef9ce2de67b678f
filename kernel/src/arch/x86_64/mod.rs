//! A PC: x86-64 with AMD's SVM. See `arch` for the contract that this fulfils.

mod access;
mod acpi;
mod apic;
mod board;
mod clock;
mod context;
mod cpuid;
mod descriptors;
mod exits;
mod extended;
mod fetch;
mod handed;
mod io_apic;
mod lapic;
mod link;
mod local;
mod memory;
mod mmu;
mod msr;
mod multiboot2;
mod nested;
mod present;
mod pvh;
mod start;
mod svm;
mod timer;
mod uart;
mod vmcb;

pub use crate::devices::{apic::Apic as Controller, uart16550::Uart16550 as Serial};
pub use abi::layout::pc::DEVICES;
pub use apic::{arm, drop_guest_timer, interrupt_pending, kick, nudge, take_interrupt};
pub use context::{ContextCell, allowance, guest_deadline, reset, restore, save, set_allowance, set_result};
pub use local::this;
pub use memory::{copy, forget_translations, zero};
pub use nested::AddressSpace;
pub use present::{prepare, refresh_interrupts};
pub use start::{boot_cpu, here, start_cpu};
pub use vmcb::Alignment;

use core::arch::asm;
use sched::Cpu;

core::arch::global_asm!(
    include_str!("head.S"),
    TRAMPOLINE = const start::TRAMPOLINE,
    PENDING = const local::PENDING,
    FRAME = const context::FRAME,
    WANTS = const context::WANTS,
);

/// The subject of a refusal.
pub const MACHINE: &str = "this machine";
/// The largest number of pCPUs; the linker script has a stack for each.
pub const CPUS_MAX: usize = 16;

/// How a spin loop waits.
#[derive(Clone, Copy, Debug)]
pub struct Relax;

impl spin::RelaxStrategy for Relax {
    #[inline(always)]
    fn relax() {
        // SAFETY: a hint.
        unsafe { asm!("pause", options(nomem, nostack, preserves_flags)) };
    }
}

/// The counter.
#[inline(always)]
pub fn ticks() -> u64 {
    // SAFETY: reading the counter has no effect.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Waits for an interrupt, which stays noted.
pub fn idle() {
    // SAFETY: the only interrupts that come are noted by `head.S` and change nothing else.
    unsafe { asm!("sti", "hlt", "cli", options(nostack)) };
}

/// Ends the machine.
pub fn power_off() -> ! {
    acpi::power_off();
    halt()
}

/// Stops this pCPU for good.
pub fn halt() -> ! {
    loop {
        // SAFETY: interrupts stay masked.
        unsafe { asm!("cli", "hlt", options(nomem, nostack)) };
    }
}

/// Writes a byte to the machine's console; false while it is busy.
pub fn console_byte(byte: u8) -> bool {
    uart::put(byte)
}

/// Lets `cpu` be interrupted when somebody types; false if the machine's console has no line of an I/O APIC.
pub fn listen(cpu: Cpu) -> bool {
    let listens = apic::number(cpu).is_some_and(|number| io_apic::open_console(apic::INPUT, number));
    if listens {
        uart::listen();
    }
    listens
}

/// The next byte that was typed.
pub fn typed() -> Option<u8> {
    uart::take()
}
