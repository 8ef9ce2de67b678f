//! The conformance suite on this policy: with and without a rate limit, caps and reluctance to move.
//!
//! Service counts up for ever and enters every decision, so there is no normal form in which exploration
//! would come to an end.

extern crate std;

use super::at;
use super::{NAME, Policy, claimed, hurried};
use crate::{GroupParams, GroupSlot, PoolParams, Slot, VcpuParams};
use core::hash::Hash;
use sched::conformance::{Digest, Goal, Subject, explore, random};
use sched::{Change, Cpu, CpuSet, Duration, Group, Instant, Vcpu};
use std::vec::Vec;

const MS: Duration = Duration::from_millis(1);

#[derive(Clone, Debug)]
struct Shares {
    name: &'static str,
    ratelimit: Duration,
    /// The cap of group 1, in per cent.
    cap: u32,
    /// Moving to another pCPU is made harder.
    moving: bool,
}

impl Shares {
    fn pool(&self) -> PoolParams {
        PoolParams { ratelimit: self.ratelimit, cap_period: MS, ..hurried(self.moving) }
    }
}

impl Subject for Shares {
    type Policy = Policy;

    fn name(&self) -> &str {
        self.name
    }
    fn build(&self, cpus: CpuSet, vcpus: u16) -> Self::Policy {
        let (slots, groups) = (std::vec![Slot::EMPTY; vcpus.into()], std::vec![GroupSlot::EMPTY; vcpus.into()]);
        let mut policy = Policy::new(slots, groups, self.pool(), cpus, at(0)).unwrap();
        if vcpus > 1 {
            set_first_cap(&mut policy, self.cap);
        }
        policy
    }
    fn params(&self, kind: u8) -> VcpuParams {
        let weight = [0, 512, 100][usize::from(kind % 3)];
        claimed(weight, kind % 2 == 1)
    }
    fn changes(&self) -> Vec<Change<Self::Policy>> {
        let groups = [(256, 0), (1000, 50), (1, 120), (256, 10)];
        let groups = groups.map(|(weight, cap)| Change::Group(Group(0), GroupParams { weight, cap }));
        let vcpus = (0..3).map(|kind| Change::Vcpu(Vcpu(kind.into()), self.params(kind + 1)));
        groups.into_iter().chain(vcpus).chain([Change::Pool(PoolParams::DEFAULT)]).collect()
    }
    fn group(&self, v: Vcpu) -> Group {
        Group(u16::from(v.0 != 0 && self.cap != 0))
    }
    fn event_of(&self, v: Vcpu) -> u16 {
        self.group(v).0
    }
    fn tick(&self) -> Duration {
        Duration::from_micros(500)
    }
    /// A vCPU whose pCPUs have all left the pool may use the others.
    fn allowed(&self, hard: CpuSet, cpus: CpuSet) -> CpuSet {
        if hard.and(cpus).is_empty() { cpus } else { hard.and(cpus) }
    }
    /// The budget of its group is spent, or it is kept for the pCPU that it left.
    fn may_idle(&self, policy: &Self::Policy, v: Vcpu, cpu: Cpu, _: Instant) -> bool {
        !policy.core().waits_for(v, cpu)
    }
    /// As it is, but for the pCPUs that the machine does not have.
    fn digest(&self, policy: &Self::Policy, now: Instant, into: &mut Digest) {
        now.hash(into);
        policy.core().hash_state(2, into);
    }
}

/// Gives group 1 its cap, as a change at boot would.
fn set_first_cap(policy: &mut Policy, cap: u32) {
    use sched::{Scheduler, When};
    let change = Change::Group(Group(1), GroupParams { cap, ..GroupParams::DEFAULT });
    policy.change(&[change], When::Now, at(0)).unwrap();
}

const PLAIN: Shares = Shares { name: NAME, ratelimit: Duration::ZERO, cap: 0, moving: false };
const CAPPED: Shares = Shares { name: "with a cap", ratelimit: Duration::from_micros(500), cap: 50, moving: true };

#[test]
fn random_sequences_keep_every_law() {
    random(&PLAIN, 300);
    random(&CAPPED, 300);
}

#[test]
fn every_sequence_to_a_depth_keeps_every_law() {
    explore(&PLAIN, 2, 3, 2, Goal::AtLeast { depth: 10, states: 1_000_000 });
}

#[test]
fn every_sequence_to_a_depth_keeps_every_law_with_caps() {
    explore(&CAPPED, 2, 3, 2, Goal::AtLeast { depth: 10, states: 1_000_000 });
}
