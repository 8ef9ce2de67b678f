//! The contract of an architecture, on one screen.
//!
//! The rest of the hypervisor knows only these names. `aarch64` and `x86_64` are machines; `host`
//! is a software machine on which partitions and dispatch are tested by plain `cargo test`.
//!
//! | name | what it is or does |
//! |---|---|
//! | `ContextCell` | the saved state of a vCPU; touched only by the pCPU that the pool lets run it |
//! | `Alignment` | nothing, aligned as a vCPU has to be |
//! | `reset(cell, &Start)` | puts a vCPU at its first instruction |
//! | `save(cell)` / `restore(cell)` | moves the running vCPU's state out of / into the pCPU |
//! | `set_result(cell, value)` | the result of the hypercall that a saved or running vCPU waits in |
//! | `set_allowance(cell, exits)`, `allowance(cell)` | how many exits a vCPU may cause before its rate is looked at, and what is left |
//! | `guest_deadline(cell, since)` | when the running vCPU's own timers fire next after `since`, in ticks |
//! | `refresh_interrupts(vcpu)` | brings the running vCPU's pending interrupts up to date |
//! | `prepare(vcpu)` | what a vCPU needs in the pCPU besides its registers: address space, interrupts |
//! | `ticks()`, `arm(ticks)` | the counter, and the one-shot timer of this pCPU (`None` = off) |
//! | `kick(cpu)` | asks a pCPU to look at its pool |
//! | `nudge(cpu)` | asks another pCPU to look at its vCPU's interrupts |
//! | `idle()` | waits for an interrupt; `take_interrupt()` acknowledges one and says what it was |
//! | `Controller`, `Serial` | the interrupt controller and the serial port that a partition sees |
//! | `AddressSpace` | what a partition's physical addresses mean |
//! | `zero`, `copy` | scrubs and loads partition memory |
//! | `console_byte(byte)` | writes to the machine's console; false while it is busy |
//! | `MACHINE` | what a refusal says of the machine is said of this |
//! | `DEVICES` | where no partition memory may lie |
//! | `CPUS_MAX` | how many pCPUs the image can use |
//! | `listen(cpu)` | lets `cpu` be interrupted when somebody types; false if that cannot be |
//! | `typed()` | the next byte that was typed |
//! | `this()` | the running pCPU's own data; `here()`: its number, at any time |
//! | `power_off()` | ends the machine |
//! | `Relax` | how a spin loop waits |
#![allow(unsafe_code)]

use crate::memory::Range;

#[cfg(all(target_arch = "aarch64", target_os = "none"))]
mod aarch64;
#[cfg(all(target_arch = "aarch64", target_os = "none"))]
pub use aarch64::*;

#[cfg(all(target_arch = "x86_64", target_os = "none"))]
mod x86_64;
#[cfg(all(target_arch = "x86_64", target_os = "none"))]
pub use self::x86_64::*;

#[cfg(target_os = "none")]
mod logger;

// What a PC's boot loader says is read by pure code, tested here.
#[cfg(test)]
#[path = "x86_64/handed.rs"]
mod handed;
#[cfg(test)]
#[path = "x86_64/multiboot2.rs"]
mod multiboot2;

#[cfg(not(target_os = "none"))]
mod host;
#[cfg(not(target_os = "none"))]
pub use host::*;

/// The first instruction of a vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Start {
    /// Its guest-physical address.
    pub entry: u64,
    /// The first argument there.
    pub argument: u64,
    /// The vCPU's index in its partition.
    pub index: u16,
}

/// What a partition sees of memory.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Where its memory appears to it.
    pub base: u64,
    /// The memory.
    pub memory: Range,
    /// The page that it can only read.
    pub info: u64,
}

/// What an acknowledged interrupt was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interrupt {
    /// Nothing was pending.
    None,
    /// This pCPU's one-shot timer.
    Timer,
    /// This pCPU was asked to look at its pool.
    Kick,
    /// It was asked to look at its vCPU's interrupts.
    Nudge,
    /// One of the running vCPU's own timers.
    GuestTimer(u32),
    /// Somebody typed on the console.
    Input,
    /// Something else, already dealt with.
    Other,
}
