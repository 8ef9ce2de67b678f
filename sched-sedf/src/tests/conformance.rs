//! The conformance suite on this policy: slices with and without extra time, and shares by weight.

use super::{at, params, weighted};
use crate::{QUANTUM, Sedf, Slot, VcpuParams};
use sched::conformance::{Goal, Subject, explore, random};
use sched::{Change, Cpu, CpuSet, Duration, Instant, Vcpu};
use std::vec::Vec;

#[derive(Clone, Debug)]
struct Slices {
    name: &'static str,
    /// In the order of the vCPUs.
    params: [VcpuParams; 3],
}

impl Subject for Slices {
    type Policy = Sedf<Vec<Slot>>;

    fn name(&self) -> &str {
        self.name
    }
    fn build(&self, cpus: CpuSet, vcpus: u16) -> Self::Policy {
        Sedf::new(std::vec![Slot::EMPTY; vcpus.into()], sched::NoRow, cpus, at(0)).unwrap()
    }
    fn params(&self, kind: u8) -> VcpuParams {
        self.params[usize::from(kind) % self.params.len()]
    }
    fn changes(&self) -> Vec<Change<Self::Policy>> {
        (0..7).map(|kind| Change::Vcpu(Vcpu(u16::from(kind % 3)), params(kind))).collect()
    }
    /// The turn in extra time.
    fn tick(&self) -> Duration {
        QUANTUM
    }
    /// Its slice is spent, and it has no extra time.
    fn may_idle(&self, policy: &Self::Policy, v: Vcpu, _: Cpu, _: Instant) -> bool {
        policy.slot(v).own().level().is_none()
    }
}

/// `slice` ticks in every `period` ticks.
fn ticks(slice: u64, period: u64, extratime: bool) -> VcpuParams {
    VcpuParams::reserve(QUANTUM.times(slice), QUANTUM.times(period), extratime).unwrap()
}

fn slices() -> Slices {
    Slices { name: "sedf", params: [ticks(1, 2, false), ticks(2, 4, true), VcpuParams::BEST_EFFORT] }
}

// [SEDF-R-14] [SEDF-R-15] [SEDF-R-16] [SEDF-R-19]
#[test]
fn random_sequences_keep_every_law() {
    random(&slices(), 300);
    random(
        &Slices { name: "sedf, whole periods", params: [ticks(2, 2, false), ticks(1, 3, true), ticks(3, 4, false)] },
        300,
    );
    let params = [weighted(3, false), weighted(3, true), ticks(1, 2, true)];
    random(&Slices { name: "sedf, weights", params }, 300);
}

// [SEDF-R-14] [SEDF-R-15] [SEDF-R-16] [SEDF-R-19]
#[test]
fn every_sequence_keeps_every_law() {
    explore(&slices(), 2, 3, 2, Goal::AtLeast { depth: 9, states: 300_000 });
}
