//! AArch64 at EL2, GICv3. See `arch` for the contract that this fulfils.

mod board;
mod context;
mod gic;
mod identification;
mod link;
mod memory;
mod mmu;
mod present;
mod registers;
mod stage2;
mod start;
mod traps;
mod uart;
mod vectors;

pub use crate::devices::{pl011::Pl011 as Serial, vgic::Vgic as Controller};
pub use abi::layout::DEVICES;
pub use context::{ContextCell, allowance, guest_deadline, reset, restore, save, set_allowance, set_result};
pub use memory::{copy, forget_translations, zero};
pub use present::{prepare, refresh_interrupts};
pub use stage2::AddressSpace;
pub use start::{boot_cpu, here, start_cpu};

use crate::{arch::Interrupt, system::Pcpu};
use core::sync::atomic::{AtomicU64, Ordering};
use registers::{get, set};
use sched::Cpu;

core::arch::global_asm!(include_str!("head.S"));

/// What describes the machine, as the subject of a refusal.
pub const MACHINE: &str = "this machine's device tree";
/// The largest number of pCPUs; the linker script has a stack for each.
pub const CPUS_MAX: usize = 16;
/// A stack and its guard page, as in the linker script.
pub(super) const STACK_STRIDE: u64 = 0x10000;

/// The MPIDR affinity of each pCPU, from the device tree.
static AFFINITY: [AtomicU64; CPUS_MAX] = [const { AtomicU64::new(u64::MAX) }; CPUS_MAX];

#[repr(C, align(16))]
struct EmergencyStack([u8; 4096]);
#[unsafe(no_mangle)]
static mut emergency_stack: EmergencyStack = EmergencyStack([0; 4096]);

/// Its context asks for nothing beyond its own alignment.
#[derive(Clone, Copy, Debug)]
pub struct Alignment;

/// How a spin loop waits: a hint that lets an emulator run another pCPU.
#[derive(Clone, Copy, Debug)]
pub struct Relax;

impl spin::RelaxStrategy for Relax {
    #[inline(always)]
    fn relax() {
        // SAFETY: a hint.
        unsafe { core::arch::asm!("yield", options(nomem, nostack, preserves_flags)) };
    }
}

fn isb() {
    // SAFETY: a barrier.
    unsafe { core::arch::asm!("isb", options(nostack, preserves_flags)) };
}

fn dsb() {
    // SAFETY: a barrier.
    unsafe { core::arch::asm!("dsb sy", options(nostack, preserves_flags)) };
}

/// The counter.
#[inline(always)]
pub fn ticks() -> u64 {
    get!("cntpct_el0")
}

/// Sets this pCPU's one-shot timer, or switches it off.
#[inline(always)]
pub fn arm(at: Option<u64>) {
    match at {
        Some(ticks) => {
            set!("cnthp_cval_el2", ticks);
            set!("cnthp_ctl_el2", 1);
        }
        None => set!("cnthp_ctl_el2", 0),
    }
}

/// Asks a pCPU to look at its pool: another one, or this one once it runs a guest again.
pub fn kick(cpu: Cpu) {
    if let Some(affinity) = AFFINITY.get(cpu.index()) {
        gic::kick(affinity.load(Ordering::Relaxed));
    }
}

/// Asks another pCPU to look at its vCPU's interrupts.
pub fn nudge(cpu: Cpu) {
    if let Some(affinity) = AFFINITY.get(cpu.index()) {
        gic::nudge(affinity.load(Ordering::Relaxed));
    }
}

/// Waits for an interrupt, which stays pending.
pub fn idle() {
    dsb();
    // SAFETY: interrupts are masked at EL2, so this only waits.
    unsafe { core::arch::asm!("wfi", options(nostack, preserves_flags)) };
}

/// Whether an interrupt is pending for this pCPU.
pub fn interrupt_pending() -> bool {
    get!("isr_el1") & 0xc0 != 0
}

/// Acknowledges a pending interrupt while no guest runs.
pub fn take_interrupt() -> Interrupt {
    let interrupt = gic::take();
    if interrupt == Interrupt::Timer {
        arm(None);
    }
    interrupt
}

/// A guest timer's interrupt came late, when its guest had left: forget it, its level is looked at anew.
pub fn drop_guest_timer(id: u32) {
    gic::deactivate(id);
}

/// This pCPU's own data.
#[inline(always)]
pub fn this() -> &'static Pcpu {
    let address = get!("tpidr_el2");
    // SAFETY: `run` put the address of this pCPU's data there before any guest ran on it, and that lives
    // for ever. Only this pCPU reaches it.
    unsafe { &*(address as *const Pcpu) }
}

/// The top of this pCPU's stack, where each exit from a guest begins. Stacks are aligned to their stride.
#[inline(always)]
fn stack_top() -> u64 {
    let here: u64;
    // SAFETY: reads the stack pointer.
    unsafe { core::arch::asm!("mov {}, sp", out(reg) here, options(nomem, nostack, preserves_flags)) };
    (here | (STACK_STRIDE - 1)) + 1
}

/// Ends the machine.
pub fn power_off() -> ! {
    let _ = smccc::psci::system_off::<smccc::Smc>();
    halt()
}

/// Stops this pCPU for good.
pub fn halt() -> ! {
    // A pending interrupt would end every wait at once and starve the other pCPUs of an emulator.
    gic::silence();
    loop {
        // SAFETY: waits.
        unsafe { core::arch::asm!("wfi", options(nomem, nostack)) };
    }
}

/// Writes a byte to the machine's console; false while it is busy.
pub fn console_byte(byte: u8) -> bool {
    uart::put(byte)
}

/// Lets `cpu` be interrupted when somebody types; false if the machine has no interrupt for that.
pub fn listen(cpu: Cpu) -> bool {
    let affinity = AFFINITY.get(cpu.index()).map_or(0, |affinity| affinity.load(Ordering::Relaxed));
    uart::listen().map(|id| gic::enable_shared(id, affinity)).is_some()
}

/// The next byte that was typed.
pub fn typed() -> Option<u8> {
    uart::take()
}
