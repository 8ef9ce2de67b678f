//! Shares, warps and their limits, and who is interrupted for whom.

use super::*;
use sched::{Change, Cpu, Row, Scheduler, When, Why};

// [BVT-R-01]
#[test]
fn twice_the_advance_is_half_the_share() {
    let mut world = machine(1);
    let (a, b) = (hog(&mut world, share(10)), hog(&mut world, share(20)));
    world.run(6 * S);
    assert!(world.served(a, 0, 6 * S).abs_diff(4 * S) <= 20 * MS);
    assert!(world.served(b, 0, 6 * S).abs_diff(2 * S) <= 20 * MS);
}

// [BVT-R-01]
#[test]
fn shares_hold_at_a_ratio_of_a_thousand_and_with_late_timers() {
    let mut world = machine(1);
    world.late = 70_000;
    let (a, b) = (hog(&mut world, share(1)), hog(&mut world, share(1000)));
    world.run(100 * S);
    let shares = [a, b].map(|v| world.served(v, 0, 100 * S));
    assert!(shares[0].abs_diff(shares[1] * 1000) <= 6 * S, "{shares:?}");
}

// [BVT-R-01]
#[test]
fn three_even_hogs_share_two_pcpus() {
    let mut world = machine(2);
    let all = [0; 3].map(|_| hog(&mut world, share(10)));
    world.run(3 * S);
    for v in all {
        assert!(world.served(v, 0, 3 * S).abs_diff(2 * S) <= 30 * MS);
    }
}

// [BVT-R-08]
#[test]
fn a_share_of_more_than_a_pcpu_takes_nothing_from_the_others() {
    let mut world = machine(2);
    let big = hog(&mut world, share(1));
    let small = [0; 2].map(|_| hog(&mut world, share(100)));
    world.run(2 * S);
    assert!(world.served(big, 0, 2 * S) >= 2 * S - 20 * MS);
    assert!(small.iter().all(|v| world.served(*v, 0, 2 * S).abs_diff(S) <= 20 * MS));
    // What it could not use is not saved up: a fourth one of its kind shares with it at once.
    let rival = world.guest(0, share(1), Affinity::ANY, Load::Hog);
    let third = world.guest(0, share(1), Affinity::ANY, Load::Hog);
    world.run(4 * S);
    for v in [big, rival, third] {
        assert!(world.served(v, 2 * S, 4 * S).abs_diff(4 * S / 3) <= 100 * MS, "{}", world.served(v, 2 * S, 4 * S));
    }
}

// [BVT-R-03]
#[test]
fn a_sleeper_stores_up_nothing() {
    let mut world = machine(1);
    let (a, b) = (hog(&mut world, share(10)), hog(&mut world, share(10)));
    world.run(S);
    world.block(b, Why::Wait);
    world.run(11 * S);
    world.wake(b);
    world.run(13 * S);
    assert!(world.served(a, 11 * S, 13 * S).abs_diff(S) <= 20 * MS);
}

// [BVT-R-03]
#[test]
fn a_task_within_its_share_starts_at_once() {
    let mut world = machine(1);
    for _ in 0..3 {
        hog(&mut world, share(10));
    }
    let task = Load::Task { phase: 50 * MS + 7, period: 10 * MS, work: MS };
    let v = world.guest(0, share(10), Affinity::ANY, task);
    world.run(5 * S);
    let guest = &world.guests[v.index()];
    assert!(guest.jobs >= 490 && guest.misses == 0, "{guest:?}");
    assert_eq!(guest.latency, (0, 0));
}

// [BVT-R-04]
#[test]
fn who_warps_runs_first_after_a_wake_and_borrows_from_itself_only() {
    let mut world = machine(1);
    let (a, b) = (hog(&mut world, share(10)), hog(&mut world, share(10)));
    let w = world.guest(0, warped(40, 0, 0), Affinity::ANY, Load::None);
    world.run(S);
    world.wake(w);
    assert_eq!(world.running(0), Some(w.0));
    // 40 ms of warp, and an allowance at either end.
    world.run(S + 40 * MS);
    assert_eq!(world.served(w, S, S + 40 * MS), 40 * MS);
    world.run(4 * S);
    for v in [a, b, w] {
        assert!(world.served(v, S, 4 * S).abs_diff(S) <= 40 * MS, "{v:?}: {}", world.served(v, S, 4 * S));
    }
}

// [BVT-R-05]
#[test]
fn a_warp_lasts_for_its_limit_and_returns_after_its_rest() {
    let mut world = machine(1);
    hog(&mut world, share(10));
    let w = world.guest(0, warped(1000, 20, 100), Affinity::ANY, Load::None);
    world.run(S);
    world.wake(w);
    world.run(S + 20 * MS);
    assert_eq!((world.served(w, S, S + 20 * MS), world.running(0)), (20 * MS, Some(0)));
    // It owes what it borrowed: until the warp returns, the other one runs.
    world.run(S + 120 * MS);
    assert!(world.served(w, S + 20 * MS, S + 120 * MS) <= 50 * MS);
    assert_eq!(world.running(0), Some(w.0), "the warp is back");
    assert!(world.pool.policy().slot(w).own().warp.is_on());
    world.run(S + 140 * MS);
    assert_eq!(world.served(w, S + 120 * MS, S + 140 * MS), 20 * MS);
}

