//! The trace: what happened, in fixed-size events, from simulator, emulator and board alike.
//!
//! - [`event`]: the events and their byte format;
//! - [`seam`]: recording the calls into a scheduler;
//! - [`frame`]: how a serial line carries consoles and the hypervisor's log;
//! - [`line`](mod@line): the trace as frames, for a machine whose memory nobody can read;
//! - [`area`]: where the hypervisor leaves its rings in memory, and how a host finds them.
//!
//! And on hosts (feature `std`):
//!
//! - [`recording`]: a whole run in memory; [`ram`] reads it from a memory image, [`file`](mod@file) from and to `.mft`;
//! - [`merge`](mod@merge): one order of events; [`calls`]: the calls of one pool.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

pub mod area;
pub mod event;
pub mod frame;
pub mod line;
pub mod seam;

#[cfg(feature = "std")]
mod bytes;
#[cfg(feature = "std")]
pub mod calls;
#[cfg(feature = "std")]
mod error;
#[cfg(feature = "std")]
pub mod file;
#[cfg(feature = "std")]
pub mod merge;
#[cfg(feature = "std")]
pub mod ram;
#[cfg(feature = "std")]
pub mod recording;

pub use event::{Event, Words};
pub use seam::{Seam, Sink};

#[cfg(feature = "std")]
pub use calls::Calls;
#[cfg(feature = "std")]
pub use error::TraceError;
#[cfg(feature = "std")]
pub use file::{load, save};
#[cfg(feature = "std")]
pub use merge::merge;
#[cfg(feature = "std")]
pub use recording::{Loss, Recording, Ring, Stretch, Unit};
