//! The conformance suite on this policy.

use super::policy;
use crate::{Null, Slot, Surplus};
use core::hash::Hash;
use sched::conformance::{Digest, Goal, Subject, explore, order, random};
use sched::{Cpu, CpuSet, Duration, Instant, NoRow, Vcpu, Why};
use std::vec::Vec;

#[derive(Clone, Debug)]
struct Owners(Surplus);

impl Owners {
    const WAIT: Self = Self(Surplus::Wait);
    const LEND: Self = Self(Surplus::Lend);
}

impl Subject for Owners {
    type Policy = Null<Vec<Slot>>;

    fn name(&self) -> &str {
        if self.0 == Surplus::Lend { "null, lending" } else { "null" }
    }
    fn build(&self, cpus: CpuSet, vcpus: u16) -> Self::Policy {
        policy(self.0, vcpus, cpus)
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
    /// A pCPU that is not lent is idle while its owner waits for something, and whoever owns none waits for ever.
    fn may_idle(&self, policy: &Self::Policy, v: Vcpu, cpu: Cpu, _: Instant) -> bool {
        let kept = self.0 == Surplus::Wait && policy.seats.at(cpu.index()).owner.is_some();
        policy.slots.at(v.index()).waits() && kept
    }
    fn may_starve(&self, policy: &Self::Policy, v: Vcpu) -> bool {
        policy.slots.at(v.index()).waits()
    }
    /// Without time and statistics; the line by its order.
    fn digest(&self, policy: &Self::Policy, _: Instant, into: &mut Digest) {
        let slots = policy.slots.as_slice();
        let tickets: [Option<u64>; 3] =
            core::array::from_fn(|index| slots.get(index).filter(|slot| slot.waits()).map(|slot| slot.place));
        order(tickets).hash(into);
        for slot in slots {
            let Slot { present, ready, affinity, own, home, bound, .. } = *slot;
            (present, ready, affinity, own, home, bound, slot.is_queued()).hash(into);
        }
        (&policy.seats.as_slice()[..2], policy.cpus, policy.free, policy.idle, policy.owed).hash(into);
    }
}

// [NULL-R-07] [NULL-R-08] [NULL-R-10]
#[test]
fn random_sequences_keep_every_law() {
    random(&Owners::WAIT, 400);
    random(&Owners::LEND, 400);
}

// [NULL-R-07] [NULL-R-08] [NULL-R-10]
#[test]
fn every_sequence_on_two_pcpus_keeps_every_law() {
    explore(&Owners::WAIT, 2, 3, 2, Goal::Fixpoint);
}

// [NULL-R-07] [NULL-R-08] [NULL-R-10] [NULL-R-13] [NULL-R-14]
#[test]
fn every_sequence_on_two_lent_pcpus_keeps_every_law() {
    explore(&Owners::LEND, 2, 3, 1, Goal::Fixpoint);
}