// [BVT-R-05]
#[test]
fn a_limit_is_not_renewed_by_short_sleeps() {
    let mut world = machine(1);
    let a = hog(&mut world, share(10));
    // Half of the time in short bursts, with a warp far beyond its share.
    let load = Load::Task { phase: MS, period: 2 * MS, work: 3 * MS / 2 };
    let w = world.guest(0, warped(3_600, 20, 400), Affinity::ANY, load);
    world.run(10 * S);
    assert!(world.served(a, 0, 10 * S) >= 4 * S, "{}", world.served(a, 0, 10 * S));
    assert!(world.served(w, 0, 10 * S) >= 4 * S);
}

// [BVT-R-07] [BVT-R-06]
#[test]
fn a_lone_vcpu_is_not_interrupted_and_a_yield_costs_nothing() {
    let mut world = machine(1);
    let a = hog(&mut world, warped(10, 5, 5));
    world.run(S);
    assert_eq!(world.ticks, 0);
    let b = hog(&mut world, share(10));
    world.run(S + 100 * MS);
    for _ in 0..100 {
        let v = Vcpu(world.running(0).unwrap());
        world.yield_now(v);
        assert_ne!(world.running(0), Some(v.0));
        world.run(world.now + MS / 10);
    }
    world.run(3 * S);
    assert!(world.served(a, S, 3 * S).abs_diff(world.served(b, S, 3 * S)) <= 40 * MS);
}

// [BVT-R-12] [BVT-R-09]
#[test]
fn affinity_holds_and_pcpus_come_and_go() {
    let mut world = machine(2);
    let pinned = [0; 2].map(|_| world.guest(0, share(10), Affinity::hard(CpuSet::only(Cpu(0))), Load::Hog));
    let free = hog(&mut world, share(10));
    world.run(S);
    assert!(world.runs.iter().all(|run| run.cpu == 0 || run.v == free.0));
    assert!(pinned.iter().all(|v| world.served(*v, 0, S).abs_diff(S / 2) <= 20 * MS));
    assert!(world.change(&[Change::Cpus(cpus(1))], When::Now));
    world.run(4 * S);
    assert!(world.served(free, S, 4 * S).abs_diff(S) <= 100 * MS, "{}", world.served(free, S, 4 * S));
    assert!(world.runs.iter().all(|run| run.from < S || run.cpu == 0));
}

// [BVT-R-09] [BVT-R-15]
#[test]
fn parameters_change_all_or_not() {
    let mut world = machine(1);
    let (a, b) = (hog(&mut world, share(10)), hog(&mut world, share(10)));
    world.run(S);
    assert!(!world.change(&[Change::Vcpu(a, share(30)), Change::Vcpu(Vcpu(9), share(30))], When::Now));
    assert_eq!(world.pool.policy().in_force(a).unwrap().0, share(10));
    assert!(world.change(&[Change::Vcpu(a, share(30)), Change::Pool(pools(0))], When::Now));
    world.run(5 * S);
    assert!(world.served(b, S, 5 * S).abs_diff(3 * S) <= 20 * MS);
}

// [BVT-R-10]
#[test]
fn rows_are_exact_and_checked() {
    let read = |row: &[u64]| VcpuParams::read(row).map_err(|refused| refused.key);
    assert_eq!(read(&sched::param::default_row(VcpuParams::KEYS)), Ok(VcpuParams::DEFAULT));
    assert_eq!(PoolParams::read(&sched::param::default_row(PoolParams::KEYS)), Ok(PoolParams::default()));
    for kind in 0..5 {
        let mut row = [0; 5];
        params(kind).write(&mut row);
        assert_eq!(read(&row), Ok(params(kind)));
    }
    assert_eq!(read(&[0, 0, 0, 0, 0]), Err(0));
    assert_eq!(read(&[1_001, 0, 0, 0, 0]), Err(0));
    assert_eq!(read(&[10, 2, 0, 0, 0]), Err(1));
    for key in 2..5 {
        let mut row = [10, 1, 0, 0, 0];
        row[key] = 3_600_000_000_001;
        assert_eq!(read(&row), Err(key as u8));
    }
}

// [BVT-R-10]
#[test]
fn the_allowance_is_exact_and_checked() {
    for kind in 0..3 {
        let mut row = [0];
        pools(kind).write(&mut row);
        assert_eq!((PoolParams::read(&row), row[0]), (Ok(pools(kind)), pools(kind).ctx_allow().nanos()));
    }
    for word in [0, 9_999, 1_000_000_001] {
        assert_eq!(PoolParams::read(&[word]).map_err(|refused| (refused.key, refused.has)), Err((0, word)));
    }
    // A row without words is left alone.
    PoolParams::default().write(&mut []);
}

// [BVT-R-05]
#[test]
fn a_rest_that_is_over_is_over_also_before_its_alarm_is_handled() {
    let mut policy = policy(1, 2);
    let time = |ms| at(ms * MS);
    let [plain, v] = [(0, plain()), (1, warped(40, 2, 10))].map(|(v, params)| {
        policy.add(Vcpu(v), sched::Group(0), params, Affinity::ANY, time(0)).unwrap();
        Vcpu(v)
    });
    policy.wake(v, time(0));
    assert_eq!(policy.pick(Cpu(0), time(0)).run, Some(v));
    // After 2 ms it rests, until 12 ms.
    policy.wake(plain, time(3));
    policy.yield_now(v, time(3));
    assert_eq!(policy.pick(Cpu(0), time(3)).run, Some(plain));
    policy.saved(v, Cpu(0), time(3));
    assert_eq!(policy.alarm(), Some(time(12)));
    policy.block(plain, Why::Wait, time(12));
    assert_eq!(policy.pick(Cpu(0), time(12)).run, Some(v));
    assert!(!policy.slot(v).own().warp.is_on());
    assert_eq!(policy.pick(Cpu(0), time(12)).run, Some(v));
    assert!(policy.slot(v).own().warp.is_on());
}
