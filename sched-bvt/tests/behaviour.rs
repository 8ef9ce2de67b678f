//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

extern crate std;

#[path = "../../sched/tests/global/generic.rs"]
mod generic;

use sched::sim::{Load, Machine, Sim};
use sched::{CpuSet, Duration, Instant};
use sched_bvt::{Bvt, PoolParams, Slot, VcpuParams};

type Policy = Bvt<Vec<Slot>>;

fn policy(cpus: u8, slots: usize) -> Policy {
    let cpus = CpuSet::from_bits((1 << cpus) - 1);
    Bvt::new(vec![Slot::EMPTY; slots], PoolParams::default(), cpus, Instant::ZERO).unwrap()
}

/// Neither a reservation nor a privilege.
fn plain() -> VcpuParams {
    VcpuParams::DEFAULT
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

// [BVT-R-01]
#[test]
fn bv01_twice_the_advance_is_half_the_share() {
    let mut sim = machine();
    let all = [10, 20].map(|advance| sim.add(VcpuParams::share(advance).unwrap(), Load::hog()));
    sim.run_for(ms(10_000));
    for (v, share) in all.into_iter().zip([66.7, 33.3]) {
        assert!((sim.share(v) - share).abs() <= 0.1, "{v:?}: {}", sim.share(v));
    }
}

// [BVT-R-04] [BVT-R-05]
#[test]
fn bv02_who_warps_is_chosen_first_after_a_wake_for_at_most_its_limit() {
    for (limit, rest) in [(20, 5_000), (50, 5_000), (20, 0)] {
        let mut sim = machine();
        let hogs = [0; 2].map(|_| sim.add(plain(), Load::hog()));
        let params = plain().warped(ms(10_000), ms(limit), ms(rest)).unwrap();
        let v = sim.add(params, Load::recorded([(ms(1_000), ms(10_000))]));
        sim.run_for(ms(3_000));
        assert_eq!(sim.cpu_time_between(v, at(1_000), at(1_000 + limit)), ms(limit));
        assert!(sim.tally(v).runs[0].to.since(at(1_000)) <= ms(limit));
        // After that it owes what it borrowed.
        let owed = hogs.map(|hog| sim.cpu_time_between(hog, at(1_000), at(1_000 + 3 * limit)));
        assert!(owed.iter().all(|time| time.nanos().abs_diff(ms(limit).nanos()) <= ms(10).nanos()), "{owed:?}");
    }
}

// [BVT-R-02]
#[test]
fn bv03_a_turn_lasts_until_it_is_ahead_by_the_allowance_of_its_own_time() {
    let mut sim = machine();
    let all = [10, 20].map(|advance| sim.add(VcpuParams::share(advance).unwrap(), Load::hog()));
    sim.run_for(ms(10_000));
    // (E2 - E1) / advance + 5 ms, where the other one got ahead by 5 ms of its own time.
    for (v, turn) in all.into_iter().zip([15_000, 7_500]) {
        let runs = sim.tally(v).runs.iter().filter(|run| run.from > at(100));
        let lengths: Vec<Duration> = runs.map(|run| run.to.since(run.from)).collect();
        assert!(
            lengths.len() > 400 && lengths.iter().all(|length| *length == Duration::from_micros(turn)),
            "{lengths:?}"
        );
    }
}
