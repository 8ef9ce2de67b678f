//! How fast the simulator is on this host: calls of each policy per second of the host's time.
//!
//! `cargo run --release -p timing-tests --example sim-speed`
#![allow(clippy::print_stdout)]

use policies::{Heap, Spec};
use sched::param::default_row;
use sched::sim::{Load, Machine, NewVcpu, Sim};
use sched::{AnyRow, CpuSet, Duration, Instant};
use std::time::Instant as HostTime;

const VCPUS: u16 = 100;
const CPUS: u8 = 4;

fn main() {
    println!("{VCPUS} vCPUs on {CPUS} pCPUs, a third each: hogs, periodic tasks, bursts");
    for known in policies::REGISTRY.iter().filter(|known| known.table.is_none()) {
        let spec = Spec {
            name: known.name,
            row: AnyRow(default_row(known.pool)),
            table: std::iter::empty(),
            entries: 0,
            cpus: CpuSet::from_bits((1 << CPUS) - 1),
            vcpus: VCPUS.into(),
            groups: VCPUS.into(),
            now: Instant::ZERO,
        };
        let policy = policies::build(&mut Heap, spec).unwrap_or_else(|error| panic!("{}: {error:?}", known.name));
        let mut sim = Sim::new(policy, Machine::new(CPUS, VCPUS).sums_only());
        for v in 0..VCPUS {
            let row = AnyRow(default_row(known.vcpu));
            sim.admit(NewVcpu::new(row, load(v))).unwrap_or_else(|refused| panic!("{}: {refused:?}", known.name));
        }
        let begin = HostTime::now();
        while begin.elapsed().as_millis() < 500 {
            sim.run_for(Duration::from_millis(50));
        }
        let seconds = begin.elapsed().as_secs_f64();
        let (calls, events) = (sim.calls() as f64 / seconds / 1e6, sim.events() as f64 / seconds / 1e6);
        let ratio = sim.now().nanos() as f64 / 1e9 / seconds;
        println!(
            "{:9} {calls:6.2} million calls/s  {events:6.2} million events/s  {ratio:7.0} x real time",
            known.name
        );
    }
}

fn load(v: u16) -> Load {
    let us = Duration::from_micros;
    match v % 3 {
        0 => Load::hog(),
        1 => Load::periodic(sched::sim::Periodic::new(us(1000 + 10 * u64::from(v)), us(20))),
        _ => Load::on_off(us(30), us(500 + 7 * u64::from(v))),
    }
}
