//! The conformance suite on this policy: plain shares, and warps with and without limits.

use super::{MS, at, ns, params, pools, share, warped};
use crate::{Bvt, Slot, VcpuParams};
use sched::conformance::{Goal, Subject, explore, random};
use sched::{Change, CpuSet, Duration, Vcpu};
use std::vec::Vec;

#[derive(Clone, Debug)]
struct Ages {
    name: &'static str,
    /// In the order of the vCPUs.
    params: [VcpuParams; 3],
}

impl Subject for Ages {
    type Policy = Bvt<Vec<Slot>>;

    fn name(&self) -> &str {
        self.name
    }
    fn build(&self, cpus: CpuSet, vcpus: u16) -> Self::Policy {
        Bvt::new(std::vec![Slot::EMPTY; vcpus.into()], pools(0), cpus, at(0)).unwrap()
    }
    fn params(&self, kind: u8) -> VcpuParams {
        self.params[usize::from(kind) % self.params.len()]
    }
    fn changes(&self) -> Vec<Change<Self::Policy>> {
        let vcpus = (0..5).map(|kind| Change::Vcpu(Vcpu(u16::from(kind)), params(kind)));
        (0..3).map(|kind| Change::Pool(pools(kind))).chain(vcpus).collect()
    }
    /// Half the pool's context-switch allowance.
    fn tick(&self) -> Duration {
        ns(MS)
    }
}

fn shares() -> Ages {
    Ages { name: "bvt", params: [share(10), share(20), share(10)] }
}

fn warps() -> Ages {
    Ages { name: "bvt, warped", params: [share(10), warped(4, 2, 2), warped(6, 0, 0)] }
}

// [BVT-R-12] [BVT-R-13] [BVT-R-14] [BVT-R-17]
#[test]
fn random_sequences_keep_every_law() {
    random(&shares(), 300);
    random(&warps(), 300);
}

// [BVT-R-12] [BVT-R-13] [BVT-R-14] [BVT-R-17]
#[test]
fn every_sequence_of_plain_shares_keeps_every_law() {
    explore(&shares(), 2, 3, 2, Goal::AtLeast { depth: 9, states: 300_000 });
}

// [BVT-R-12] [BVT-R-13] [BVT-R-14] [BVT-R-17]
#[test]
fn every_sequence_with_warps_keeps_every_law() {
    explore(&warps(), 2, 3, 2, Goal::AtLeast { depth: 9, states: 300_000 });
}
