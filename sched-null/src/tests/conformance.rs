//! The conformance suite on this policy.

use crate::{Null, Slot};
use core::hash::Hash;
use sched::conformance::{Digest, Goal, Subject, explore, order, random};
use sched::{Cpu, CpuSet, Duration, Instant, NoRow, Vcpu, Why};
use std::vec::Vec;

#[derive(Clone, Debug)]
struct Owners;

impl Subject for Owners {
    type Policy = Null<Vec<Slot>>;

    fn name(&self) -> &str {
        "null"
    }
    fn build(&self, cpus: CpuSet, vcpus: u16) -> Self::Policy {
        Null::new(std::vec![Slot::EMPTY; vcpus.into()], cpus, Instant::ZERO).unwrap()
    }
    fn params(&self, _: u8) -> NoRow {
        NoRow
    }
    fn tick(&self) -> Duration {
        Duration::from_millis(1)
    }
    fn reasons(&self) -> &'static [Why] {
        &[Why::Wait, Why::Off]
    }
    /// A pCPU is idle while its owner waits for something, and whoever owns none waits for ever.
    fn may_idle(&self, policy: &Self::Policy, v: Vcpu, cpu: Cpu, _: Instant) -> bool {
        policy.slots.at(v.index()).waits() && policy.seats.at(cpu.index()).owner.is_some()
    }
    fn may_starve(&self, policy: &Self::Policy, v: Vcpu) -> bool {
        policy.slots.at(v.index()).waits()
    }
    /// Without time and statistics; the line by its order.
    fn digest(&self, policy: &Self::Policy, _: Instant, into: &mut Digest) {
        let slots = policy.slots.as_slice();
        let tickets: [Option<u64>; 3] =
            core::array::from_fn(|index| slots.get(index).filter(|slot| slot.waits()).map(Slot::ticket));
        order(tickets).hash(into);
        for slot in slots {
            let Slot { present, ready, affinity, home, bound, .. } = *slot;
            (present, ready, affinity, home, bound).hash(into);
        }
        (&policy.seats.as_slice()[..2], policy.cpus, policy.free, policy.owed).hash(into);
    }
}

// [NULL-R-07] [NULL-R-08] [NULL-R-10]
#[test]
fn random_sequences_keep_every_law() {
    random(&Owners, 400);
}

// [NULL-R-07] [NULL-R-08] [NULL-R-10]
#[test]
fn every_sequence_on_two_pcpus_keeps_every_law() {
    explore(&Owners, 2, 3, 2, Goal::Fixpoint);
}
