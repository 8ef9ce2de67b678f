//! The parts of the running system: pools, pCPUs, partitions and vCPUs, all built at boot from the plan.

pub mod partition;
pub mod pcpu;
pub mod pool;
pub mod timers;
pub mod vcpu;

pub use partition::Partition;
pub use pcpu::Pcpu;
pub use pool::{PoolCell, PoolState};
pub use vcpu::VcpuCell;

use crate::{arch, console::Console, input::Input, memory::Directory};
use abi::Clock;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A fair lock whose waiters relax as this architecture likes it.
pub type Lock<T> = spin::mutex::TicketMutex<T, arch::Relax>;
/// What a held [`Lock`] is.
pub type LockGuard<'a, T> = spin::mutex::TicketMutexGuard<'a, T, arch::Relax>;

/// The running system.
pub struct System {
    /// All pools, in the plan's order.
    pub pools: &'static [PoolCell],
    /// All partitions, in the plan's order.
    pub partitions: &'static [Partition],
    /// The clock that everybody counts by.
    pub clock: Clock,
    /// When the system stops, ns since the epoch; `u64::MAX` = never, 0 once it is stopping.
    pub stop_at: AtomicU64,
    /// The partitions' consoles on the one real console.
    pub console: Console,
    /// The keyboard on that console.
    pub input: Input,
    /// Whether the trace goes over the console at the end.
    pub dump: bool,
    /// Set once: every pCPU stops at its next dispatch.
    pub stopping: AtomicBool,
    /// The number of pCPUs that have stopped.
    pub stopped: AtomicU64,
    /// Where a host finds the trace.
    pub directory: Directory,
    /// Exits counted by the pCPUs that have stopped.
    pub exits: AtomicU64,
}

impl System {
    /// Exits from guests, all pCPUs; complete once every pCPU has stopped.
    pub fn exits(&self) -> u64 {
        self.exits.load(Ordering::Relaxed)
    }

    /// Tells every pCPU to stop.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.stop_at.store(0, Ordering::Release);
        for pool in self.pools {
            for cpu in pool.cpus.iter() {
                arch::kick(cpu);
            }
        }
    }
}
