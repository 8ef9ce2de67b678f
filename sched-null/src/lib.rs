//! The null policy: every vCPU owns a pCPU, and nothing is ever decided.
//!
//! The first vCPUs that are switched on get a pCPU each and keep it until they are switched off: waiting
//! or being paused leaves the pCPU idle, so it answers at once when its owner wakes. There is no slice, no
//! timer and no migration; whoever owns a pCPU has all of it. The model is that of Xen's null scheduler.
//!
//! A vCPU for which no allowed pCPU is left waits, first come first served, and **never runs** until an
//! owner is switched off or removed: with several vCPUs on one pCPU only the first one ever runs. That
//! is visible: [`Null::waiting`] lists the waiters in order, `in_force` shows an empty hard set, and
//! `service` counts one shortfall. With `surplus = "refuse"` it is not admitted, and who is admitted has a pCPU
//! from then on. With `surplus = "lend"` it runs meanwhile where an owner is not ready, and leaves at once when the
//! owner wakes.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod lend;
mod null;
mod params;
mod policy;
mod slot;

pub use null::Null;
pub use params::{PoolParams, Surplus};
pub use sched::NoRow;
pub use slot::Slot;

/// The name of the policy in configuration files and on the boot line.
pub const NAME: &str = "null";

#[cfg(test)]
mod tests;
