//! From `system.toml` to a checked plan, and from the plan to the bundle that the hypervisor boots.
//!
//! - [`plan`]: the values that the hypervisor works with;
//! - [`bundle`]: their byte form, read without allocation and without trust.
//!
//! These two are what the hypervisor uses. Everything that reads text or images is for hosts (feature
//! `std`): [`file`](mod@file) reads and checks a `system.toml`, [`images`] fetches and places what it names, [`resolved`]
//! holds the whole plan on the heap and [`write`](mod@write) turns it into a bundle.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

pub mod bundle;
#[cfg(feature = "std")]
pub mod file;
#[cfg(feature = "std")]
pub mod images;
pub mod plan;
#[cfg(feature = "std")]
pub mod resolved;
#[cfg(feature = "std")]
pub mod write;

pub use bundle::{BadBundle, Bundle};
#[cfg(feature = "std")]
pub use file::{Loaded, Report, check, load};
#[cfg(feature = "std")]
pub use images::{Arch, Files, Images};
#[cfg(feature = "std")]
pub use write::write_bundle;
