//! What costs do, and that interrupts wait their turn.

use super::*;

fn with(costs: Costs, cpus: u8) -> Sim<Turns> {
    Sim::new(turns(cpus.into(), ms(1)), Machine::new(cpus, 8).costs(costs))
}

#[test]
fn decisions_and_switches_are_held_but_not_executed() {
    let mut sim = with(Costs { decision: us(2).into(), switch: us(8).into(), ..Costs::NONE }, 1);
    let all = [0; 2].map(|_| sim.add(NoRow, Load::hog()));
    sim.run_for(us(999_500));
    let executed = sim.tally(all[0]).executed + sim.tally(all[1]).executed;
    // The kick of the first wake-up finds the pCPU up already: one visit without a switch.
    let cpu = sim.cpu(0);
    assert_eq!((cpu.switches, cpu.visits), (1000, 1001));
    assert_eq!(cpu.overhead, us(8 * 1000 + 2 * 1001));
    // What executes since 999 ms is booked when it stops, but for the switch before it.
    assert_eq!(executed + cpu.overhead, us(999_000 + 10));
    assert_books(&sim, 1, 2);
}

#[test]
fn a_late_timer_makes_turns_longer_by_just_that() {
    let mut sim = with(Costs { timer: us(50).into(), ..Costs::NONE }, 1);
    let all = [0; 2].map(|_| sim.add(NoRow, Load::hog()));
    sim.run_for(ms(210));
    assert_eq!(sim.tally(all[0]).runs[3], Run { cpu: Cpu(0), from: at(6_300_000), to: at(7_350_000) });
    assert_eq!(sim.cpu_time(all[1]), ms(105));
}

#[test]
fn a_kick_takes_its_time() {
    let mut sim = with(Costs { kick: us(7).into(), ..Costs::NONE }, 2);
    let v = sim.add(NoRow, Load::sporadic(ms(5), us(100)));
    sim.run_for(ms(50));
    let jobs = sim.jobs(v);
    assert_eq!((jobs.count(), jobs.latency.least, jobs.latency.most), (9, us(7), us(7)));
}

#[test]
fn a_context_that_is_being_saved_is_seen_by_the_policy_and_not_run_elsewhere() {
    // pCPU 1 is idle, but the vCPU that pCPU 0 gives up comes there only after it is saved.
    let mut sim = with(Costs { switch: us(100).into(), ..Costs::NONE }, 2);
    let a = sim.add(NoRow, Load::hog());
    sim.run_for(ms(5));
    assert_eq!(sim.pool().life(a).phase, Phase::Running(Cpu(0)));
    let before = sim.now();
    sim.change(&[Change::Affinity(a, Affinity::hard(CpuSet::only(Cpu(1))))], When::Now).unwrap();
    sim.run_for(us(50));
    assert_eq!((sim.pool().life(a).unsaved, sim.running(1)), (Some(Cpu(0)), None));
    sim.run_for(ms(1));
    assert_eq!(sim.running(1), Some(a));
    let last = *sim.tally(a).runs.last().unwrap();
    assert_eq!((last.cpu, last.to), (Cpu(0), before));
    assert_eq!(sim.cpu_time_between(a, before, sim.now()), us(950));
    assert_eq!(sim.tally(a).migrations, 1);
}

#[test]
fn interrupts_that_come_during_a_switch_are_served_after_it() {
    let mut sim = with(Costs { decision: us(40).into(), switch: us(300).into(), ..Costs::NONE }, 1);
    let all = [0; 3].map(|_| sim.add(NoRow, Load::on_off(us(500), Span::between(us(1), us(700)))));
    sim.run_for(ms(2000));
    for v in all {
        assert!(sim.tally(v).executed > ms(100), "{:?}", sim.tally(v).executed);
    }
    assert_books(&sim, 1, 3);
}

#[test]
fn a_wake_delayed_by_a_busy_pool_is_measured_from_the_instant_it_was_asked_for() {
    let mut sim = with(Costs { timer: us(30).into(), decision: us(5).into(), ..Costs::NONE }, 1);
    let v = sim.add(NoRow, Load::periodic(Periodic::new(ms(10), ms(1)).phase(ms(10))));
    sim.run_for(ms(95));
    assert_eq!((sim.wakes(v).least, sim.wakes(v).most), (us(35), us(35)));
    assert_eq!(sim.jobs(v).latency.jitter(), Duration::ZERO);
}
