//! Windows as time goes by: on the grid, alone, and on several pCPUs.

use crate::machine::{late, run, served, starts};
use crate::*;
use sched::sim::{Observer, Periodic, Span};
use sched::{Answer, Call, Cpu, Duration, Instant, Params};

/// Judges every choice of a table of two halves: whose half it is, and how late.
struct Judge {
    choices: u64,
    latest: Duration,
}

impl Observer for Judge {
    fn call<S: Params>(&mut self, _: Cpu, _: u32, now: Instant, call: &Call<'_, S>, answer: &Answer) {
        if !matches!(call, Call::Pick { .. } | Call::Turn { .. }) {
            return;
        }
        let half = self.choices;
        assert_eq!(answer.choice.run, Some(Vcpu((half % 2) as u16)), "{now:?}");
        assert_eq!(answer.choice.due, Some(at(half * 10 * MS)), "{now:?}");
        self.latest = self.latest.max(now.since(at(half * 10 * MS)));
        self.choices += 1;
    }
}

// [ARINC-R-01] [ARINC-R-03] [ARINC-R-11]
#[test]
fn ar02_after_a_million_frames_a_window_is_as_late_as_the_timer_and_no_later() {
    const SLOP: u64 = 50_000;
    let judge = Judge { choices: 0, latest: ns(0) };
    let machine = Machine::new(1, 8).costs(late(SLOP)).sums_only();
    let mut world = Sim::watched(policy(1, params(20), &halves()), machine, judge);
    for group in 0..2 {
        world.admit(NewVcpu::new(NoRow, Load::hog()).group(group)).unwrap();
    }
    run(&mut world, 1_000_000 * 20 * MS);
    assert_eq!((world.observer.choices, world.observer.latest), (2_000_000, ns(SLOP)));
}

// [ARINC-R-02]
#[test]
fn ar08_what_a_partition_leaves_of_its_window_stays_idle() {
    let mut world = single(params(20), &halves());
    let a = admit(&mut world, 0, Affinity::ANY, Load::periodic(Periodic::new(ns(20 * MS), ns(4 * MS))));
    let b = hog(&mut world, 1);
    run(&mut world, 10 * SECONDS - 1);
    assert_eq!(starts(&world, a), (0..500).map(|k| k * 20 * MS).collect::<Vec<_>>());
    assert_eq!((world.cpu_time(a), world.idle(0)), (ns(2 * SECONDS), ns(3 * SECONDS)));
    assert_eq!(world.cpu_time(b), ns(5 * SECONDS - 1));
}

// [ARINC-R-02] [ARINC-R-07]
#[test]
fn ar10_events_and_timers_outside_the_window_wait_for_it_and_interrupt_nobody() {
    let job = |gap: u64| (ns(gap * MS), ns(MS));
    let events = Load::recorded([15].into_iter().chain([20; 499]).map(job));
    let timers = Load::periodic(Periodic::new(ns(20 * MS), ns(MS)).phase(ns(15 * MS)));
    for load in [events, timers] {
        let mut world = single(params(20), &halves());
        let a = admit(&mut world, 0, Affinity::ANY, load);
        let b = hog(&mut world, 1);
        run(&mut world, 10 * SECONDS - 1);
        // Each release comes in the middle of the other's window.
        let jobs = world.jobs(a);
        assert_eq!((jobs.count(), jobs.latency.least, jobs.latency.most), (499, ns(5 * MS), ns(5 * MS)));
        assert!(world.tally(b).runs.iter().all(|run| run.to.since(run.from) == ns(10 * MS)));
        assert_eq!(world.tally(b).dispatches, 500);
        // Only ends of its windows interrupt it: no kick, and no other timer.
        assert_eq!((world.cpu(0).kicks, world.cpu(0).ticks), (0, 499));
    }
}

// [ARINC-R-01] [ARINC-R-15]
#[test]
fn ar11_several_windows_of_a_partition_and_a_window_for_each_of_its_vcpus() {
    let windows = [window(0, 0, 5).on(cpus(1)), window(0, 12, 3).on(cpus(2)), window(0, 17, 2).on(cpus(1))];
    let mut world = machine(2, params(20), &windows, Costs::NONE);
    let [x, y] = [1, 2].map(|bits| admit(&mut world, 0, Affinity::hard(cpus(bits)), Load::hog()));
    run(&mut world, 10 * SECONDS - 1);
    assert_eq!(starts(&world, x), (0..500).flat_map(|k| [k * 20 * MS, (k * 20 + 17) * MS]).collect::<Vec<_>>());
    assert_eq!(starts(&world, y), (0..500).map(|k| (k * 20 + 12) * MS).collect::<Vec<_>>());
    assert_eq!((world.cpu_time(x), world.cpu_time(y)), (ns(500 * 7 * MS), ns(500 * 3 * MS)));
}

