//! The conformance suite on this policy: under both wake-up rules, with reservations that stop and others.

use super::{MS, at, hard, ns, soft};
use crate::slot::Place;
use crate::{Admission, Placement, PoolParams, Rtds, Server, Slot, VcpuParams};
use core::hash::Hash;
use sched::conformance::{Digest, Goal, Subject, explore, order, random};
use sched::{Change, Cpu, CpuSet, Duration, Instant, Vcpu};
use std::vec::Vec;

#[derive(Clone, Debug)]
struct Servers {
    name: &'static str,
    server: Server,
    placement: Placement,
    /// In the order of the vCPUs.
    params: [VcpuParams; 3],
    tick: Duration,
}

impl Subject for Servers {
    type Policy = Rtds<Vec<Slot>>;

    fn name(&self) -> &str {
        self.name
    }
    fn build(&self, cpus: CpuSet, vcpus: u16) -> Self::Policy {
        let params = PoolParams { placement: self.placement, ..pool(self.server) };
        Rtds::new(std::vec![Slot::EMPTY; vcpus.into()], params, cpus, at(0)).unwrap()
    }
    fn params(&self, kind: u8) -> VcpuParams {
        self.params[usize::from(kind) % self.params.len()]
    }
    fn changes(&self) -> Vec<Change<Self::Policy>> {
        let pool = [Server::Deferrable, Server::ConstantBandwidth]
            .map(|server| Change::Pool(PoolParams { placement: self.placement, ..pool(server) }));
        let samples = [hard(5, 5), soft(20, 15), VcpuParams::BEST_EFFORT, hard(40, 10), soft(10, 1)];
        let vcpus = samples.into_iter().zip(0..).map(|(params, v)| Change::Vcpu(Vcpu(v), params));
        pool.into_iter().chain(vcpus).collect()
    }
    fn tick(&self) -> Duration {
        self.tick
    }
    /// Its budget is spent, or it has another pCPU of its own.
    fn may_idle(&self, policy: &Self::Policy, v: Vcpu, cpu: Cpu, _: Instant) -> bool {
        let slot = policy.slots.at(v.index());
        !slot.may_run() || !slot.hard.contains(cpu)
    }
    /// A vCPU that nobody interrupts is looked at every three ticks, which is more than a period.
    fn may_wait(&self, policy: &Self::Policy, now: Instant) -> bool {
        let runs = |slot: &&Slot| slot.ready && matches!(slot.place, Place::Runs(_));
        policy.slots.as_slice().iter().filter(runs).all(|slot| now.since(slot.since) < self.tick.times(3))
    }
    fn digest(&self, policy: &Self::Policy, now: Instant, into: &mut Digest) {
        // Grids of periods start at the epoch: what comes depends on the place in all of them.
        if self.server == Server::Deferrable {
            let phase = |params: &VcpuParams| now.since(at(0)).nanos() % params.period().nanos();
            self.params.map(|params| phase(&params)).hash(into);
        }
        // A turn that is over gets a new ticket before the old one is looked at.
        let tickets: [Option<u64>; 3] = core::array::from_fn(|index| {
            policy
                .slots
                .as_slice()
                .get(index)
                .filter(|slot| slot.ready && !slot.slice.is_zero())
                .map(|slot| slot.ticket)
        });
        order(tickets).hash(into);
        policy.slots.as_slice().iter().for_each(|slot| relative(slot, now, into));
        for (tree, first) in
            [policy.run.first(&policy.slots), policy.refill.first(&policy.slots)].into_iter().enumerate()
        {
            let mut entry = first;
            while let Some(index) = entry {
                index.hash(into);
                entry = match tree {
                    0 => policy.run.next(&policy.slots, index),
                    _ => policy.refill.next(&policy.slots, index),
                };
            }
            u16::MAX.hash(into);
        }
        let seats = policy.seats.as_slice().iter().take(2);
        seats.for_each(|seat| seat.hash(into));
        (policy.terms.cpus, policy.idle, policy.kicked, policy.armed, policy.terms.params).hash(into);
    }
}

/// One vCPU, its instants counted from now, without statistics.
fn relative(slot: &Slot, now: Instant, into: &mut Digest) {
    let Slot { present, ready, yielded, joined, unplaced, place, last, affinity, params, next, .. } = *slot;
    (present, ready, yielded, joined, unplaced, place, last, affinity, params, next).hash(into);
    (slot.hard, slot.home).hash(into);
    let runs = ready && matches!(place, Place::Runs(_));
    (slot.left, slot.run.mask() * u64::from(slot.run.is_linked())).hash(into);
    if runs {
        now.since(slot.since).hash(into);
    }
    // Waking gives a new turn.
    if ready {
        slot.slice.hash(into);
    }
    // A deadline that passed more than a period ago is as good as one that passed a period ago.
    if params.reserved() {
        let (ahead, late) = (slot.deadline.since(now), now.since(slot.deadline));
        (ahead, if ready { late } else { late.min(params.period()) }).hash(into);
    }
}

/// Samples need not fit: nothing is tested before they are accepted.
fn pool(server: Server) -> PoolParams {
    PoolParams { server, admission: Admission::Off, ..PoolParams::default() }
}

fn servers(name: &'static str, server: Server, params: [VcpuParams; 3]) -> Servers {
    Servers { name, server, placement: Placement::Global, params, tick: ns(5 * MS) }
}

fn stopping(server: Server) -> Servers {
    let name = if server == Server::Deferrable { "rtds, deferrable" } else { "rtds, cbs" };
    servers(name, server, [hard(10, 5), soft(10, 5), VcpuParams::BEST_EFFORT])
}

// [RTDS-R-11] [RTDS-R-13] [RTDS-R-19]
#[test]
fn random_sequences_keep_every_law() {
    for server in [Server::Deferrable, Server::ConstantBandwidth] {
        random(&stopping(server), 300);
        random(&Servers { name: "rtds, partitioned", placement: Placement::Partitioned, ..stopping(server) }, 300);
        random(&servers("rtds, long periods", server, [hard(20, 15), soft(10, 5), hard(40, 10)]), 300);
    }
}

// [RTDS-R-09] [RTDS-R-13] [RTDS-R-19]
#[test]
fn every_sequence_with_constant_bandwidth_servers_keeps_every_law() {
    every_sequence(Server::ConstantBandwidth);
}

// [RTDS-R-09] [RTDS-R-13] [RTDS-R-19]
#[test]
fn every_sequence_with_deferrable_servers_keeps_every_law() {
    every_sequence(Server::Deferrable);
}

/// Two reservations on two pCPUs and three vCPUs on one to the end; three on two as far as time allows.
fn every_sequence(server: Server) {
    explore(&stopping(server), 2, 2, 1, Goal::Fixpoint);
    explore(&stopping(server), 1, 3, 1, Goal::Fixpoint);
    explore(&stopping(server), 2, 3, 2, Goal::AtLeast { depth: 10, states: 1_000_000 });
}
