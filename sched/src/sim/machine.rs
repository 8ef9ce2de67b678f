//! The machine that is simulated: how large, how costly, how strict.

use super::Costs;
use crate::{Cpu, CpuSet, Instant};

/// A machine to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Machine {
    pub(super) cpus: u8,
    pub(super) vcpus: u16,
    pub(super) costs: Costs,
    pub(super) seed: u64,
    pub(super) history: bool,
    pub(super) strict: bool,
    pub(super) stepwise: bool,
    pub(super) home: CpuSet,
    pub(super) start: Instant,
}

impl Machine {
    /// `cpus` pCPUs (at most 64), all of them in the pool, and room for `vcpus` vCPUs. Nothing costs time.
    pub fn new(cpus: u8, vcpus: u16) -> Self {
        let home = (0..cpus).fold(CpuSet::EMPTY, |set, cpu| set.or(CpuSet::only(Cpu(cpu))));
        let (costs, start) = (Costs::NONE, Instant::ZERO);
        Self { cpus, vcpus, costs, seed: 1, history: true, strict: true, stepwise: false, home, start }
    }

    /// What the machine's own doings cost.
    pub fn costs(self, costs: Costs) -> Self {
        Self { costs, ..self }
    }

    /// On what all randomness depends.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Keeps only sums: no list of runs and jobs. For long simulations.
    pub fn sums_only(self) -> Self {
        Self { history: false, ..self }
    }

    /// Counts choices that break isolation, affinity or pool, instead of ending with a panic.
    pub fn lenient(self) -> Self {
        Self { strict: false, ..self }
    }

    /// Makes each step of a turn a call of its own, even where a switch takes no time. The schedule must be the
    /// same: a policy may only take a shorter way to it.
    pub fn stepwise(self) -> Self {
        Self { stepwise: true, ..self }
    }

    /// The pCPUs that belong to the pool at first.
    pub fn pool(self, home: CpuSet) -> Self {
        Self { home, ..self }
    }

    /// The first instant; the policy must have been made for it or an earlier one.
    pub fn start(self, start: Instant) -> Self {
        Self { start, ..self }
    }
}
