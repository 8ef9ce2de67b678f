//! What the world does to vCPUs, at any instant.

use super::*;

#[test]
fn a_paused_vcpu_does_nothing_and_loses_nothing() {
    let mut sim = Sim::new(turns(1, ms(1)), Machine::new(1, 2));
    let v = sim.add(NoRow, Load::periodic(Periodic::new(ms(10), ms(4))));
    sim.at(at(2 * MS), move |sim| sim.pause(v));
    sim.at(at(5 * MS), move |sim| sim.unpause(v));
    sim.run_for(ms(9));
    let job = sim.jobs(v).list[0];
    assert_eq!((job.start, job.completion), (at(0), at(7 * MS)));
    assert_eq!(sim.cpu_time_between(v, at(2 * MS), at(5 * MS)), Duration::ZERO);
}

#[test]
fn a_wake_up_that_comes_during_a_pause_is_not_lost() {
    let mut sim = Sim::new(turns(1, ms(1)), Machine::new(1, 2));
    let v = sim.add(NoRow, Load::once(&[Act::Sleep(ms(2).into()), Act::Run(ms(1).into())]));
    sim.at(at(MS), move |sim| sim.pause(v));
    sim.at(at(6 * MS), move |sim| sim.unpause(v));
    sim.run_for(ms(10));
    assert_eq!(sim.cpu_time_between(v, at(6 * MS), at(7 * MS)), ms(1));
}

#[test]
fn a_vcpu_paused_in_its_sleep_sleeps_on_after_it() {
    let mut sim = Sim::new(turns(1, ms(1)), Machine::new(1, 2));
    let v = sim.add(NoRow, Load::once(&[Act::Sleep(ms(20).into()), Act::Run(ms(1).into())]));
    sim.at(at(MS), move |sim| sim.pause(v));
    sim.at(at(6 * MS), move |sim| sim.unpause(v));
    sim.run_for(ms(30));
    assert_eq!(sim.tally(v).runs[0].from, at(20 * MS));
}

#[test]
fn pausing_a_hundred_thousand_times_loses_no_wake_up() {
    // G04: at random instants, while running, waiting in line, and being saved.
    let costs = Costs { switch: Span::between(us(0), us(20)), kick: Span::between(us(0), us(10)), ..Costs::NONE };
    let mut sim = Sim::new(turns(2, us(200)), Machine::new(2, 4).costs(costs).sums_only());
    let all = [0; 4].map(|_| sim.add(NoRow, Load::hog()));
    let mut rng = Rng::new(5, 0);
    let mut paused = [false; 4];
    for _ in 0..100_000 {
        let which = rng.up_to(3) as usize;
        paused[which] = !paused[which];
        if paused[which] {
            sim.pause(all[which])
        } else {
            sim.unpause(all[which])
        }
        sim.run_for(Duration::from_nanos(rng.up_to(30_000)));
    }
    all.iter().for_each(|v| sim.unpause(*v));
    let before = all.map(|v| sim.tally(v).executed);
    sim.run_for(ms(10));
    for (v, before) in all.into_iter().zip(before) {
        assert!(sim.tally(v).executed.saturating_sub(before) > ms(3), "{v:?} lost its wake-up");
    }
    assert_books(&sim, 2, 4);
}

#[test]
fn a_notification_before_the_wait_keeps_it_from_beginning() {
    // G05: the event is there when the guest wants to wait.
    let mut sim = Sim::new(turns(1, ms(1)), Machine::new(1, 1));
    let v = sim.add(NoRow, Load::once(&[Act::Run(ms(2).into()), Act::Wait, Act::Run(ms(3).into())]));
    sim.at(at(MS), move |sim| sim.notify(v));
    sim.run_for(ms(10));
    assert_eq!(sim.cpu_time(v), ms(5));
    assert_eq!(sim.tally(v).dispatches, 1);
}

#[test]
fn a_notification_ends_a_wait() {
    let mut sim = Sim::new(turns(1, ms(1)), Machine::new(1, 1));
    let v = sim.add(NoRow, Load::once(&[Act::Wait, Act::Run(ms(3).into())]));
    sim.at(at(4 * MS), move |sim| sim.notify(v));
    sim.run_for(ms(10));
    assert_eq!(sim.tally(v).runs, [Run { cpu: Cpu(0), from: at(4 * MS), to: at(7 * MS) }]);
}

#[test]
fn a_vcpu_leaves_only_when_it_is_off_and_saved_and_its_slot_is_used_again() {
    let mut sim = Sim::new(turns(1, ms(1)), Machine::new(1, 2));
    let a = sim.add(NoRow, Load::hog());
    sim.run_for(ms(1));
    assert!(sim.remove(a).is_err());
    sim.switch_off(a);
    sim.run_for(ms(1));
    assert_eq!((sim.remove(a), sim.running(0)), (Ok(()), None));
    let b = sim.add(NoRow, Load::hog());
    sim.run_for(ms(3));
    assert_eq!((b, sim.cpu_time(b)), (a, ms(3)));
    let nowhere = NewVcpu::new(NoRow, Load::hog()).affinity(Affinity::hard(CpuSet::EMPTY));
    assert_eq!(sim.admit(nowhere).unwrap_err().rule, "nowhere to run");
}

#[test]
fn off_and_on_again_goes_on_with_the_work() {
    let mut sim = Sim::new(turns(1, ms(1)), Machine::new(1, 1));
    let v = sim.add(NoRow, Load::once(&[Act::Run(ms(5).into())]));
    sim.at(at(2 * MS), move |sim| sim.switch_off(v));
    sim.at(at(4 * MS), move |sim| sim.start(v));
    sim.run_for(ms(20));
    assert_eq!(sim.tally(v).runs.last().unwrap().to, at(7 * MS));
}

#[test]
fn a_lost_kick_is_seen() {
    let mut policy = turns(1, ms(1));
    policy.forgets = true;
    let mut sim = Sim::new(policy, Machine::new(1, 1));
    sim.run_for(ms(1));
    let v = sim.add(NoRow, Load::hog());
    sim.run_for(ms(100));
    assert_eq!((sim.cpu_time(v), sim.pool().life(v).phase), (Duration::ZERO, Phase::Ready));
}

fn one_that_strays(machine: Machine) -> u32 {
    let mut policy = turns(2, ms(1));
    policy.strays = true;
    let mut sim = Sim::new(policy, machine);
    for _ in 0..3 {
        sim.admit(NewVcpu::new(NoRow, Load::hog()).affinity(Affinity::hard(CpuSet::only(Cpu(0))))).unwrap();
    }
    sim.run_for(ms(10));
    sim.strays()
}

#[test]
#[should_panic(expected = "runs outside its affinity or pool")]
fn a_choice_outside_the_affinity_ends_a_strict_run() {
    one_that_strays(Machine::new(2, 4));
}

#[test]
fn a_choice_outside_the_affinity_is_counted_by_a_lenient_machine() {
    assert!(one_that_strays(Machine::new(2, 4).lenient()) > 0);
}

#[test]
#[should_panic(expected = "takes no time")]
fn a_program_without_time_is_found_out() {
    let mut sim = Sim::new(turns(1, ms(1)), Machine::new(1, 1));
    sim.add(NoRow, Load::program(|_: Instant, _: &mut Rng| Step::Work(Duration::ZERO)));
    sim.run_for(ms(1));
}
