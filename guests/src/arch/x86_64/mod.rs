//! A PC in long mode: a local APIC by registers (x2APIC) with its timer by deadline, hypercalls by VMMCALL.

use core::arch::{asm, global_asm};

use abi::layout::VCPUS_MAX;

mod apic;
mod deeds;
mod gates;
mod loops;
mod vectors;

pub use apic::*;
pub use deeds::*;
pub use loops::*;
pub use vectors::*;

/// Bytes of stack for each vCPU.
const STACK: usize = 8192;

global_asm!(
    include_str!("start.s"),
    vcpus = const VCPUS_MAX,
    stack = const STACK,
    gates = sym gates::fill,
    idt = sym gates::TABLE,
    interrupt = sym apic::interrupt,
    exception = sym exception,
    recover = sym deeds::RECOVER,
);

unsafe extern "C" {
    static __image_start: u8;
    static __image_end: u8;
    static stacks: u8;
    fn guest_secondary();
}

extern "C" fn exception(vector: u64, code: u64, at: u64, address: u64) {
    // Never zero, which would say that nothing was raised.
    crate::attack::on_exception(1 << 31 | code << 8 | vector, at, address);
}

/// Calls the hypervisor: number in rax, arguments in rdi, rsi, rdx, rcx, r8, r9; the result in rax.
#[inline(always)]
pub fn hypercall(function: u64, arguments: [u64; 6]) -> u64 {
    let [a, b, c, d, e, f] = arguments;
    let result;
    // SAFETY: the hypervisor takes no pointers and changes only the registers of arguments.
    unsafe {
        asm!("vmmcall", inlateout("rax") function => result, inlateout("rdi") a => _, inlateout("rsi") b => _,
            inlateout("rdx") c => _, inlateout("rcx") d => _, inlateout("r8") e => _, inlateout("r9") f => _,
            options(nostack));
    }
    result
}

/// A hypercall with seven arguments and eight results.
pub fn long_hypercall(words: [u64; 8]) -> [u64; 8] {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = words;
    // SAFETY: the hypervisor takes no pointers and changes only the registers of arguments.
    unsafe {
        asm!("vmmcall", inlateout("rax") a, inlateout("rdi") b, inlateout("rsi") c, inlateout("rdx") d,
            inlateout("rcx") e, inlateout("r8") f, inlateout("r9") g, inlateout("r10") h, options(nostack));
    }
    [a, b, c, d, e, f, g, h]
}

/// A hypercall with one argument that waits; also returns the counter, read by the first instruction after it.
#[inline(always)]
pub fn wait_until(function: u64, nanos: u64) -> (u64, u64) {
    let (result, low, high): (u64, u64, u64);
    // SAFETY: as for `hypercall`; reading the counter has no effect.
    unsafe {
        asm!("vmmcall", "mov rdi, rax", "rdtsc", inlateout("rax") function => low, inlateout("rdi") nanos => result,
            lateout("rdx") high, lateout("rsi") _, lateout("rcx") _, lateout("r8") _, lateout("r9") _, options(nostack));
    }
    (result, high << 32 | low)
}

/// The free-running counter.
#[inline(always)]
pub fn counter() -> u64 {
    // SAFETY: reading the counter has no effect.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// The number of this vCPU: that of its stack.
#[inline]
pub fn vcpu() -> usize {
    let here: usize;
    // SAFETY: reads the stack pointer.
    unsafe { asm!("mov {}, rsp", out(reg) here, options(nomem, nostack, preserves_flags)) };
    here.wrapping_sub(&raw const stacks as usize) / STACK
}

/// The hint of a loop that waits for another vCPU.
#[inline]
pub fn relax() {
    // SAFETY: a hint.
    unsafe { asm!("pause", options(nostack, preserves_flags)) };
}

/// Works for `iterations` of a loop of 16 instructions that never trap; nothing for 0.
#[inline(always)]
pub fn burn(iterations: u64) {
    // SAFETY: counts a register down.
    unsafe {
        asm!(
            "test {0}, {0}", "jz 3f", "2:", ".rept 14", "nop", ".endr", "dec {0}", "jnz 2b", "3:",
            inlateout(reg) iterations => _, options(nomem, nostack)
        );
    }
}

/// Works for ever, without a trap or a hint: the worst neighbour.
pub fn spin_forever() -> ! {
    // SAFETY: a loop that does nothing. The nops make it cheap to emulate.
    unsafe { asm!("2:", ".rept 31", "nop", ".endr", "jmp 2b", options(noreturn, nomem, nostack)) }
}

/// Sleeps for ever: after a call that does not return has returned.
pub fn stop() -> ! {
    loop {
        // SAFETY: waits; interrupts stay masked.
        unsafe { asm!("cli", "hlt", options(nomem, nostack)) };
    }
}

/// Waits for an interrupt, takes it and masks interrupts again. They must be masked before the call:
/// then one that comes between a test and this call ends the wait at once.
#[inline]
pub fn doze() {
    // SAFETY: the handler keeps every register; memory is taken as changed. What comes during `sti` waits
    // until the processor halts.
    unsafe { asm!("sti", "hlt", "cli", options(nostack)) };
}

/// Lets interrupts in from now on.
#[inline]
pub fn open() {
    // SAFETY: as for `doze`.
    unsafe { asm!("sti", "nop", options(nostack)) };
}

/// Masks interrupts.
#[inline]
pub fn close() {
    // SAFETY: masking is always allowed.
    unsafe { asm!("cli", options(nostack)) };
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
    unsafe { core::slice::from_raw_parts(abi::layout::pc::INFO as *const u8, abi::info::BYTES) }
}
