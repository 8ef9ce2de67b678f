//! `credit2`: weighted shares in virtual time, with caps and latency hints.
//!
//! The model and the defaults are those that users of Xen's credit2 know: a weight (256), a cap in per cent of a
//! pCPU (none), a rate limit (1 ms), slices of 0.5 to 10 ms, a resistance to migration (0.5 ms). What runs is
//! always the vCPU that is furthest behind its share. Accounting, queue and caps are those of [`sched::fair`].
//!
//! What is better than in the model:
//! - charges are exact to the nanosecond and no debt is forgiven, so shares follow weights at any ratio;
//! - virtual time needs no reset, hence no step over all vCPUs;
//! - each pCPU has its own line, so fairness survives affinity and a vCPU that cannot use its share;
//! - a vCPU with a latency hint that is within its share pre-empts at once, and one that is beyond it does so as
//!   soon as its share has grown enough;
//! - a cap is one budget of the group, exact over several pCPUs and shared on demand;
//! - one queue for the pool: a pCPU that becomes idle takes whatever waits, without balancing.
//!
//! It may not do what no policy may: read a clock, allocate, panic, loop without bound.
//!
//! [`params`] names the parameters, and `lead` holds the rules that make it credit2.
#![no_std]
#![forbid(unsafe_code)]

mod lead;
pub mod params;
#[cfg(test)]
mod tests;

pub use lead::{Lead, Standing};
pub use params::{PoolParams, VcpuParams};
pub use sched::fair::{GroupParams, GroupSlot, Slot};

/// The policy's name in the configuration and on the boot line.
pub const NAME: &str = "credit2";

// [CREDIT2-R-01] [CREDIT2-R-02] [CREDIT2-R-07] [CREDIT2-R-09] [CREDIT2-R-10] [CREDIT2-R-11] [CREDIT2-R-12]
// [CREDIT2-R-14] [CREDIT2-R-15] [CREDIT2-R-16] [CREDIT2-R-17] [CREDIT2-R-18] [CREDIT2-R-19] [CREDIT2-R-20]
// [CREDIT2-R-21] [CREDIT2-R-23] [CREDIT2-R-24]
/// The policy for one pool. `M` and `G` are the memory of its vCPUs and groups: slices or arrays.
pub type Credit2<M, G> = sched::fair::Fair<Lead, M, G>;
