//! One policy as the target runs it: every method of the seam as a symbol of its own, and a load that
//! counts instructions.
//!
//! `cargo xtask certify` builds this program with exactly one policy and the profile of the hypervisor's
//! image. It inspects the linked file (panics, allocation, recursion, stack) and then runs the same file on
//! the emulator, where the machine's own counter says how many instructions each call took. [`seam`] is what
//! is inspected and measured; [`load`] thinks up the calls; [`canary`] holds faults that the inspection must
//! find; [`machine`] is the only part that knows the hardware. Nothing here is part of a product image.
//! On a PC the program is empty.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod canary;
#[cfg(target_os = "none")]
mod chance;
#[cfg(target_os = "none")]
mod load;
#[cfg(target_os = "none")]
mod machine;
#[cfg(target_os = "none")]
mod rows;
#[cfg(target_os = "none")]
mod seam;
#[cfg(target_os = "none")]
mod tally;

#[cfg(not(target_os = "none"))]
fn main() {}
