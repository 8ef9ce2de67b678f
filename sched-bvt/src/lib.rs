//! Borrowed virtual time: fair shares, and a warp for those who must not wait.
//!
//! A vCPU ages while it runs, by `mcu_advance` for each unit of time, and the one with the smallest *effective virtual
//! time* runs. So two that always want to run share a pCPU in inverse proportion to `mcu_advance`. A vCPU that *warps*
//! counts as younger by `warp_value`: it runs first when it wakes, but what it runs ages it as usual. It borrows from
//! its own future and its share in the long run stays the same. The model is that of Duda and Cheriton, *Borrowed-
//! virtual-time (BVT) scheduling*, SOSP 1999, with the parameters that early Xen had.
//!
//! - **Waking**: a vCPU that slept is at least as old as the *line*, up to which everybody was served; so it stores up
//!   nothing. For its first stretch it counts as younger by one `ctx_allow`, hence runs before those who are no younger.
//! - **Switching**: a vCPU goes on until it is ahead of the first in line by `ctx_allow` of its own time.
//! - **Limits of the warp**: after `warpl` of warped execution it ends, and comes back after `warpu`.
//! - **Several pCPUs**: one line for the pool, with affinity. A vCPU that holds a pCPU all the time because its share
//!   is more than a pCPU can give does not save up the difference.
//! - **Silence**: a lone vCPU is not interrupted, and a warp that ends or returns is an event only if others compete.
//!
//! `params` are the parameters, `warp` the limits of the warp, `rule` the order; the rest is [`sched::global`].
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod params;
mod rule;
mod warp;

pub use params::{PoolParams, VcpuParams};
pub use rule::{Age, Rule};
pub use sched::NoRow;

/// What is kept of one vCPU.
pub type Slot = sched::global::Slot<Age>;

// [BVT-R-12] [BVT-R-13] [BVT-R-14] [BVT-R-15] [BVT-R-16] [BVT-R-17]
/// The BVT policy of one pool. `M` is the memory of its slots, one for each vCPU that can be added.
pub type Bvt<M> = sched::global::Global<Rule, M>;

/// The name of the policy in configuration files and on the boot line.
pub const NAME: &str = "bvt";

#[cfg(test)]
mod tests;
