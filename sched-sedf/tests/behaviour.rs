//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

extern crate std;

#[path = "../../sched/tests/global/generic.rs"]
mod generic;

use sched::sim::{Act, Load, Machine, Sim};
use sched::{CpuSet, Duration, Instant};
use sched_sedf::{PoolParams, Sedf, Slot, VcpuParams};

type Policy = Sedf<Vec<Slot>>;

fn policy(cpus: u8, slots: usize) -> Policy {
    let cpus = CpuSet::from_bits((1 << cpus) - 1);
    Sedf::new(vec![Slot::EMPTY; slots], PoolParams::default(), cpus, Instant::ZERO).unwrap()
}

/// Neither a reservation nor a privilege.
fn plain() -> VcpuParams {
    VcpuParams::BEST_EFFORT
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

/// `slice` in every `period`, in ms, without extra time.
fn hard(slice: u64, period: u64) -> VcpuParams {
    VcpuParams::reserve(ms(slice), ms(period), false).unwrap()
}

// [SEDF-R-01] [SEDF-R-05]
#[test]
fn se01_a_reservation_has_a_quarter_of_each_period_and_the_rest_is_shared() {
    let mut sim = machine();
    let reserved = sim.add(hard(5, 20), Load::hog());
    let rest = [0; 3].map(|_| sim.add(plain(), Load::hog()));
    sim.run_for(ms(10_000));
    assert!(sim.cpu_time_per(reserved, ms(20)).iter().all(|time| *time == ms(5)));
    for v in rest {
        assert!((sim.share(v) - 25.0).abs() <= 0.02, "{v:?}: {}", sim.share(v));
    }
}

// [SEDF-R-04]
#[test]
fn se02_weights_divide_95_percent_of_every_100_ms() {
    let mut sim = machine();
    let all = [2, 3, 4, 2].map(|weight| {
        let params = VcpuParams::weighted(weight, false).unwrap();
        (Duration::from_nanos(95_000_000 * weight / 11), sim.add(params, Load::hog()))
    });
    sim.run_for(ms(10_000));
    for (slice, v) in all {
        // Those who began before the last one came had more in their first period.
        let times = sim.cpu_time_per_from(v, at(100), ms(100));
        assert!(times.iter().all(|time| *time == slice), "{v:?}: {times:?}");
    }
}

// [SEDF-R-07]
#[test]
fn se03_a_short_block_forfeits_the_period() {
    let mut sim = machine();
    let v =
        sim.add(hard(5, 20), Load::once(&[Act::Run(ms(2).into()), Act::Sleep(ms(8).into()), Act::Run(ms(900).into())]));
    let hog = sim.add(plain(), Load::hog());
    sim.run_for(ms(40));
    assert_eq!(sim.cpu_time_between(v, at(0), at(20)), ms(2));
    assert_eq!(sim.cpu_time_between(hog, at(2), at(20)), ms(18));
    assert_eq!(sim.cpu_time_between(v, at(20), at(25)), ms(5));
}
