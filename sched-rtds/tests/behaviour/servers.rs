//! Servers across sleep, new parameters, wakes, and pCPUs that come and go.

use crate::*;

/// Runs for 3 ms, sleeps until 8 ms, then computes on.
fn after_a_sleep(pool: PoolParams) -> (World, Vcpu) {
    let mut world = machine(1, pool);
    let v = world.add(hard(10, 4), Load::once(&[Act::Run(ms(3).into()), Act::Until(at(8)), GO_ON]));
    world.run_until(at(30));
    (world, v)
}

// [RTDS-R-07] [RTDS-R-08]
#[test]
fn rt11_budgets_come_back_to_back_only_from_a_deferrable_server() {
    let (world, v) = after_a_sleep(deferrable());
    assert_eq!((got(&world, v, 8, 9), got(&world, v, 9, 10), got(&world, v, 10, 14)), (ms(1), ms(0), ms(4)));
    // The other kind gets no more than its budget in any period from the wake on.
    let (world, v) = after_a_sleep(PoolParams::default());
    assert_eq!((got(&world, v, 8, 12), got(&world, v, 12, 18), got(&world, v, 18, 28)), (ms(4), ms(0), ms(4)));
}

// [RTDS-R-08] [RTDS-R-09]
#[test]
fn rt13_a_wake_after_an_hour_is_on_the_grid() {
    let hour = 3_600_000;
    let mut world = machine(1, deferrable());
    let v = world.add(hard(10, 4), Load::once(&[Act::Run(ms(3).into()), Act::Until(at(hour + 3)), GO_ON]));
    world.run_until(at(hour));
    // It was asked to run, slept, and nothing happened since.
    assert!(world.calls() < 10, "{} calls", world.calls());
    world.run_until(at(hour + 30));
    assert_eq!((got(&world, v, hour + 3, hour + 7), got(&world, v, hour + 7, hour + 10)), (ms(4), ms(0)));
    assert_eq!(got(&world, v, hour + 10, hour + 14), ms(4));
}

// [RTDS-R-10]
#[test]
fn rt14_new_parameters_hold_now_or_from_the_boundary() {
    let changed = |when, end| {
        let mut world = single();
        let v = hog(&mut world, hard(10, 4));
        world.run_until(at(12));
        world.change(&[Change::Vcpu(v, hard(20, 10))], when).unwrap();
        world.run_until(at(19));
        let held = world.policy().in_force(v).unwrap().0;
        world.run_until(at(end));
        (got(&world, v, 10, 20), got(&world, v, 20, 30), held, world.pool().alarm())
    };
    // The old budget until 20, then the new one with its deadline at 40.
    assert_eq!(changed(When::Boundary, 35), (ms(4), ms(10), hard(10, 4), Some(at(40))));
    // A new period from 12 to 32, and the next one.
    assert_eq!(changed(When::Now, 45), (ms(10), ms(2), hard(20, 10), Some(at(52))));
}

// [RTDS-R-11] [RTDS-R-12]
#[test]
fn rt16_bad_parameters_are_refused_and_change_nothing() {
    let reserve = |budget, period| VcpuParams::reserve(us(budget), us(period), false);
    assert!(reserve(11_000, 10_000).is_err() && reserve(9, 9).is_err() && reserve(9, 10_000).is_err());
    assert!(reserve(10, 10).is_ok());
    let mut world = single();
    let v = hog(&mut world, hard(10, 4));
    let all = [Change::Vcpu(v, hard(20, 2)), Change::Vcpu(Vcpu(9), hard(20, 2))];
    assert!(world.change(&all, When::Now).is_err());
    assert_eq!(world.policy().in_force(v).unwrap().0, hard(10, 4));
    world.run_until(at(100));
    assert_eq!(least_and_most(&world, v, ms(10)), (ms(4), ms(4)));
}

// [RTDS-R-12] [RTDS-R-21]
#[test]
fn rt17_what_is_in_force_is_what_was_set() {
    let mut world = single();
    let both = [0; 2].map(|_| hog(&mut world, soft(10, 4)));
    world.change(&[Change::Vcpu(both[0], hard(20, 2))], When::Now).unwrap();
    let held = both.map(|v| {
        let mut row = [0; 5];
        world.policy().in_force(v).unwrap().0.write(&mut row);
        row
    });
    assert_eq!(held, [[20_000_000, 2_000_000, 0, 0, 0], [10_000_000, 4_000_000, 1, 0, 0]]);
}

