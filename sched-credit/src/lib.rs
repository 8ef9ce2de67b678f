//! `credit`: weighted shares with BOOST, UNDER and OVER, and caps.
//!
//! The model and the defaults are those that users of Xen's credit know: a weight (256), a cap in per cent of a
//! pCPU (none), a time slice (30 ms), a rate limit (1 ms), a migration delay (none). A vCPU earns credit by its
//! weight and burns it while it runs; with credit left it is UNDER, else OVER, and one that wakes while UNDER gets
//! a BOOST. Accounting, queue and caps are those of [`sched::fair`].
//!
//! What is better than in the model:
//! - there is no sampling tick to hide from: whoever stops running is charged to the nanosecond, and no debt is
//!   forgiven, so shares follow weights exactly and at any ratio;
//! - a vCPU that wants a little more than its share waits for its share, not for everybody's slice;
//! - each pCPU has its own line, so fairness survives affinity and a vCPU that cannot use its share;
//! - a cap is one budget of the group, exact over several pCPUs and spent in periods of 10 ms;
//! - one queue for the pool: a pCPU that becomes idle takes whatever waits, and whoever is pre-empted goes on
//!   elsewhere at once if there is room.
//!
//! It may not do what no policy may: read a clock, allocate, panic, loop without bound.
//!
//! [`params`] names the parameters, and `boost` holds the rules that make it credit.
#![no_std]
#![forbid(unsafe_code)]

mod boost;
pub mod params;
#[cfg(test)]
mod tests;

pub use boost::{Boost, Standing};
pub use params::{PoolParams, VcpuParams};
pub use sched::fair::{GroupParams, GroupSlot, Slot};

/// The policy's name in the configuration and on the boot line.
pub const NAME: &str = "credit";

// [CREDIT-R-01] [CREDIT-R-02] [CREDIT-R-07] [CREDIT-R-10] [CREDIT-R-11] [CREDIT-R-12] [CREDIT-R-13] [CREDIT-R-14]
// [CREDIT-R-15] [CREDIT-R-16] [CREDIT-R-17] [CREDIT-R-18] [CREDIT-R-19] [CREDIT-R-20] [CREDIT-R-21] [CREDIT-R-22]
// [CREDIT-R-24] [CREDIT-R-25]
/// The policy for one pool. `M` and `G` are the memory of its vCPUs and groups: slices or arrays.
pub type Credit<M, G> = sched::fair::Fair<Boost, M, G>;
