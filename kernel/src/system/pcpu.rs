//! What belongs to one pCPU. Only that pCPU ever reaches it (`arch::this`), so plain cells suffice.

use super::{PoolCell, System, VcpuCell};
use crate::memory::Ring;
use core::cell::Cell;
use sched::{Cpu, CpuSet, Instant};

/// A pCPU's own data.
pub struct Pcpu {
    /// Its number.
    pub id: Cpu,
    /// How its calls into its own pool are marked in the trace.
    pub origin: u64,
    /// The set of just this pCPU.
    pub own: CpuSet,
    /// Its pool.
    pub pool: &'static PoolCell,
    /// The system.
    pub system: &'static System,
    /// What runs on it, or ran last and is not saved.
    pub current: Cell<Option<&'static VcpuCell>>,
    /// When it must pick again.
    pub until: Cell<Instant>,
    /// The pool event that it promised to handle.
    pub hosting: Cell<Instant>,
    /// What its timer is set to.
    pub armed: Cell<Instant>,
    /// Its part of the trace.
    pub ring: Ring,
    /// Exits from guests.
    pub exits: Cell<u64>,
    /// Why the running partition is about to be faulted: cause, address.
    pub fault: Cell<(u8, u64)>,
}

impl Pcpu {
    /// A pCPU that runs nothing.
    pub fn new(id: Cpu, pool: &'static PoolCell, system: &'static System, ring: Ring) -> Self {
        Self {
            id,
            origin: trace::seam::origin(id.0, pool.index),
            own: CpuSet::only(id),
            pool,
            system,
            current: Cell::new(None),
            until: Cell::new(Instant::ZERO),
            hosting: Cell::new(Instant::MAX),
            armed: Cell::new(Instant::MAX),
            ring,
            exits: Cell::new(0),
            fault: Cell::new((0, 0)),
        }
    }

    /// Nobody waits for this pCPU, or somebody has just come and it is being interrupted for that: a pick without an
    /// end says so ([`sched::Choice::until`]). So a yield changes nothing and needs no pick.
    #[inline(always)]
    pub fn uncontested(&self) -> bool {
        self.until.get() == Instant::MAX
    }

    /// The present instant.
    #[inline]
    pub fn now(&self) -> Instant {
        Instant::from_nanos(self.system.clock.nanos(crate::arch::ticks()))
    }
}
