//! Decisions that come when they come: straight at the seam.

use super::*;
use sched::{Choice, Scheduler, Why};

/// Two ready vCPUs, one for each of two partitions.
fn pair(windows: &[Window]) -> Policy {
    let mut policy = policy(1, params(20), windows);
    for v in [0, 1] {
        policy.add(Vcpu(v), Group(v), NoRow, Affinity::ANY, at(0)).unwrap();
        policy.wake(Vcpu(v), at(0));
    }
    policy
}

/// A turn of pCPU 0: a pick, then both contexts are saved.
fn turn(policy: &mut Policy, now: u64) -> Choice {
    let choice = policy.pick(Cpu(0), at(now));
    for v in [0, 1] {
        policy.saved(Vcpu(v), Cpu(0), at(now));
    }
    choice
}

// [ARINC-R-03] [ARINC-R-11]
#[test]
fn after_a_long_sleep_the_phase_is_exact() {
    let mut policy = pair(&[window(0, 0, 10), window(1, 10, 10)]);
    let mut now = at(0);
    for step in 0..200_000 {
        if step == 100_000 {
            // A million frames later, and not a window late.
            now = at(2_000_000 * 10 * MS);
        }
        let choice = turn(&mut policy, (now + ns(700)).nanos());
        assert_eq!(choice.due, Some(now));
        now = choice.until.unwrap();
    }
    assert_eq!(now, at(2_100_000 * 10 * MS));
}

// [ARINC-R-03] [ARINC-R-11]
#[test]
fn a_delay_of_several_frames_resumes_in_phase() {
    let mut policy = pair(&[window(0, 2, 3), window(1, 10, 5)]);
    let mut look = |ms: u64, run: Option<u16>, until: u64, due: Option<u64>| {
        let choice = turn(&mut policy, ms * MS);
        assert_eq!(choice.run, run.map(Vcpu), "at {ms}");
        assert_eq!(choice.until, Some(at(until * MS)), "at {ms}");
        assert_eq!(choice.due, due.map(|ms| at(ms * MS)), "at {ms}");
    };
    look(1, None, 2, None);
    look(2, Some(0), 5, Some(2));
    look(4, Some(0), 5, None);
    look(5, None, 10, None);
    // 3.2 frames late: in the first window of the fourth frame.
    look(64, Some(0), 65, Some(62));
    look(65, None, 70, None);
    look(134, Some(1), 135, Some(130));
    // Just when the window that nobody saw ends.
    look(145, None, 150, None);
    look(155, None, 162, None);
    look(1_000_000_005, None, 1_000_000_010, None);
    look(1_000_000_015, None, 1_000_000_022, None);
    look(1_000_000_022, Some(0), 1_000_000_025, Some(1_000_000_022));
}

// [ARINC-R-11]
#[test]
fn only_the_first_decision_in_a_window_reports_its_start_and_only_for_its_owner() {
    let mut policy = pair(&[window(0, 0, 10), window(1, 10, 10)]);
    policy.block(Vcpu(0), Why::Wait, at(0));
    assert_eq!((turn(&mut policy, 0).run, turn(&mut policy, 0).due), (None, None));
    // The window is no new one when its owner comes.
    policy.wake(Vcpu(0), at(3 * MS));
    let choice = turn(&mut policy, 3 * MS);
    assert_eq!((choice.run, choice.due), (Some(Vcpu(0)), None));
    assert_eq!(policy.service(Vcpu(0), at(4 * MS)).worst_lateness, ns(0));
    assert_eq!(turn(&mut policy, 11 * MS).due, Some(at(10 * MS)));
    assert_eq!(policy.service(Vcpu(1), at(12 * MS)).worst_lateness, ns(MS));
}

// [ARINC-R-12]
#[test]
fn what_is_reported_is_what_was() {
    let mut policy = pair(&[window(0, 0, 10), window(1, 10, 10)]);
    let service = |policy: &Policy, now| policy.service(Vcpu(0), at(now));
    assert_eq!(service(&policy, 2).served, ns(0));
    turn(&mut policy, 3);
    assert_eq!(service(&policy, 10).served, ns(7));
    policy.block(Vcpu(0), Why::Wait, at(20));
    assert_eq!(service(&policy, 30).served, ns(17));
    // Its pCPU has not picked yet, so it goes on; what it did not do meanwhile does not count.
    policy.wake(Vcpu(0), at(40));
    assert_eq!(service(&policy, 45).served, ns(22));
    // At the very end of the window it is not over, later it is, once.
    turn(&mut policy, 5 * MS);
    assert_eq!(service(&policy, 5 * MS).overruns, 0);
    turn(&mut policy, 10 * MS + 1);
    assert_eq!((service(&policy, 11 * MS).overruns, service(&policy, 11 * MS).served), (1, ns(10 * MS + 1 - 23)));
    turn(&mut policy, 20 * MS);
    assert_eq!(policy.service(Vcpu(1), at(20 * MS)).overruns, 0);
}

// [ARINC-R-04]
#[test]
fn two_wakes_before_a_pick_ask_two_pcpus() {
    let mut policy = policy(2, params(20), &[window(0, 0, 20)]);
    for v in 0..3 {
        policy.add(Vcpu(v), Group(0), NoRow, Affinity::ANY, at(0)).unwrap();
    }
    assert!((0..2).all(|cpu| policy.pick(Cpu(cpu), at(0)).run.is_none()));
    assert_eq!([0, 1, 2].map(|v| policy.wake(Vcpu(v), at(1))), [on(0), on(1), CpuSet::EMPTY]);
    // Whoever goes to sleep again leaves the pCPU that was asked for it to the next one.
    policy.block(Vcpu(1), Why::Wait, at(2));
    policy.block(Vcpu(2), Why::Wait, at(2));
    assert_eq!(policy.wake(Vcpu(2), at(3)), CpuSet::EMPTY);
    assert_eq!([0, 1].map(|cpu| policy.pick(Cpu(cpu), at(4)).run), [Some(Vcpu(0)), Some(Vcpu(2))]);
}

// [ARINC-R-15] [ARINC-R-17]
#[test]
fn a_context_counts_as_saved_only_where_it_was() {
    let mut policy = policy(2, params(20), &[window(0, 0, 20)]);
    policy.add(Vcpu(0), Group(0), NoRow, Affinity::ANY, at(0)).unwrap();
    policy.pick(Cpu(1), at(0));
    policy.wake(Vcpu(0), at(0));
    let home = [Cpu(0), Cpu(1)].into_iter().find(|cpu| policy.pick(*cpu, at(0)).run.is_some()).unwrap();
    let other = Cpu(1 - home.0);
    let moved = [sched::Change::Affinity(Vcpu(0), Affinity::hard(CpuSet::only(other)))];
    assert_eq!(policy.change(&moved, sched::When::Now, at(0)), Ok(CpuSet::only(home)));
    assert_eq!(policy.pick(home, at(0)).run, None);
    assert!(policy.saved(Vcpu(0), other, at(0)).is_empty());
    assert_eq!(policy.pick(other, at(0)).run, None);
    assert_eq!(policy.saved(Vcpu(0), home, at(0)), CpuSet::only(other));
    assert_eq!(policy.pick(other, at(0)).run, Some(Vcpu(0)));
}
