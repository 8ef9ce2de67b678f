//! Fair shares: what the policies of weighted shares have in common.
//!
//! [`Fair`] is a whole policy but for its [`Order`]: who is urgent, who pre-empts whom and when, and how long a
//! slice lasts. Charging is that of start-time fair queueing (Goyal, Guo, Vin, 1996), who has had its share is
//! found by the test of EEVDF (Stoica, Abdel-Wahab, 1996), and one queue serves all pCPUs of the pool.
//!
//! - [`order`]: what a policy says; [`params`]: parameters and keys that all of them know;
//! - [`slot`], [`seat`]: what is kept for each vCPU, group and pCPU;
//! - `account` charges, `queue` and `place` say who waits and where, `urgency` who goes first, `cap` limits,
//!   `choose` decides, `switch` carries it out, `change` alters parameters, `policy` is the seam.
//!
//! It may not do what no policy may: read a clock, allocate, panic, loop without bound. [`Core`] holds everything
//! that does not depend on the order, so that it stands in an image once, however many policies use it.

mod account;
#[cfg(feature = "std")]
mod audit;
mod cap;
mod change;
mod choose;
pub mod order;
pub mod params;
mod place;
mod policy;
mod queue;
pub mod seat;
pub mod slot;
mod switch;
mod urgency;

pub use account::virtual_span;
pub use order::{Order, Rules};
pub use params::GroupParams;
pub use seat::{GroupSlot, OnCpu};
pub use slot::{Groups, Slot, Slots};

use crate::tree::Tree;
use crate::{Cpu, CpuSet, Instant, Refused, Table};
use core::marker::PhantomData;

/// A policy of fair shares for one pool. `M` and `G` are the memory of its vCPUs and groups: slices or arrays.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fair<O: Order, M, G> {
    core: Core<M, G>,
    params: O::Pool,
    order: PhantomData<O>,
}

/// The state of a pool, and all rules that hold under every order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Core<M, G> {
    pub(crate) slots: Table<Slot, M>,
    pub(crate) groups: Table<GroupSlot, G>,
    pub(crate) cpus: Table<OnCpu, [OnCpu; Cpu::LIMIT]>,
    /// All that wait for a pCPU.
    pub(crate) queue: Tree<0>,
    /// Those among them that woke without credit and become urgent when they have some, by service.
    pub(crate) owed: Tree<1>,
    /// Those among them that for some time only the pCPU which they left may take, by the end of that time.
    pub(crate) warm: Tree<1>,
    /// Groups with parked members, by the instant of their next budget.
    pub(crate) refills: Tree<0>,
    pub(crate) rules: Rules,
    pub(crate) pool: CpuSet,
    pub(crate) idle: CpuSet,
    /// The sum of weight × virtual time over all that compete: service in 2⁻⁴⁰ ns.
    pub(crate) sum: u128,
    /// The sum of their weights.
    pub(crate) weights: u64,
    /// Changes of weights so far: a slot that has seen fewer looks its weight up before its next turn.
    pub(crate) edition: u32,
    /// vCPUs with a soft affinity that means something.
    pub(crate) wishes: u16,
    /// Groups with a cap.
    pub(crate) capped: u16,
    /// One pCPU, no cap, no soft affinity: what a pick need not ask.
    pub(crate) plain: bool,
}

impl<O: Order, M: Slots, G: Groups> Fair<O, M, G> {
    /// An empty pool of `cpus`. What `slots` and `groups` hold is overwritten; a vCPU or group is named by its
    /// index there.
    ///
    /// # Errors
    /// Refused if `params` breaks a rule or the pool has no pCPU.
    pub fn new(slots: M, groups: G, params: O::Pool, cpus: CpuSet, _now: Instant) -> Result<Self, Refused> {
        params::check(&params)?;
        if cpus.is_empty() {
            return Err(params::NO_PCPU);
        }
        let core = Core::new(slots, groups, O::rules(&params), cpus);
        Ok(Self { core, params, order: PhantomData })
    }

    /// What does not depend on the order.
    pub fn core(&self) -> &Core<M, G> {
        &self.core
    }
}

impl<M: Slots, G: Groups> Core<M, G> {
    fn new(slots: M, groups: G, rules: Rules, cpus: CpuSet) -> Self {
        let (mut slots, mut groups) = (Table::new(slots, Slot::EMPTY), Table::new(groups, GroupSlot::EMPTY));
        slots.as_mut_slice().fill(Slot::EMPTY);
        groups.as_mut_slice().fill(GroupSlot::EMPTY);
        Self {
            slots,
            groups,
            cpus: Table::new([OnCpu::IDLE; Cpu::LIMIT], OnCpu::IDLE),
            queue: Tree::new(),
            owed: Tree::new(),
            warm: Tree::new(),
            refills: Tree::new(),
            rules,
            pool: cpus,
            idle: CpuSet::ALL,
            sum: 0,
            weights: 0,
            edition: 1,
            wishes: 0,
            capped: 0,
            plain: cpus.len() == 1,
        }
    }

    /// The slot of a vCPU.
    pub fn slot(&self, v: u16) -> &Slot {
        self.slots.at(usize::from(v))
    }

    /// What a pCPU does.
    pub fn on(&self, cpu: Cpu) -> &OnCpu {
        self.cpus.at(cpu.index())
    }

    /// The numbers of the order in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}
