//! Known results and conservation of time.

use super::*;

#[test]
fn hogs_in_turns_share_equally_to_the_nanosecond() {
    let mut sim = Sim::new(turns(1, ms(2)), Machine::new(1, 4));
    let all = [0; 3].map(|_| sim.add(NoRow, Load::hog()));
    sim.run_for(ms(600));
    for v in all {
        assert_eq!(sim.cpu_time(v), ms(200));
        assert!(sim.cpu_time_per(v, ms(6)).iter().all(|got| *got == ms(2)), "one turn in every round");
        assert_eq!(sim.tally(v).dispatches, 100 + u64::from(v == all[0]), "the first has just begun another turn");
    }
    assert!((sim.share(all[0]) - 100.0 / 3.0).abs() < 1e-9);
    assert_books(&sim, 1, 3);
}

#[test]
fn a_lone_periodic_task_is_never_late() {
    let mut sim = Sim::new(turns(1, Duration::MAX), Machine::new(1, 1));
    let v = sim.add(NoRow, Load::periodic(Periodic::new(ms(10), ms(3)).phase(ms(5))));
    sim.run_for(ms(1000));
    let jobs = sim.jobs(v);
    assert_eq!((jobs.count(), jobs.misses), (100, 0));
    assert_eq!((jobs.latency.most, jobs.response.least, jobs.response.most), (Duration::ZERO, ms(3), ms(3)));
    assert_eq!(jobs.list[7].release, at(75 * MS));
    assert_eq!((sim.cpu_time(v), sim.idle(0)), (ms(300), ms(700)));
    assert_books(&sim, 1, 1);
}

#[test]
fn first_come_first_served_of_two_tasks_is_as_computed_by_hand() {
    // A: 4 of 10 ms, B: 5 of 10 ms, both released at once: B starts when A ends.
    let mut sim = Sim::new(turns(1, Duration::MAX), Machine::new(1, 2));
    let a = sim.add(NoRow, Load::periodic(Periodic::new(ms(10), ms(4))));
    let b = sim.add(NoRow, Load::periodic(Periodic::new(ms(10), ms(5))));
    sim.run_for(ms(100));
    assert_eq!((sim.jobs(a).response.most, sim.jobs(b).response.least), (ms(4), ms(9)));
    assert_eq!((sim.jobs(b).latency.least, sim.jobs(b).latency.mean()), (ms(4), ms(4)));
    assert_eq!(sim.wakes(b).most, ms(4));
    assert_books(&sim, 1, 2);
}

#[test]
fn an_overloaded_task_misses_and_omits_no_job() {
    let mut sim = Sim::new(turns(1, Duration::MAX), Machine::new(1, 1));
    let v = sim.add(NoRow, Load::periodic(Periodic::new(ms(10), ms(12))));
    sim.run_for(ms(120));
    let jobs = sim.jobs(v);
    assert_eq!((jobs.count(), jobs.misses), (10, 10));
    assert_eq!(jobs.list[9].response(), ms(120 - 90));
}

#[test]
fn two_pcpus_take_two_of_three_hogs_at_a_time() {
    let mut sim = Sim::new(turns(2, ms(1)), Machine::new(2, 3));
    let all = [0; 3].map(|_| sim.add(NoRow, Load::hog()));
    sim.run_for(ms(300));
    for v in all {
        assert!((sim.share(v) - 200.0 / 3.0).abs() < 1.0, "{}", sim.share(v));
    }
    assert_eq!(sim.idle(0) + sim.idle(1), Duration::ZERO);
    assert_books(&sim, 2, 3);
}

#[test]
fn work_ends_before_the_turn_that_ends_at_the_same_instant() {
    let mut sim = Sim::new(turns(1, ms(3)), Machine::new(1, 2));
    let v = sim.add(NoRow, Load::periodic(Periodic::new(ms(10), ms(3))));
    sim.add(NoRow, Load::hog());
    sim.run_for(ms(9));
    assert_eq!(sim.jobs(v).count(), 1);
    assert_eq!(sim.tally(v).preemptions, 0);
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_one_another() {
    let run = |seed| {
        let costs = Costs { kick: Span::between(us(1), us(9)), switch: Span::between(us(0), us(3)), ..Costs::NONE };
        let mut sim = Sim::new(turns(2, ms(1)), Machine::new(2, 8).seed(seed).costs(costs));
        for _ in 0..6 {
            sim.add(NoRow, Load::poisson(ms(3), Span::between(us(10), ms(2))));
        }
        sim.run_for(ms(500));
        let runs: Vec<_> = (0..6).map(|v| sim.tally(Vcpu(v)).runs.clone()).collect();
        (sim.calls(), runs)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn whole_turns_and_their_steps_give_the_same_schedule() {
    let run = |machine: Machine| {
        let mut sim = Sim::new(turns(3, ms(1)), machine);
        for v in 0..8 {
            sim.add(NoRow, Load::poisson(ms(3), Span::between(us(10 + v), ms(2))));
            sim.add(NoRow, Load::yielder(us(300 + 7 * v)));
        }
        sim.run_for(ms(500));
        let runs: Vec<_> = (0..16).map(|v| sim.tally(Vcpu(v)).runs.clone()).collect();
        (sim.calls(), runs)
    };
    let (whole, steps) = (run(Machine::new(3, 16)), run(Machine::new(3, 16).stepwise()));
    assert_eq!(whole.1, steps.1);
    assert!(whole.0 < steps.0, "a whole turn is one call: {} and {}", whole.0, steps.0);
}
