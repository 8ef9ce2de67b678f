//! Round robin: one line, one slice for all.
//!
//! The ready vCPUs of a pool stand in one line, first come first served. The first one that is allowed on a pCPU runs
//! there for `slice`, then it goes to the end of the line. Nobody is better than another: no weights, no reservations,
//! no reward for waking. It is the baseline for others, after the demonstration scheduler of early Xen.
//!
//! - **Who wakes goes to the end of the line** and takes a free pCPU or waits; it cuts no turn short. With n others
//!   in front it waits for at most n + 1 turns on one pCPU.
//! - **A lone vCPU is not interrupted.** Its turns follow one another all the same, on a grid that starts where it took
//!   the pCPU; so somebody who comes waits for the end of the turn that was in progress then, not for a whole one.
//! - **Soft affinity** decides between free pCPUs. It does not make anybody wait.
//!
//! `params` is the pool's slice, `rule` is all there is to the policy; the rest is [`sched::global`].
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod params;
mod rule;

pub use params::PoolParams;
pub use rule::{Line, Rule};
pub use sched::NoRow;

/// What is kept of one vCPU.
pub type Slot = sched::global::Slot<Line>;

// [RR-R-06] [RR-R-07] [RR-R-08] [RR-R-10] [RR-R-11] [RR-R-12] [RR-R-13] [RR-R-14]
/// The round-robin policy of one pool. `M` is the memory of its slots, one for each vCPU that can be added.
pub type Rr<M> = sched::global::Global<Rule, M>;

/// The name of the policy in configuration files and on the boot line.
pub const NAME: &str = "rr";

#[cfg(test)]
mod tests;
