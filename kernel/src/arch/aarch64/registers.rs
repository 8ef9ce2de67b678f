//! Reading and writing system registers by name.
//!
//! `aarch64-cpu` names the registers of EL1 and EL2 that it knows; saving a vCPU needs many that it does
//! not, in one uniform list, so these two macros are used throughout.

/// The value of a system register that can be read without effect.
macro_rules! get {
    ($register:expr) => {{
        let value: u64;
        // SAFETY: reading this register changes nothing.
        unsafe { core::arch::asm!(concat!("mrs {}, ", $register), out(reg) value, options(nomem, nostack, preserves_flags)) };
        value
    }};
}

/// Writes a system register. Used only for registers whose effect on the hypervisor itself is intended or
/// nil (guest state, timers, interrupt controller).
macro_rules! set {
    ($register:expr, $value:expr) => {{
        let value: u64 = $value;
        // SAFETY: see above; memory is not involved.
        unsafe { core::arch::asm!(concat!("msr ", $register, ", {}"), in(reg) value, options(nostack, preserves_flags)) };
    }};
}

pub(super) use {get, set};
