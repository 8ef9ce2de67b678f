//! The simulator itself, judged with a policy so simple that the right results are known beforehand.

mod books;
mod costs;
mod loads;
mod naive;
mod world;

use super::*;
use crate::{Affinity, Change, NoRow, Phase, Vcpu, When};
use naive::{Turns, turns};

const MS: u64 = 1_000_000;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

fn at(ns: u64) -> Instant {
    Instant::from_nanos(ns)
}

/// Everything that every run must satisfy.
fn assert_books<O: Observer>(sim: &Sim<Turns, O>, cpus: u8, vcpus: u16) {
    let elapsed = sim.now().nanos() * u64::from(cpus);
    let held: u64 = (0..vcpus).map(|v| sim.cpu_time(Vcpu(v)).nanos()).sum();
    let idle: u64 = (0..cpus).map(|cpu| sim.idle(cpu).nanos()).sum();
    assert_eq!(held + idle, elapsed, "CPU time and idle time are all the time there is");
    for v in (0..vcpus).map(Vcpu) {
        let times = sim.pool().life(v).times(sim.now());
        let sum = times.running + times.ready + times.blocked + times.off;
        assert_eq!(sum, sim.now().since(Instant::ZERO), "the ledger of {v:?}");
        assert!(sim.tally(v).executed <= sim.cpu_time(v));
    }
}
