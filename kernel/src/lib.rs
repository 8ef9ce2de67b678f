//! The Majorframe hypervisor.
//!
//! One direction of knowledge: [`arch`] is what the machine can do, [`memory`] and [`devices`] are plain
//! means, [`system`] is what exists, [`dispatch`] is what happens, [`boot`] builds it and [`finish`] ends it.
//! `unsafe` is allowed in [`arch`] and [`memory`] only.
#![cfg_attr(target_os = "none", no_std)]
#![deny(unsafe_code)]

extern crate core;

pub mod arch;
pub mod boot;
pub mod bus;
pub mod calls;
pub mod console;
pub mod control;
pub mod devices;
pub mod dispatch;
pub mod finish;
pub mod input;
pub mod interrupts;
pub mod loader;
pub mod log;
pub mod memory;
pub mod system;
#[cfg(test)]
mod tests;

/// Says where something went wrong and ends the machine. Not what: that would keep code in the image which formats values
/// of every kind, for a message that nobody should ever see.
pub fn last_words(info: &core::panic::PanicInfo<'_>) -> ! {
    console::interrupt();
    match info.location() {
        Some(place) => say!("panic at {}:{}; this is a bug, please report it", place.file(), place.line()),
        None => say!("panic; this is a bug, please report it"),
    }
    arch::power_off()
}