// [RTDS-R-05] [RTDS-R-20]
#[test]
fn rt19_a_wake_takes_an_idle_pcpu_its_own_first() {
    let mut world = machine(3, PoolParams::default());
    let runner = hog(&mut world, soft(10, 9));
    let v = sleeper(&mut world, hard(10, 4), Affinity::hard(CpuSet::from_bits(6)));
    world.notify(v);
    for _ in 0..3 {
        settle(&mut world);
        assert_eq!([0, 1, 2].map(|cpu| world.running(cpu)), [Some(runner), Some(v), None]);
        world.pause(v);
        settle(&mut world);
        world.unpause(v);
    }
    assert_eq!((world.tally(runner).preemptions, world.tally(v).migrations), (0, 0));
}

// [RTDS-R-05]
#[test]
fn rt20_a_wake_preempts_the_last_in_rank_and_only_if_it_beats_it() {
    let mut world = machine(2, PoolParams::default());
    let near = hog(&mut world, hard(20, 10));
    let far = hog(&mut world, hard(100, 50));
    let later = sleeper(&mut world, hard(200, 10), Affinity::ANY);
    let equal = sleeper(&mut world, hard(99, 1), Affinity::ANY);
    let sooner = sleeper(&mut world, hard(10, 1), Affinity::ANY);
    world.run_until(at(1));
    assert_eq!([0, 1].map(|cpu| world.running(cpu)), [Some(near), Some(far)]);
    // The deadline of the second is that of the runner, to the nanosecond.
    for v in [later, equal] {
        world.notify(v);
        settle(&mut world);
        assert_eq!([0, 1].map(|cpu| world.running(cpu)), [Some(near), Some(far)]);
    }
    world.notify(sooner);
    settle(&mut world);
    assert_eq!([0, 1].map(|cpu| world.running(cpu)), [Some(near), Some(sooner)]);
    assert_eq!([near, far].map(|v| world.tally(v).preemptions), [0, 1]);
}

// [RTDS-R-05]
#[test]
fn rt22_a_new_vcpu_starts_at_once_on_an_idle_pcpu() {
    let mut world = machine(2, PoolParams::default());
    hog(&mut world, hard(10, 9));
    world.run_until(at(7));
    let v = hog(&mut world, hard(100, 10));
    assert_eq!((world.running(1), world.wakes(v).most), (Some(v), Duration::ZERO));
}

// [RTDS-R-08] [RTDS-R-09]
#[test]
fn rt23_a_pause_keeps_the_rest_of_the_budget() {
    let mut world = machine(1, deferrable());
    let v = hog(&mut world, hard(10, 4));
    world.run_until(at(1));
    world.pause(v);
    world.run_until(at(4));
    assert_eq!((world.pool().alarm(), world.running(0)), (None, None));
    world.unpause(v);
    world.run_until(at(20));
    assert_eq!((got(&world, v, 4, 7), got(&world, v, 7, 10), got(&world, v, 10, 14)), (ms(3), ms(0), ms(4)));
}

// [RTDS-R-13] [RTDS-R-18]
#[test]
fn rt25_a_pcpu_that_leaves_is_reported_by_shortfalls() {
    let mut world = machine(2, PoolParams::default());
    let both = [0; 2].map(|_| hog(&mut world, hard(10, 8)));
    world.run_until(at(100));
    assert_eq!(both.map(|v| shortfalls(&world, v)), [0, 0]);
    let idle = world.idle(1);
    // The pCPU that has handled all replenishments leaves.
    world.change(&[Change::Cpus(on(1))], When::Now).unwrap();
    world.run_until(at(200));
    assert_eq!(got(&world, both[0], 100, 200) + got(&world, both[1], 100, 200), ms(100));
    assert_eq!((world.running(0), world.idle(1)), (None, idle));
    let missed: u64 = both.iter().map(|v| shortfalls(&world, *v)).sum();
    assert!(missed >= 5, "{missed}");
    // Who asks for more than there is now is refused.
    let more = VcpuParams::reserve(us(8001), ms(10), false).unwrap();
    let refused = world.change(&[Change::Vcpu(both[0], more)], When::Now).unwrap_err();
    assert_eq!((refused.needs, refused.has), (1_600_100, 1_000_000));
}

// [RTDS-R-01] [RTDS-R-13]
#[test]
fn rt25_no_replenishment_is_lost_when_the_pcpu_that_handled_it_leaves() {
    let mut world = machine(2, PoolParams::default());
    let all = [(10, 3), (15, 3), (20, 4)].map(|(p, q)| (hog(&mut world, hard(p, q)), p, q));
    for leaves in 1..10 {
        world.run_for(us(7_777));
        world.change(&[Change::Cpus(on(leaves % 2))], When::Now).unwrap();
    }
    world.run_until(at(600));
    for (v, period, budget) in all {
        assert_eq!(least_and_most(&world, v, ms(period)), (ms(budget), ms(budget)), "period {period}");
        let service = world.pool().service(v, world.now());
        assert_eq!((service.shortfalls, service.worst_lateness), (0, Duration::ZERO));
    }
}
