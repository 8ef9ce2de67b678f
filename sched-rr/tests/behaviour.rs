//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

extern crate std;

#[path = "../../sched/tests/global/generic.rs"]
mod generic;

use sched::sim::{Load, Machine, Sim};
use sched::{CpuSet, Duration, Instant, NoRow};
use sched_rr::{PoolParams, Rr, Slot};

type Policy = Rr<Vec<Slot>>;

const SLICE: Duration = Duration::from_millis(10);

fn policy(cpus: u8, slots: usize) -> Policy {
    let cpus = CpuSet::from_bits((1 << cpus) - 1);
    Rr::new(vec![Slot::EMPTY; slots], PoolParams::default(), cpus, Instant::ZERO).unwrap()
}

fn plain() -> NoRow {
    NoRow
}

fn machine() -> Sim<Policy> {
    Sim::new(policy(1, 8), Machine::new(1, 8))
}

// [RR-R-01] [RR-R-02]
#[test]
fn rr01_three_hogs_have_a_third_each_in_turns_of_one_slice() {
    let mut sim = machine();
    let all = [0; 3].map(|_| sim.add(NoRow, Load::hog()));
    sim.run_for(SLICE.times(999));
    for v in all {
        assert_eq!(sim.cpu_time(v), SLICE.times(333));
        assert!(sim.tally(v).runs.iter().all(|run| run.to.since(run.from) == SLICE), "{:?}", sim.tally(v).runs);
    }
}

// [RR-R-03] [RR-R-04]
#[test]
fn rr02_a_waker_waits_at_most_for_the_current_turn() {
    for wakes in [1, 4_999, 10_000, 23_456, 99_999].map(Duration::from_micros) {
        let mut sim = machine();
        let hog = sim.add(NoRow, Load::hog());
        let v = sim.add(NoRow, Load::recorded([(wakes, Duration::from_millis(1))]));
        sim.run_for(wakes + SLICE.times(2));
        assert_eq!(sim.jobs(v).count(), 1, "it came {wakes:?} after the start");
        let job = sim.jobs(v).list[0];
        assert!(job.latency() <= SLICE);
        // The hog had all of its turn.
        let turn = Instant::ZERO + SLICE.times(job.start.since(Instant::ZERO).nanos() / SLICE.nanos());
        assert_eq!((job.start, sim.cpu_time_between(hog, turn - SLICE, turn)), (turn, SLICE));
    }
}
