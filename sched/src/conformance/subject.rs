//! What a policy brings to the suite.

use super::Digest;
use crate::{Affinity, Change, Cpu, CpuSet, Duration, Group, Instant, Params, Scheduler, Vcpu, Why};
use core::hash::Hash;
use std::vec::Vec;

/// How to build a policy, sample values for it, and what it claims.
pub trait Subject: Clone + core::fmt::Debug {
    /// The policy.
    type Policy: Scheduler + Clone + Eq + Hash + core::fmt::Debug;

    /// The name in reports.
    fn name(&self) -> &str;

    /// The policy for the pCPUs `cpus` with room for `vcpus` vCPUs in as many groups.
    fn build(&self, cpus: CpuSet, vcpus: u16) -> Self::Policy;

    /// The `kind`-th sample of a vCPU's parameters; the vCPU with number `kind` starts with it. Any number.
    fn params(&self, kind: u8) -> <Self::Policy as Params>::Vcpu;

    /// Changes of parameters of the pool, of groups and of vCPUs, all valid for vCPUs and groups that exist.
    fn changes(&self) -> Vec<Change<Self::Policy>> {
        Vec::new()
    }

    /// The group of `v`.
    fn group(&self, _v: Vcpu) -> Group {
        Group(0)
    }

    /// The affinity with which `v` starts.
    fn affinity(&self, _v: Vcpu) -> Affinity {
        Affinity::ANY
    }

    /// The step of time. The lengths in the parameters should be small multiples of it.
    fn tick(&self) -> Duration;

    /// Why exploration blocks vCPUs.
    fn reasons(&self) -> &'static [Why] {
        &[Why::Wait]
    }

    /// Where a vCPU with the hard affinity `hard` may run in a pool of `cpus`.
    fn allowed(&self, hard: CpuSet, cpus: CpuSet) -> CpuSet {
        hard.and(cpus)
    }

    /// True if the policy's own rules let the ready vCPU `v` wait although `cpu`, which it may use, is idle:
    /// its budget is spent, or the window belongs to another one.
    fn may_idle(&self, _policy: &Self::Policy, _v: Vcpu, _cpu: Cpu, _now: Instant) -> bool {
        false
    }

    /// True if the policy's own rules let `v` wait without an end in sight.
    fn may_starve(&self, _policy: &Self::Policy, _v: Vcpu) -> bool {
        false
    }

    /// Whose event the alarm is when it concerns `v`: its own, or one that its group shares. Below 64.
    fn event_of(&self, v: Vcpu) -> u16 {
        v.0
    }

    /// Whether exploration may let time pass. With `false` for a pCPU that nobody looked at for some ticks, a
    /// subject keeps the time that is not charged yet, and so the number of states, within bounds.
    fn may_wait(&self, _policy: &Self::Policy, _now: Instant) -> bool {
        true
    }

    /// The state of the policy as far as it can influence a later answer, written to `into`.
    ///
    /// Two states with the same digest must behave alike from then on, relative to their `now`. A normal
    /// form counts instants from `now`, drops statistics and replaces tickets by their order; then
    /// exploration can come to an end. Without one the state is written as it is, with `now`.
    fn digest(&self, policy: &Self::Policy, now: Instant, into: &mut Digest) {
        now.hash(into);
        policy.hash(into);
    }
}

/// The place of each of `tickets` in their order: what is left of tickets in a normal form.
pub fn order<T: Ord + Copy, const N: usize>(tickets: [Option<T>; N]) -> [u8; N] {
    tickets.map(|own| own.map_or(0, |own| 1 + tickets.iter().flatten().filter(|other| **other < own).count() as u8))
}
