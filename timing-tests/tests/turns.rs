//! A whole turn in one call is what its steps are, under every policy: the ways that policies shorten lead to the same
//! schedule, under loads that yield, wait, come in bursts and never stop.

use policies::{Descriptor, Heap, Policy, REGISTRY, Spec};
use sched::param::default_row;
use sched::sim::{Load, Machine, NewVcpu, Periodic, Run, Sim, Span};
use sched::{Affinity, AnyRow, Cpu, CpuSet, Duration, Instant, Vcpu};

fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

fn policy(known: &Descriptor, cpus: u8, vcpus: u16) -> Policy<Heap> {
    let spec = Spec {
        name: known.name,
        row: AnyRow(default_row(known.pool)),
        table: std::iter::empty(),
        entries: 0,
        cpus: CpuSet::from_bits((1 << cpus) - 1),
        vcpus: vcpus.into(),
        groups: vcpus.into(),
        now: Instant::ZERO,
    };
    policies::build(&mut Heap, spec).unwrap_or_else(|error| panic!("{}: {error:?}", known.name))
}

fn load(v: u16) -> Load {
    let odd = 13 * u64::from(v);
    match v % 5 {
        0 => Load::hog(),
        1 => Load::yielder(us(90 + odd)),
        2 => Load::periodic(Periodic::new(us(2_000 + odd), us(150))),
        3 => Load::on_off(Span::between(us(20), us(400)), Span::between(us(50), us(3_000))),
        _ => Load::poisson(us(1_500), Span::between(us(10), us(300 + odd))),
    }
}

/// Everybody's history, how often a policy was called, and how many pCPUs were asked to pick.
fn run(known: &Descriptor, cpus: u8, vcpus: u16, machine: Machine) -> (Vec<Vec<Run>>, u64, u64) {
    let mut sim = Sim::new(policy(known, cpus, vcpus), machine);
    for v in 0..vcpus {
        // Some may not run everywhere.
        let affinity = if v % 7 == 6 { Affinity::hard(CpuSet::only(Cpu(0))) } else { Affinity::ANY };
        let new = NewVcpu::new(AnyRow(default_row(known.vcpu)), load(v)).affinity(affinity);
        sim.admit(new).unwrap_or_else(|refused| panic!("{}: {refused:?}", known.name));
    }
    sim.run_for(us(400_000));
    let kicks = (0..cpus).map(|cpu| sim.cpu(cpu).kicks).sum();
    ((0..vcpus).map(|v| sim.tally(Vcpu(v)).runs.clone()).collect(), sim.calls(), kicks)
}

#[test]
fn every_policy_gives_the_same_schedule_by_whole_turns_and_by_their_steps() {
    // Tables of windows are simulated from configurations.
    for known in REGISTRY.iter().filter(|known| known.table.is_none()) {
        for (cpus, vcpus) in [(1, 2), (1, 9), (3, 14)] {
            let machine = Machine::new(cpus, vcpus).seed(11);
            let whole = run(known, cpus, vcpus, machine);
            let steps = run(known, cpus, vcpus, machine.stepwise());
            let place = format!("{} with {vcpus} vCPUs on {cpus} pCPUs", known.name);
            assert!(whole.0 == steps.0, "{place}: the schedules differ");
            assert_eq!(whole.2, steps.2, "{place}: kicks");
            assert!(whole.1 <= steps.1, "{place}: {} and {} calls", whole.1, steps.1);
        }
    }
}
