//! The conformance suite on this policy: slices with and without slack, and a latency shorter than the period.

use super::{at, params, slack};
use crate::{Atropos, QUANTUM, Slot, VcpuParams};
use sched::conformance::{Goal, Subject, explore, random};
use sched::{Change, Cpu, CpuSet, Duration, Instant, NoRow, Vcpu};
use std::vec::Vec;

#[derive(Clone, Debug)]
struct Slices {
    name: &'static str,
    /// In the order of the vCPUs.
    params: [VcpuParams; 3],
}

impl Subject for Slices {
    type Policy = Atropos<Vec<Slot>>;

    fn name(&self) -> &str {
        self.name
    }
    fn build(&self, cpus: CpuSet, vcpus: u16) -> Self::Policy {
        Atropos::new(std::vec![Slot::EMPTY; vcpus.into()], NoRow, cpus, at(0)).unwrap()
    }
    fn params(&self, kind: u8) -> VcpuParams {
        self.params[usize::from(kind) % self.params.len()]
    }
    fn changes(&self) -> Vec<Change<Self::Policy>> {
        (0..6).map(|kind| Change::Vcpu(Vcpu(u16::from(kind % 3)), params(kind))).collect()
    }
    /// Half a turn in slack.
    fn tick(&self) -> Duration {
        Duration::from_nanos(QUANTUM.nanos() / 2)
    }
    /// Its slice is spent, and it has no slack.
    fn may_idle(&self, policy: &Self::Policy, v: Vcpu, _: Cpu, _: Instant) -> bool {
        policy.slot(v).own().level().is_none()
    }
}

/// `slice` in every `period`, after a long block within `latency`, in turns of slack.
fn turns(slice: u64, period: u64, latency: u64, xtratime: bool) -> VcpuParams {
    let time = |turns| QUANTUM.times(turns);
    VcpuParams::reserve(time(slice), time(period), time(latency), xtratime).unwrap()
}

fn slices() -> Slices {
    Slices { name: "atropos", params: [turns(1, 2, 1, false), turns(1, 2, 2, true), slack()] }
}

// [ATROPOS-R-13] [ATROPOS-R-14] [ATROPOS-R-15] [ATROPOS-R-18]
#[test]
fn random_sequences_keep_every_law() {
    random(&slices(), 300);
    let params = [turns(2, 2, 2, false), turns(1, 4, 1, false), turns(3, 4, 2, true)];
    random(&Slices { name: "atropos, whole periods", params }, 300);
}

// [ATROPOS-R-13] [ATROPOS-R-14] [ATROPOS-R-15] [ATROPOS-R-18]
#[test]
fn every_sequence_keeps_every_law() {
    explore(&slices(), 2, 3, 2, Goal::AtLeast { depth: 9, states: 300_000 });
}