// [ARINC-R-03] [ARINC-R-11]
#[test]
fn ar13_whatever_the_delay_each_decision_is_in_phase() {
    let delays = [Span::fixed(ns(64 * MS)), Span::between(ns(0), ns(64 * MS))];
    for timer in delays {
        let windows = [window(0, 2, 3), window(1, 10, 5)];
        let mut world = machine(1, params(20), &windows, Costs { timer, ..Costs::NONE });
        for group in 0..2 {
            hog(&mut world, group);
        }
        run(&mut world, 10 * SECONDS);
        assert!(world.observer.0.len() > 100);
        for (now, _, choice) in &world.observer.0 {
            let (frame, phase) = (now.nanos() / (20 * MS) * 20 * MS, now.nanos() % (20 * MS));
            let (run, until) = match phase / MS {
                0..2 => (None, 2),
                2..5 => (Some(0), 5),
                5..10 => (None, 10),
                10..15 => (Some(1), 15),
                _ => (None, 22),
            };
            assert_eq!(choice.run, run.map(Vcpu), "{now:?}");
            assert_eq!(choice.until, Some(at(frame + until * MS)), "{now:?}");
            let start = run.map(|v| at(frame + [2, 10][usize::from(v)] * MS));
            assert_eq!(choice.due, start, "{now:?}");
        }
    }
}

// [ARINC-R-04]
#[test]
fn ar20_both_vcpus_of_a_partition_run_for_the_whole_window() {
    let mut world = machine(2, params(20), &halves(), Costs::NONE);
    let all = [0, 0, 1, 1].map(|group| hog(&mut world, group));
    run(&mut world, 10 * SECONDS);
    for (v, start) in all.into_iter().zip([0, 0, 10, 10]) {
        for frame in 0..500 {
            let from = (frame * 20 + start) * MS;
            assert_eq!(served(&world, v, from, from + 10 * MS), 10 * MS);
        }
        assert_eq!(world.cpu_time(v), ns(5 * SECONDS));
    }
}

// [ARINC-R-15]
#[test]
fn ar22_a_hard_affinity_is_honoured_in_placement() {
    let mut world = machine(3, params(20), &halves(), Costs::NONE);
    let hard = [1, 2, 2, 6].map(|bits| admit(&mut world, 0, Affinity::hard(cpus(bits)), Load::hog()));
    run(&mut world, 10 * SECONDS);
    for (v, bits) in hard.into_iter().zip([1, 2, 2, 6]) {
        assert!(world.tally(v).runs.iter().all(|run| cpus(bits).contains(run.cpu)));
    }
    // Alone on its pCPU it has all of its windows, and so has the one that may leave the other two alone.
    let times = hard.map(|v| world.cpu_time(v).nanos() / MS);
    assert_eq!((times[0], times[3], times[1] + times[2]), (5000, 5000, 5000));
    assert!(times[1].abs_diff(times[2]) < 500);
}

// [ARINC-R-11] [ARINC-R-12]
#[test]
fn ar25_each_window_reports_its_planned_start_and_lateness_beyond_the_limit_is_counted() {
    for (delay, shortfalls) in [(900, 0), (1_000, 0), (1_100, 500)] {
        let pool = PoolParams { lateness_limit: ns(1_000), ..params(20) };
        let mut world = machine(1, pool, &halves(), late(delay));
        let [_, b] = [0, 1].map(|group| hog(&mut world, group));
        run(&mut world, 10 * SECONDS);
        let service = world.pool().service(b, world.now());
        assert_eq!((service.shortfalls, service.worst_lateness), (shortfalls, ns(delay)));
        let reported = world.observer.0.iter().map(|(now, _, choice)| (choice.due, *now));
        let planned = (0..1000).map(|k| k * 10 * MS);
        let planned = planned.map(|start| (Some(at(start)), at(start + if start == 0 { 0 } else { delay })));
        assert!(reported.eq(planned));
    }
}
