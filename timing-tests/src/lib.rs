//! From a trace to numbers that one can trust.
//!
//! A run leaves a [`trace::Recording`]; its plan says what was promised. This crate puts the two together:
//!
//! - [`plan`]: the part of a plan that the numbers depend on, under the schedulers that really ran;
//! - [`metrics`]: [`measure`] turns a recording into a [`Report`], whose numbers are exact: order statistics of
//!   all samples, least squares over integers, no sampling and no rounding before the last step;
//! - [`table`]: the report as text; [`json`]: the report for programs;
//! - [`picture`]: a stretch of a recording as a drawing; [`export`]: a recording in forms of other programs;
//! - [`bench`]: measurements that outlive their run: kept as lines, compared, shown as a page;
//! - [`simulate`]: a plan without a machine, in the simulator's time, to the same kind of recording;
//! - [`replay`](mod@replay): the recorded calls through the same policy on this machine, every answer compared.
//!
//! Nothing here reads a clock, a file or a machine, so equal recordings give equal reports, byte for byte.
#![forbid(unsafe_code)]

pub mod bench;
pub mod export;
pub mod human;
pub mod json;
pub mod metrics;
pub mod picture;
pub mod plan;
pub mod replay;
pub mod simulate;
pub mod table;

#[cfg(test)]
mod testing;

pub use metrics::{Outcome, Report, measure};
pub use plan::Plan;
pub use replay::{Replay, replay};
