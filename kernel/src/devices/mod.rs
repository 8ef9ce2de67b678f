//! Emulated devices as pure state: what a guest reads and writes, tested on a PC.

pub mod apic;
pub mod mmio;
pub mod mov;
pub mod pl011;
pub mod psci;
pub mod uart16550;
pub mod vgic;
