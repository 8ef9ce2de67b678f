//! The cases of credit2 about affinity, and about pCPUs that have nothing to do.

use super::world::*;
use super::*;

fn wishing(sim: &mut World, soft: CpuSet) -> Vcpu {
    hog(sim, Affinity { hard: CpuSet::ALL, soft })
}

// [CREDIT2-R-10]
#[test]
fn c216_a_vcpu_moves_into_its_soft_affinity_and_stays() {
    let mut sim = slow_world(2);
    let blocker = hog(&mut sim, Affinity::hard(only(0)));
    run_to(&mut sim, 10 * MS);
    let mover = wishing(&mut sim, only(0));
    run_to(&mut sim, 20 * MS);
    assert_eq!(sim.running(1), Some(mover));
    sim.pause(blocker);
    run_to(&mut sim, 20 * MS + 20 * US);
    assert_eq!((sim.running(0), sim.running(1)), (Some(mover), None));
    run_to(&mut sim, 100 * MS);
    assert_eq!((sim.running(0), sim.tally(mover).migrations), (Some(mover), 1));
}

// [CREDIT2-R-10]
#[test]
fn c217_who_runs_outside_its_soft_affinity_is_displaced_first() {
    let mut sim = slow_world(2);
    let home = hog(&mut sim, Affinity::hard(only(1)));
    run_to(&mut sim, 5 * MS);
    // It is 5 ms less ahead of the newcomer than the other, so by credit alone the other would have to go.
    let guest = wishing(&mut sim, only(1));
    run_to(&mut sim, 9 * MS);
    assert_eq!((sim.running(0), sim.running(1)), (Some(guest), Some(home)));
    let waker = hog(&mut sim, Affinity::ANY);
    run_to(&mut sim, 9 * MS + 20 * US);
    // Not on pCPU 1, where more credit was to be gained.
    assert_eq!((sim.running(0), sim.tally(waker).dispatches), (Some(waker), 1));
}

// [CREDIT2-R-09]
#[test]
fn c222_eight_hogs_in_one_half_spread_over_all_pcpus() {
    let mut sim = slow_world(8);
    let half = CpuSet::from_bits(15);
    let all: [Vcpu; 8] = [(); 8].map(|()| hog(&mut sim, Affinity::hard(half)));
    run_to(&mut sim, 50 * MS);
    assert_eq!((busy(&sim, 0..4), busy(&sim, 4..8)), (4, 0));
    let wide = Affinity { hard: CpuSet::ALL, soft: half };
    all.iter().for_each(|v| change(&mut sim, Change::Affinity(*v, wide)));
    run_to(&mut sim, 51 * MS);
    assert_eq!((busy(&sim, 0..4), busy(&sim, 4..8)), (4, 4));
}

// [CREDIT2-R-09]
#[test]
fn c223_uneven_halves_are_filled_by_capacity() {
    let mut sim = slow_world(12);
    let halves = [CpuSet::from_bits(0xff), CpuSet::from_bits(0xf00)];
    let all: Vec<Vcpu> = (0..12).map(|index| wishing(&mut sim, halves[index / 6])).collect();
    run_to(&mut sim, MS);
    assert_eq!((busy(&sim, 0..8), busy(&sim, 8..12)), (8, 4));
    run_to(&mut sim, 1_001 * MS);
    let total: f64 = all.iter().map(|v| sim.share_between(*v, at(MS), at(1_001 * MS))).sum();
    near(total, 1_200.0, 0.1);
}

// [CREDIT2-R-09]
#[test]
fn c225_an_idle_pcpu_takes_a_waiter_at_once() {
    let mut sim = slow_world(2);
    wishing(&mut sim, only(0));
    run_to(&mut sim, 10 * MS);
    assert_eq!(busy(&sim, 0..2), 1);
    let waiter = wishing(&mut sim, only(0));
    run_to(&mut sim, 10 * MS + 10 * US);
    assert_eq!(sim.running(1), Some(waiter));
}
