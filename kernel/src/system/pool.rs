//! A pool as the hypervisor runs it: the policy behind one fair lock, and the timers of its blocked vCPUs.

use super::{Lock, VcpuCell, timers::Timers};
use crate::memory::Carver;
use sched::{Cpu, CpuSet, Instant, Life, Pool, Vcpu};

/// The policy of a pool in the hypervisor's memory.
pub type Policy = policies::Policy<Carver>;

/// A pool.
pub struct PoolCell {
    /// Its index.
    pub index: u8,
    /// Its pCPUs.
    pub cpus: CpuSet,
    /// The name of the scheduler that really runs.
    pub scheduler: &'static str,
    /// What its lock protects. A pCPU waits for it at most (pCPUs − 1) × the longest hold.
    pub state: Lock<PoolState>,
}

/// What the lock of a pool protects.
pub struct PoolState {
    /// The policy and the protocol around it.
    pub pool: Pool<Policy, &'static mut [Life]>,
    /// When blocked vCPUs want to be woken.
    pub timers: Timers,
    /// The earliest pool event that some pCPU has promised to handle.
    pub hosted: Instant,
    /// How many refused choices of the policy the log knows of.
    pub told: u32,
    /// The vCPUs by their index in the pool; filled once at boot.
    pub vcpus: &'static [VcpuCell],
}

impl PoolState {
    /// The earliest instant at which this pool needs a pCPU's attention, beyond slices.
    pub fn next_event(&self) -> Instant {
        self.pool.next_alarm().min(self.timers.first())
    }

    /// The vCPU that runs on `cpu`.
    pub fn running(&self, cpu: Cpu) -> Option<Vcpu> {
        self.pool.running(cpu)
    }
}
