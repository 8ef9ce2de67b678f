//! When blocked vCPUs want to be woken, in the hypervisor's memory: see [`sched::timers`].

pub use sched::timers::Slot;

/// The timers of a pool's blocked vCPUs.
pub type Timers = sched::timers::Timers<&'static mut [Slot]>;
