//! AArch64 at EL1, MMU off, GICv3 by system registers, hypercalls by HVC.

use core::arch::{asm, global_asm};

use abi::layout::VCPUS_MAX;

mod deeds;
mod gic;
mod loops;
mod vectors;

pub use deeds::*;
pub use gic::*;
pub use loops::{time_hypercalls, time_nothing};
pub use vectors::*;

/// Bytes of stack for each vCPU.
const STACK: usize = 8192;

global_asm!(
    include_str!("start.s"),
    vcpus = const VCPUS_MAX,
    stack = const STACK,
    interrupt = sym gic::interrupt,
    exception = sym exception,
);

unsafe extern "C" {
    static __image_start: u8;
    static __image_end: u8;
    fn guest_secondary();
}

extern "C" fn exception(syndrome: u64, at: u64, link: u64, address: u64) -> u64 {
    crate::attack::on_exception(syndrome, at, address);
    // Outside of the program only a jump leads: the link register leads back.
    let (first, end) = image();
    if (first..end).contains(&at) { at + 4 } else { link }
}

/// Calls the hypervisor: number in x0, arguments from x1, result in x0. As SMCCC 1.1 says, x4 and up survive.
#[inline(always)]
pub fn hypercall(function: u64, arguments: [u64; 6]) -> u64 {
    let [a, b, c, d, e, f] = arguments;
    let result;
    // SAFETY: the hypervisor takes no pointers and changes only x0 to x3.
    unsafe {
        asm!("hvc #0", inlateout("x0") function => result, inlateout("x1") a => _, inlateout("x2") b => _,
            inlateout("x3") c => _, in("x4") d, in("x5") e, in("x6") f, options(nostack));
    }
    result
}

/// A hypercall with seven arguments and eight results.
pub fn long_hypercall(words: [u64; 8]) -> [u64; 8] {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = words;
    // SAFETY: the hypervisor takes no pointers and changes only x0 to x7.
    unsafe {
        asm!("hvc #0", inlateout("x0") a, inlateout("x1") b, inlateout("x2") c, inlateout("x3") d,
            inlateout("x4") e, inlateout("x5") f, inlateout("x6") g, inlateout("x7") h, options(nostack));
    }
    [a, b, c, d, e, f, g, h]
}

/// A hypercall with one argument that waits; also returns the counter, read by the first instruction after it.
#[inline(always)]
pub fn wait_until(function: u64, nanos: u64) -> (u64, u64) {
    let (result, ticks);
    // SAFETY: as for `hypercall`; reading the counter has no effect.
    unsafe {
        asm!("hvc #0", "mrs x1, cntvct_el0", inlateout("x0") function => result, inlateout("x1") nanos => ticks,
            lateout("x2") _, lateout("x3") _, options(nostack));
    }
    (result, ticks)
}

/// The free-running counter.
#[inline(always)]
pub fn counter() -> u64 {
    let ticks;
    // SAFETY: reading the counter has no effect.
    unsafe { asm!("isb", "mrs {}, cntvct_el0", out(reg) ticks, options(nostack)) };
    ticks
}

/// The number of this vCPU: MPIDR_EL1.Aff0.
#[inline]
pub fn vcpu() -> usize {
    let mpidr: u64;
    // SAFETY: reading an identification register has no effect.
    unsafe { asm!("mrs {}, mpidr_el1", out(reg) mpidr, options(nomem, nostack, preserves_flags)) };
    (mpidr & 0xff) as usize
}

/// The hint of a loop that waits for another vCPU.
#[inline]
pub fn relax() {
    // SAFETY: a hint.
    unsafe { asm!("yield", options(nostack, preserves_flags)) };
}

/// Works for `iterations` of a loop of 16 instructions that never trap; nothing for 0.
#[inline(always)]
pub fn burn(iterations: u64) {
    // SAFETY: counts a register down.
    unsafe {
        asm!(
            "cbz {0}, 3f", "2:", ".rept 14", "nop", ".endr", "subs {0}, {0}, #1", "b.ne 2b", "3:",
            inlateout(reg) iterations => _, options(nomem, nostack)
        );
    }
}

/// Works for ever, without a trap or a hint: the worst neighbour.
pub fn spin_forever() -> ! {
    // SAFETY: a loop that does nothing. The nops make it cheap to emulate.
    unsafe { asm!("2:", ".rept 31", "nop", ".endr", "b 2b", options(noreturn, nomem, nostack)) }
}

/// Sleeps for ever: after a call that does not return has returned.
pub fn stop() -> ! {
    loop {
        // SAFETY: waits; interrupts stay masked.
        unsafe { asm!("msr daifset, #2", "wfi", options(nomem, nostack)) };
    }
}

/// Arms the virtual timer for the instant at which the counter shows `ticks`.
#[inline]
pub fn timer_arm(ticks: u64) {
    // SAFETY: the timer is this vCPU's own; its interrupt has a handler.
    unsafe {
        asm!("msr cntv_cval_el0, {}", "msr cntv_ctl_el0, {}", "isb", in(reg) ticks, in(reg) 1_u64, options(nostack))
    };
}

/// Switches the virtual timer off.
#[inline]
pub fn timer_off() {
    // SAFETY: as for `timer_arm`.
    unsafe { asm!("msr cntv_ctl_el0, xzr", "isb", options(nostack)) };
}

/// Waits for an interrupt, takes it and masks interrupts again. They must be masked before the call:
/// then one that comes between a test and this call ends the wait at once.
#[inline]
pub fn doze() {
    // SAFETY: the handler keeps every register; memory is taken as changed.
    unsafe { asm!("wfi", "msr daifclr, #2", "isb", "msr daifset, #2", options(nostack)) };
}

/// Lets interrupts in from now on.
#[inline]
pub fn open() {
    // SAFETY: as for `doze`.
    unsafe { asm!("msr daifclr, #2", "isb", options(nostack)) };
}

/// Masks interrupts.
#[inline]
pub fn close() {
    // SAFETY: masking is always allowed.
    unsafe { asm!("msr daifset, #2", options(nostack)) };
}

/// Where a further vCPU starts; it expects the address of a function as its context.
pub fn secondary_entry() -> u64 {
    guest_secondary as *const () as u64
}

/// The value to hand to a further vCPU so that it runs `function`.
pub fn context(function: extern "C" fn()) -> u64 {
    function as *const () as u64
}

/// Where this program lies: its first byte and the byte after its last.
pub fn image() -> (u64, u64) {
    (&raw const __image_start as u64, &raw const __image_end as u64)
}

/// The info page.
pub fn info_page() -> &'static [u8] {
    // SAFETY: the hypervisor maps this page read-only and never changes it while the partition runs.
    unsafe { core::slice::from_raw_parts(abi::layout::INFO as *const u8, abi::info::BYTES) }
}
