//! What a policy of fair shares says for itself.

use super::{Core, Groups, Slots};
use crate::{Cpu, CpuSet, Duration, Instant, Row};

/// The numbers of an order, worked out from the pool's parameters whenever these change.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// Nobody who has run for less than this is pre-empted, unless the order says otherwise.
    pub ratelimit: Duration,
    /// The period in which a cap's budget is spent.
    pub cap_period: Duration,
    /// The credit that a sleeper keeps at most, of its own time.
    pub sleeper: Duration,
    /// The credit that a vCPU which holds a pCPU all the time keeps at most, of its own time.
    pub holder: Duration,
    /// How far ahead of the line of its own pCPUs a vCPU still counts as within its share, of its own time.
    pub near: Duration,
    /// How long a vCPU that runs stays urgent.
    pub urgent: Duration,
    /// The credit by which a vCPU must lead to run on another pCPU than its last one, of its own time.
    pub resistance: Duration,
    /// For how long after it was pre-empted a vCPU waits for its pCPU before another one may take it.
    pub stickiness: Duration,
    /// No slice is cut short to end sooner than this from now.
    pub timer: Duration,
    /// The time slice; what it means is up to the order.
    pub slice: Duration,
    /// The shortest latency hint that asks to be urgent on waking; zero if everybody does, even without a hint.
    pub asks: Duration,
}

/// When a waiting vCPU beats one that runs, and by how much virtual time (2⁻⁴⁰ ns / weight).
pub type Gain = (Instant, u128);

/// What tells one policy of fair shares from another. It has no state: all of it is in the [`Core`].
pub trait Order: Clone + PartialEq + Eq + core::hash::Hash + core::fmt::Debug {
    /// Parameters of the pool.
    type Pool: Row + PartialEq + Eq + core::hash::Hash;
    /// Parameters of a vCPU.
    type Vcpu: Row;
    /// What the order has to know of a vCPU before it compares it with all that run.
    type Standing: Copy;

    /// The numbers that follow from the pool's parameters.
    fn rules(params: &Self::Pool) -> Rules;

    /// The weight (0 = its group's) and the latency hint (0 = none) of a vCPU.
    fn claim(params: &Self::Vcpu) -> (u32, Duration);

    /// The parameters with this claim: the inverse of `claim`.
    fn vcpu(weight: u32, hint: Duration) -> Self::Vcpu;

    /// How `v` stands, which waits and looks for a pCPU; asked once, so that comparing stays short. `fresh`: it just
    /// became ready, rather than was replaced.
    fn standing<M: Slots, G: Groups>(core: &Core<M, G>, v: u16, fresh: bool, now: Instant) -> Self::Standing;

    /// When and by how much `v` with this standing beats what runs on `cpu`; `None` if it does not before the slice
    /// ends. In constant time: it is asked for each pCPU.
    fn gain<M: Slots, G: Groups>(
        core: &Core<M, G>,
        v: u16,
        standing: Self::Standing,
        cpu: Cpu,
        now: Instant,
    ) -> Option<Gain>;

    /// The end of the slice of `run` on `cpu` that begins now, while somebody waits for `cpu`.
    fn slice_end<M: Slots, G: Groups>(core: &Core<M, G>, cpu: Cpu, run: u16, now: Instant) -> Instant;

    /// The pCPU of `free` on which a vCPU that ran on `last` starts. An order that knows cores, threads and memory
    /// nodes chooses by them; without that knowledge its old place is the best one, and then the first.
    fn seat(free: CpuSet, last: Cpu) -> Option<Cpu> {
        if free.contains(last) { Some(last) } else { free.first() }
    }
}
