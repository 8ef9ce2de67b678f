//! Instructions that a partition must not get away with. What faults goes to the handler in the parent, and
//! from there on behind the deed: each one says where that is.

use core::arch::asm;
use core::cell::UnsafeCell;

/// Where a deed that faults goes on, and with which stack.
#[repr(C)]
pub(super) struct Recover(UnsafeCell<[u64; 2]>);

// SAFETY: deeds are done by the first vCPU only.
unsafe impl Sync for Recover {}

pub(super) static RECOVER: Recover = Recover(UnsafeCell::new([0; 2]));

/// Does `instructions`, and goes on behind them even if they fault.
macro_rules! deed {
    ($instructions:literal $($operands:tt)*) => {
        asm!(
            "push rbx", "push rbp",
            "lea rax, [rip + 3f]", "mov [{recover}], rax", "mov [{recover} + 8], rsp",
            $instructions,
            "3:", "pop rbp", "pop rbx",
            recover = in(reg) RECOVER.0.get() $($operands)*, clobber_abi("C"),
        )
    };
}

// Behind the macro, which it uses.
mod own;
pub use own::*;

/// Loads a byte from anywhere.
pub fn load(address: u64) -> u8 {
    let mut value = 0_u8;
    // SAFETY: nothing is assumed of the byte; a fault is recovered from.
    unsafe { deed!("mov al, [rdi]\nmov [rsi], al", in("rdi") address, in("rsi") &raw mut value) };
    value
}

/// Stores a byte.
///
/// # Safety
/// `address` lies outside of everything that this program uses.
pub unsafe fn store(address: u64, value: u8) {
    // SAFETY: the caller's promise; a fault is recovered from.
    unsafe { deed!("mov [rdi], sil", in("rdi") address, in("rsi") u64::from(value)) };
}

/// Calls `address` as if it were a function.
///
/// # Safety
/// There is nothing executable, so that the jump faults and the handler returns here.
pub unsafe fn jump(address: u64) {
    // SAFETY: the caller's promise.
    unsafe { deed!("call rdi", in("rdi") address) };
}

/// An instruction that is none.
pub fn undefined() {
    // SAFETY: faults, and is recovered from.
    unsafe { deed!("ud2") };
}

/// Writes a register that belongs to the hypervisor: a performance counter's control.
pub fn write_monitor_register() {
    // SAFETY: faults, and is recovered from.
    unsafe { deed!("mov ecx, 0xc0010000\nmov eax, 1\nxor edx, edx\nwrmsr") };
}

/// Writes a register of virtualization: where the processor saves a host's state.
pub fn write_hypervisor_register() {
    // SAFETY: faults, and is recovered from.
    unsafe { deed!("mov ecx, 0xc0010117\nxor eax, eax\nxor edx, edx\nwrmsr") };
}

/// What a secure monitor call is elsewhere: here it is a hypercall with that number.
pub fn secure_call(function: u64) -> u64 {
    super::hypercall(function, [0; 6])
}

/// A hypercall with a number that nobody knows in its upper half.
pub fn strange_call() -> u64 {
    super::hypercall(0x4d46_0000_c600_ffff, [0; 6])
}

/// Puts the gates at `address`, where there is no memory, and raises an exception.
pub fn lose_vectors(address: u64) -> ! {
    // SAFETY: does not return; what follows happens in the hypervisor.
    unsafe {
        asm!("sub rsp, 16", "mov word ptr [rsp], 0xfff", "mov [rsp + 2], {}", "lidt [rsp]", "2: ud2", "jmp 2b",
            in(reg) address, options(noreturn))
    }
}
