//! The conformance suite on this policy: windows for all pCPUs and for one, and gaps between them.

use super::{at, cpus, on, window};
use crate::slot::Place;
use crate::{Arinc653, PoolParams, Slot, Window};
use core::hash::Hash;
use sched::conformance::{Digest, Goal, Subject, explore, order, random};
use sched::{Cpu, CpuSet, Duration, Group, Instant, NoRow, Vcpu};
use std::vec::Vec;

const FRAME: u64 = 5;

/// Two vCPUs of the first partition take turns, and one of the second has a window of its own.
#[derive(Clone, Debug)]
struct Windows;

impl Subject for Windows {
    type Policy = Arinc653<Vec<Slot>, Vec<Window>>;

    fn name(&self) -> &str {
        "arinc653"
    }
    fn build(&self, pool: CpuSet, vcpus: u16) -> Self::Policy {
        let mut windows = std::vec![window(0, 0, 2), window(1, 3, 1).on(on(0)), window(1, 4, 1)];
        if pool.contains(Cpu(1)) {
            windows.push(window(0, 2, 2).on(on(1)));
        }
        Arinc653::new(std::vec![Slot::EMPTY; vcpus.into()], windows, super::params(FRAME), pool, at(0)).unwrap()
    }
    fn params(&self, _: u8) -> NoRow {
        NoRow
    }
    /// A vCPU alone in its pool has partition 0, as the policy needs a slot for each partition.
    fn group(&self, v: Vcpu) -> Group {
        Group(u16::from(v.0 % 3 == 2))
    }
    fn tick(&self) -> Duration {
        Duration::from_millis(1)
    }
    /// The pCPU has no window of its partition at present.
    fn may_idle(&self, policy: &Self::Policy, v: Vcpu, cpu: Cpu, now: Instant) -> bool {
        policy.seats.at(cpu.index()).group_at(now) != Some(policy.slots.at(v.index()).group)
    }
    fn digest(&self, policy: &Self::Policy, now: Instant, into: &mut Digest) {
        let PoolParams { major_frame, .. } = super::params(FRAME);
        now.since(at(0)).nanos().checked_rem(major_frame.nanos()).hash(into);
        let tickets: [Option<u64>; 3] = core::array::from_fn(|index| {
            policy.slots.as_slice().get(index).filter(|slot| slot.ready && !slot.turn.is_zero()).map(|slot| slot.ticket)
        });
        order(tickets).hash(into);
        policy.slots.as_slice().iter().for_each(|slot| relative(slot, now, into));
        for cpu in cpus(2).iter() {
            let seat = policy.seats.at(cpu.index());
            (seat.runs, seat.pledge).hash(into);
            // A window that is over is as good as none.
            let window = seat.current.filter(|window| now < window.end || seat.runs.is_some());
            let window = window.map(|own| (own.group, distance(own.start, now), distance(own.end, now), own.fresh));
            (window, seat.next_start().map(|start| distance(start, now))).hash(into);
        }
        (policy.cpus, policy.kicked, policy.turning).hash(into);
    }
}

/// One vCPU, its instants counted from now, without statistics.
fn relative(slot: &Slot, now: Instant, into: &mut Digest) {
    let Slot { present, ready, unplaced, group, place, last, affinity, .. } = *slot;
    (present, ready, unplaced, group, place, last, affinity).hash(into);
    if ready {
        slot.turn.hash(into);
        if matches!(place, Place::Runs(_)) {
            now.since(slot.since).hash(into);
        }
    }
    (slot.node.is_linked(), slot.node.mask() * u64::from(slot.node.is_linked())).hash(into);
}

fn distance(at: Instant, now: Instant) -> u64 {
    at.nanos().wrapping_sub(now.nanos())
}

// [ARINC-R-04] [ARINC-R-15] [ARINC-R-16] [ARINC-R-17]
#[test]
fn random_sequences_keep_every_law() {
    random(&Windows, 400);
}

// [ARINC-R-04] [ARINC-R-15] [ARINC-R-16] [ARINC-R-17]
#[test]
fn every_sequence_on_two_pcpus_keeps_every_law() {
    explore(&Windows, 2, 3, 1, Goal::Fixpoint);
}
