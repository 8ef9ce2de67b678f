//! The hypervisor's image. Everything is in the library; this file gives it an entry and a last word.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
use kernel as _;

/// Target code does not panic; should a check of the language fail all the same, the machine stops with a
/// sentence instead of going on.
#[cfg(target_os = "none")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    kernel::last_words(info)
}

#[cfg(not(target_os = "none"))]
fn main() {}
