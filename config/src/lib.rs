//! From `system.toml` to a checked plan, and from the plan to the bundle that the hypervisor boots.
//!
//! [`plan`] and [`bundle`] need no allocation and are what the kernel uses; everything that reads text or
//! images is for hosts (feature `std`).
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

pub mod plan;
