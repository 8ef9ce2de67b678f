//! Earliest deadline first with slices and extra time, after the model of Xen's SEDF.
//!
//! A vCPU with a `slice` has it in every `period`; among those that have some of it left, the one with the earliest
//! deadline (the end of its period) runs. Time that no slice claims is *extra time*, for vCPUs with `extratime`: first
//! for those that lost a slice by blocking shortly, then in proportion to what each is entitled to.
//!
//! - **Three ways to say what a vCPU gets**: `slice` and `period`; or a `weight` without `extratime`, which is a share
//!   of what the slices leave over, as a slice in every 100 ms; or nothing, which is extra time alone, by `weight`.
//! - **Waking** after the deadline starts a new period at once. Waking before it, with some of the slice left, forfeits
//!   the rest of the slice; with `extratime` one quantum of compensation follows, the greater the loss the sooner.
//! - **Running late** past the end of a slice is a debt that the next slice pays, up to one slice.
//! - **Several pCPUs**: one line for the pool (global EDF), with affinity. Xen's had a line for each pCPU.
//! - **Silence**: a lone vCPU that has extra time is never interrupted; a blocked one has no events.
//!
//! `params` are the parameters, `share` what a weight is worth, `task` the state of a vCPU, `rule` the
//! order; the rest is [`sched::global`].
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod params;
mod rule;
mod share;
mod task;

pub use params::{PoolParams, VcpuParams};
pub use rule::Rule;
pub use sched::NoRow;
pub use task::Task;

/// What is kept of one vCPU.
pub type Slot = sched::global::Slot<Task>;

// [SEDF-R-14] [SEDF-R-15] [SEDF-R-16] [SEDF-R-17] [SEDF-R-18] [SEDF-R-19]
/// The SEDF policy of one pool. `M` is the memory of its slots, one for each vCPU that can be added.
pub type Sedf<M> = sched::global::Global<Rule, M>;

/// The name of the policy in configuration files and on the boot line.
pub const NAME: &str = "sedf";

/// The turn in extra time of two with the same entitlement, and the compensation for a short block.
pub const QUANTUM: sched::Duration = sched::Duration::from_micros(500);

#[cfg(test)]
mod tests;
