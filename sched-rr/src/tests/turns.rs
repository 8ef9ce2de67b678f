//! Who runs, for how long, and who waits how long.

use super::*;
use sched::{Change, Cpu, Row, When, Why};

const S: u64 = 1000 * MS;

/// The lengths of the stretches of `v`, adjacent ones joined.
fn turns(world: &Machine, v: Vcpu) -> Vec<u64> {
    let mut all: Vec<(u64, u64)> = Vec::new();
    for run in world.runs.iter().filter(|run| run.v == v.0) {
        match all.last_mut() {
            Some((_, end)) if *end == run.from => *end = run.to,
            _ => all.push((run.from, run.to)),
        }
    }
    all.iter().map(|(from, to)| to - from).collect()
}

// [RR-R-01] [RR-R-02]
#[test]
fn three_hogs_have_a_third_each_in_turns_of_ten_milliseconds() {
    let mut world = machine(1);
    let all = [hog(&mut world), hog(&mut world), hog(&mut world)];
    world.run(3 * S);
    for v in all {
        assert_eq!(world.served(v, 0, 3 * S), S);
        assert!(turns(&world, v).iter().all(|turn| *turn == 10 * MS));
    }
}

// [RR-R-01]
#[test]
fn three_hogs_share_two_pcpus_evenly() {
    let mut world = machine(2);
    let all = [hog(&mut world), hog(&mut world), hog(&mut world)];
    world.run(3 * S);
    for v in all {
        assert!(world.served(v, 0, 3 * S).abs_diff(2 * S) <= 20 * MS, "{v:?}: {}", world.served(v, 0, 3 * S));
    }
}

// [RR-R-02] [RR-R-03] [RR-R-04]
#[test]
fn a_waker_waits_at_most_for_the_current_turn_and_cuts_none_short() {
    for came in [1, 9, 25, 1004] {
        let mut world = machine(1);
        hog(&mut world);
        let v = world.guest(0, NoRow, Affinity::ANY, Load::None);
        world.run(came * MS);
        assert_eq!(world.ticks, 0, "a lone vCPU is not interrupted");
        world.wake(v);
        assert_eq!(world.running(0), Some(0));
        let end = came.next_multiple_of(10) * MS;
        world.run(end);
        assert_eq!((world.running(0), world.served(v, 0, end)), (Some(v.0), 0));
    }
}

// [RR-R-03]
#[test]
fn a_waker_goes_to_the_end_of_the_line() {
    let mut world = machine(1);
    let (_, b) = (hog(&mut world), hog(&mut world));
    let v = world.guest(0, NoRow, Affinity::ANY, Load::None);
    world.run(3 * MS);
    world.wake(v);
    world.run(15 * MS);
    assert_eq!(world.running(0), Some(b.0));
    world.run(25 * MS);
    assert_eq!(world.running(0), Some(v.0));
}

// [RR-R-06]
#[test]
fn a_waker_takes_a_free_pcpu_that_it_prefers_and_interrupts_nobody() {
    let mut world = machine(3);
    hog(&mut world);
    let fond = Affinity { hard: CpuSet::ALL, soft: CpuSet::only(Cpu(2)) };
    let v = world.guest(0, NoRow, fond, Load::None);
    world.wake(v);
    assert_eq!((world.running(0), world.running(2)), (Some(0), Some(v.0)));
    assert_eq!(world.kicks, 2, "one for each wake");
}

// [RR-R-05]
#[test]
fn a_yield_gives_the_rest_of_the_turn_away_and_costs_nothing_alone() {
    let mut world = machine(1);
    let a = hog(&mut world);
    world.run(MS);
    let picks = world.picks.len();
    world.yield_now(a);
    assert_eq!(world.picks.len(), picks);
    let b = hog(&mut world);
    world.yield_now(a);
    assert_eq!(world.running(0), Some(b.0));
    world.run(11 * MS);
    assert_eq!(world.running(0), Some(a.0));
}

// [RR-R-02]
#[test]
fn a_late_timer_makes_a_turn_longer_and_the_next_one_no_shorter() {
    let mut world = machine(1);
    let a = hog(&mut world);
    hog(&mut world);
    world.late = 3 * MS;
    world.run(S);
    let all = turns(&world, a);
    assert!(all[..all.len() - 1].iter().all(|turn| *turn == 13 * MS), "{all:?}");
}

// [RR-R-06]
#[test]
fn affinity_holds_and_the_line_passes_those_who_may_not() {
    let mut world = machine(2);
    let pinned: Vec<Vcpu> =
        (0..2).map(|_| world.guest(0, NoRow, Affinity::hard(CpuSet::only(Cpu(0))), Load::Hog)).collect();
    let free = hog(&mut world);
    world.run(S);
    assert!(world.runs.iter().all(|run| run.cpu == 0 || run.v == free.0));
    assert!(pinned.iter().all(|v| world.served(*v, 0, S) >= 490 * MS));
    assert!(world.served(free, 0, S) >= 990 * MS);
    world.block(free, Why::Wait);
    world.assert_quiet();
}

// [RR-R-08]
#[test]
fn pcpus_come_and_go() {
    let mut world = machine(2);
    let all = [hog(&mut world), hog(&mut world)];
    world.run(S);
    assert!(world.change(&[Change::Cpus(cpus(1))], When::Now));
    world.run(2 * S);
    assert!(world.runs.iter().all(|run| run.from < S || run.cpu == 0));
    assert!(all.iter().all(|v| world.served(*v, S, 2 * S).abs_diff(S / 2) <= 10 * MS));
    assert!(world.change(&[Change::Cpus(cpus(2))], When::Now));
    world.run(3 * S);
    assert!(all.iter().all(|v| world.served(*v, 2 * S, 3 * S) == S));
    assert!(!world.change(&[Change::Cpus(CpuSet::EMPTY)], When::Now));
}

// [RR-R-08]
#[test]
fn the_slice_changes_while_it_runs() {
    let mut world = machine(1);
    let a = hog(&mut world);
    hog(&mut world);
    world.run(S);
    assert!(world.change(&[Change::Pool(PoolParams::turns_of(ns(2 * MS)).unwrap())], When::Now));
    world.run(S + 20 * MS);
    world.runs.retain(|run| run.from >= S + 2 * MS);
    assert!(turns(&world, a).iter().all(|turn| *turn <= 2 * MS));
}

// [RR-R-09]
#[test]
fn rows_are_exact_and_checked() {
    assert_eq!(PoolParams::read(&sched::param::default_row(PoolParams::KEYS)), Ok(PoolParams::default()));
    let mut row = [0];
    pools(2).write(&mut row);
    assert_eq!(PoolParams::read(&row), Ok(pools(2)));
    assert!(PoolParams::read(&[0]).is_err() && PoolParams::read(&[2_000_000_000]).is_err());
}

// [RR-R-09]
#[test]
fn a_row_without_words_is_no_slice_and_is_left_alone() {
    assert_eq!(PoolParams::read(&[]).map_err(|refused| (refused.key, refused.needs)), Err((0, 100_000)));
    PoolParams::default().write(&mut []);
}

// [RR-R-08]
#[test]
fn changes_without_parameters_leave_the_line_as_it_is() {
    let mut world = machine(1);
    let all = [hog(&mut world), hog(&mut world), hog(&mut world)];
    world.run(MS);
    let same = [all[2], all[1], all[0]].map(|v| Change::Vcpu(v, NoRow));
    assert!(world.change(&same, When::Now));
    for (turn, v) in all.iter().enumerate() {
        world.run((turn as u64 * 10 + 5) * MS);
        assert_eq!(world.running(0), Some(v.0));
    }
}
