//! Instructions that a partition must not get away with; what faults goes to the handler in the parent.

use core::arch::asm;

/// Loads a byte from anywhere.
pub fn load(address: u64) -> u8 {
    let value: u32;
    // SAFETY: nothing is assumed of the byte; a fault goes to the handler, which skips the instruction.
    unsafe { asm!("ldrb {:w}, [{}]", inlateout(reg) 0_u32 => value, in(reg) address, options(nostack)) };
    value as u8
}

/// Stores a byte.
///
/// # Safety
/// `address` lies outside of everything that this program uses.
pub unsafe fn store(address: u64, value: u8) {
    // SAFETY: the caller's promise; a fault goes to the handler, which skips the instruction.
    unsafe { asm!("strb {:w}, [{}]", in(reg) u32::from(value), in(reg) address, options(nostack)) };
}

/// Calls `address` as if it were a function.
///
/// # Safety
/// There is nothing executable, so that the jump faults and the handler returns here.
pub unsafe fn jump(address: u64) {
    // SAFETY: the caller's promise.
    unsafe { asm!("blr {}", in(reg) address, clobber_abi("C")) };
}

/// An instruction that is none.
pub fn undefined() {
    // SAFETY: faults; the handler skips it.
    unsafe { asm!("udf #0", options(nostack)) };
}

/// Writes a register that belongs to the hypervisor: the performance monitor's control.
pub fn write_monitor_register() {
    // SAFETY: enables a counter that nobody here relies on, or faults.
    unsafe { asm!("msr pmcr_el0, {}", in(reg) 1_u64, options(nostack)) };
}

/// Writes a register of a higher exception level.
pub fn write_hypervisor_register() {
    // SAFETY: undefined at EL1; the handler skips it.
    unsafe { asm!("msr hcr_el2, xzr", options(nostack)) };
}

/// A secure monitor call with the number `function`, no arguments.
pub fn secure_call(function: u64) -> u64 {
    let result;
    // SAFETY: takes no pointers; SMCCC lets it change x0 to x17. The word is `smc #0`.
    unsafe { asm!(".inst 0xd4000003", inlateout("x0") function => result, clobber_abi("C")) };
    result
}

/// A hypervisor call with an immediate that SMCCC does not know.
pub fn strange_call() -> u64 {
    let result;
    // SAFETY: as for `secure_call`.
    unsafe { asm!("hvc #0x4d46", inlateout("x0") 0_u64 => result, clobber_abi("C")) };
    result
}

/// Puts the exception vectors at `address`, where nothing can be fetched, and raises an exception:
/// it repeats for ever.
pub fn lose_vectors(address: u64) -> ! {
    // SAFETY: does not return; what follows happens in the hypervisor.
    unsafe {
        asm!("msr vbar_el1, {}", "isb", "2: udf #0", "b 2b", in(reg) address & !0x7ff, options(noreturn, nostack))
    }
}

/// This machine has no deeds of its own.
pub const OWN_DEEDS: &[&str] = &[];
/// What an argument with one of them looks like.
pub const OWN_WANTS: &str = "nothing: this machine has no deeds of its own";

/// There are none.
pub fn perform_own(_deed: usize) {}
