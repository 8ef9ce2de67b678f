//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

extern crate std;

#[path = "../../sched/tests/global/generic.rs"]
mod generic;

use sched::sim::{Load, Machine, Sim};
use sched::{CpuSet, Duration, Instant, Scheduler};
use sched_atropos::{Atropos, PoolParams, Slot, VcpuParams};

type Policy = Atropos<Vec<Slot>>;

fn policy(cpus: u8, slots: usize) -> Policy {
    let cpus = CpuSet::from_bits((1 << cpus) - 1);
    Atropos::new(vec![Slot::EMPTY; slots], PoolParams::default(), cpus, Instant::ZERO).unwrap()
}

/// Neither a reservation nor a privilege.
fn plain() -> VcpuParams {
    VcpuParams::reserve(ms(0), ms(10), ms(10), true).unwrap()
}

fn machine() -> Sim<Policy> {
    Sim::new(policy(1, 8), Machine::new(1, 8))
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn at(ms: u64) -> Instant {
    Instant::from_nanos(ms * 1_000_000)
}

// [ATROPOS-R-01]
#[test]
fn at01_a_reservation_is_kept_against_best_effort() {
    let mut sim = machine();
    let reserved = sim.add(VcpuParams::reserve(ms(15), ms(20), ms(5), true).unwrap(), Load::hog());
    let rest = [0; 3].map(|_| sim.add(plain(), Load::hog()));
    sim.run_for(ms(10_000));
    assert!(sim.cpu_time_per_from(reserved, at(20), ms(20)).iter().all(|time| *time >= ms(15)));
    assert_eq!(sim.policy().service(reserved, sim.now()).shortfalls, 0);
    assert!(rest.iter().all(|v| sim.share(*v) > 4.0), "slack is shared");
}

// [ATROPOS-R-05]
#[test]
fn at02_after_a_long_block_the_first_service_comes_within_the_latency() {
    for wakes in [500, 503, 511, 519] {
        let mut sim = machine();
        // Without the hint the sleeper would come after this one, whose deadline is never more than 40 ms away.
        sim.add(VcpuParams::reserve(ms(30), ms(40), ms(40), false).unwrap(), Load::hog());
        sim.add(plain(), Load::hog());
        let params = VcpuParams::reserve(ms(25), ms(100), ms(8), false).unwrap();
        let v = sim.add(params, Load::recorded([(ms(wakes), ms(1_000))]));
        sim.run_for(ms(1_000));
        assert_eq!(sim.cpu_time_between(v, at(wakes), at(wakes + 8)), ms(2), "woken at {wakes} ms");
    }
}
