//! Reservations with fairly shared slack, after the model of Atropos, the scheduler of Nemesis and of early Xen.
//!
//! A vCPU has a `slice` in every `period`; among those that have some of it left, the one with the earliest deadline
//! (the end of its period) runs. What is left over is *slack*: first for those that blocked within their period and
//! have some of their slice left, then in turns of [`QUANTUM`] for those with `xtratime`. The model is that of Leslie
//! et al., *The design and implementation of an operating system to support distributed multimedia applications*,
//! IEEE JSAC 14(7), 1996.
//!
//! - **Waking after the deadline** starts a period of only `latency`, with a slice in the same proportion; so the first
//!   service comes within that. The period doubles until it is the natural one.
//! - **Waking before it** keeps what is left of the slice, for slack only, until the deadline.
//! - **Running late** past the end of a slice is a debt that the next slice pays, up to one slice.
//! - **Several pCPUs**: one line for the pool (global EDF), with affinity; slack too is shared in one line.
//! - **Silence**: a lone vCPU with `xtratime` is never interrupted; a blocked one has no events.
//!
//! `params` are the parameters, `rule` the order; the rest is [`sched::global`].
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod params;
mod rule;

pub use params::{PoolParams, VcpuParams};
pub use rule::{Rule, Task};
pub use sched::NoRow;

/// What is kept of one vCPU.
pub type Slot = sched::global::Slot<Task>;

// [ATROPOS-R-13] [ATROPOS-R-14] [ATROPOS-R-15] [ATROPOS-R-16] [ATROPOS-R-17] [ATROPOS-R-18]
/// The Atropos policy of one pool. `M` is the memory of its slots, one for each vCPU that can be added.
pub type Atropos<M> = sched::global::Global<Rule, M>;

/// The name of the policy in configuration files and on the boot line.
pub const NAME: &str = "atropos";

/// A turn in slack, while others wait for one.
pub const QUANTUM: sched::Duration = sched::Duration::from_millis(5);

#[cfg(test)]
mod tests;
