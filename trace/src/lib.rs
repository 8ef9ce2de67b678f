//! The trace: what happened, in fixed-size events, from simulator, emulator and board alike.
//!
//! - [`event`]: the events and their byte format;
//! - [`seam`]: recording the calls into a scheduler;
//! - [`area`]: where the hypervisor leaves its rings in memory, and how a host finds them.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

pub mod area;
pub mod event;
pub mod seam;

pub use event::{Event, Words};
pub use seam::{Seam, Sink};
