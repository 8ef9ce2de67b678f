//! A vCPU: its saved state and what the hypervisor knows about it.

use super::{Partition, PoolCell};
use crate::arch;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use sched::Vcpu;

/// No instant.
pub const NEVER: u64 = u64::MAX;

/// What a vCPU was doing when it stopped being ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Waiting {
    /// Nothing: it can go on.
    No = 0,
    /// It waits for an interrupt (WFI).
    Interrupt = 1,
    /// It waits in a hypercall until an instant.
    Call = 2,
    /// It is switched on and must start at its entry.
    Start = 3,
    /// Its partition is being reloaded; it starts when that is done.
    Reload = 4,
}

/// A vCPU. The context comes first: the exit path finds the vCPU by the address of its frame.
#[repr(C)]
pub struct VcpuCell {
    /// Where it may begin.
    pub alignment: arch::Alignment,
    /// The saved state.
    pub context: arch::ContextCell,
    /// Its partition.
    pub partition: &'static Partition,
    /// Its pool.
    pub pool: &'static PoolCell,
    /// Its index in the pool.
    pub id: Vcpu,
    /// Its index in the partition.
    pub index: u16,
    /// Until when it waits in a hypercall, ns.
    pub deadline: AtomicU64,
    /// How many exits it was granted last.
    pub exits_granted: AtomicU64,
    /// Since when its exits are counted, ns.
    pub exits_since: AtomicU64,
    waiting: AtomicU8,
    /// Where it starts: entry and argument of CPU_ON.
    pub start: [AtomicU64; 2],
}

impl VcpuCell {
    /// A vCPU that is off.
    pub fn new(partition: &'static Partition, pool: &'static PoolCell, id: Vcpu, index: u16) -> Self {
        Self {
            alignment: arch::Alignment,
            context: arch::ContextCell::default(),
            partition,
            pool,
            id,
            index,
            deadline: AtomicU64::new(NEVER),
            exits_granted: AtomicU64::new(0),
            exits_since: AtomicU64::new(0),
            waiting: AtomicU8::new(0),
            start: [AtomicU64::new(0), AtomicU64::new(0)],
        }
    }

    /// What it waits for.
    pub fn waiting(&self) -> Waiting {
        match self.waiting.load(Ordering::Relaxed) {
            1 => Waiting::Interrupt,
            2 => Waiting::Call,
            3 => Waiting::Start,
            4 => Waiting::Reload,
            _ => Waiting::No,
        }
    }

    /// Moves on from `from` to `to`. False: another pCPU has decided meanwhile that it starts or is reloaded,
    /// and that holds.
    pub fn move_waiting(&self, from: Waiting, to: Waiting) -> bool {
        self.waiting.compare_exchange(from as u8, to as u8, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Decides what it waits for, whatever it did before.
    pub fn set_waiting(&self, waiting: Waiting) {
        self.waiting.store(waiting as u8, Ordering::Relaxed);
    }
}
