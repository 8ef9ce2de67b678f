//! Memory: everything is carved at boot; after that nothing allocates.
//!
//! - [`Ranges`]: which physical memory is free;
//! - [`Carver`]: typed slices that live for ever, cut from it;
//! - [`Ring`], [`Directory`]: the trace in memory.
#![allow(unsafe_code)]

mod carver;
mod range;
mod record;

pub use carver::{Carver, Slots};
pub use range::{Range, Ranges};
pub use record::{Directory, Ring};
