//! `credit`: weighted shares with BOOST, UNDER and OVER, and caps.
//!
//! The model and the defaults are those that users of Xen's credit know: a weight (256), a cap in per cent
//! of a pCPU (none), a time slice (30 ms), a rate limit (1 ms). A vCPU earns credit by its weight and burns
//! it while it runs; with credit left it is UNDER, else OVER, and one that wakes while UNDER gets a BOOST.
//! Accounting is that of start-time fair queueing (Goyal, Guo, Vin, 1996).
//!
//! What is better than in the model:
//! - there is no sampling tick to hide from: whoever stops running is charged to the nanosecond, and no
//!   debt is forgiven, so shares follow weights exactly and at any ratio;
//! - a vCPU that wants a little more than its share waits for its share, not for everybody's slice;
//! - each pCPU has its own line, so fairness survives affinity and a vCPU that cannot use its share;
//! - a cap is one budget of the group, exact over several pCPUs and spent in periods of 10 ms;
//! - one queue for the pool: a pCPU that becomes idle takes whatever waits, and whoever is pre-empted goes
//!   on elsewhere at once if there is room.
//!
//! It may not do what no policy may: read a clock, allocate, panic, loop without bound.
//!
//! [`params`] names the parameters, `slot` the state, `account` charges, `queue` places, `cap` limits,
//! `choose` decides, and `rank` holds the rules that make it credit.
#![no_std]
#![forbid(unsafe_code)]

mod account;
mod cap;
mod change;
mod choose;
pub mod params;
mod policy;
mod queue;
mod rank;
mod slot;
#[cfg(test)]
mod tests;

pub use params::{GroupParams, PoolParams, VcpuParams};
pub use slot::{GroupSlot, Slot};

use sched::tree::Tree;
use sched::{Cpu, CpuSet, Instant, Refused, Table};
use slot::OnCpu;

/// The policy's name in the configuration and on the boot line.
pub const NAME: &str = "credit";

/// The policy for one pool. `M` and `G` are the memory of its vCPUs and groups: slices or arrays.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Credit<M, G> {
    slots: Table<Slot, M>,
    groups: Table<GroupSlot, G>,
    cpus: Table<OnCpu, [OnCpu; Cpu::LIMIT]>,
    /// All that wait for a pCPU.
    queue: Tree<0>,
    /// Those among them that woke without credit and get a BOOST when they have some, by service.
    owed: Tree<1>,
    /// Groups with parked members, by the instant of their next budget.
    refills: Tree<0>,
    params: PoolParams,
    pool: CpuSet,
    idle: CpuSet,
    /// The sum of weight × virtual time over all that compete: service in 2⁻⁴⁰ ns.
    sum: u128,
    /// The sum of their weights.
    weights: u64,
    /// vCPUs with a soft affinity that means something.
    wishes: u16,
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Credit<M, G> {
    /// An empty pool of `cpus`. What `slots` and `groups` hold is overwritten; a vCPU or group is named by
    /// its index there. Refused if `params` breaks a rule or the pool has no pCPU.
    pub fn new(slots: M, groups: G, params: PoolParams, cpus: CpuSet, _now: Instant) -> Result<Self, Refused> {
        params.check()?;
        if cpus.is_empty() {
            return Err(Refused::new("a pool needs a pCPU", 0, 1, 0));
        }
        let (mut slots, mut groups) = (Table::new(slots, Slot::EMPTY), Table::new(groups, GroupSlot::EMPTY));
        slots.as_mut_slice().fill(Slot::EMPTY);
        groups.as_mut_slice().fill(GroupSlot::EMPTY);
        Ok(Self {
            slots,
            groups,
            cpus: Table::new([OnCpu::IDLE; Cpu::LIMIT], OnCpu::IDLE),
            queue: Tree::new(),
            owed: Tree::new(),
            refills: Tree::new(),
            params,
            pool: cpus,
            idle: CpuSet::ALL,
            sum: 0,
            weights: 0,
            wishes: 0,
        })
    }
}
