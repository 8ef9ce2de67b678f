//! A task of period 100 and deadline 40 unless said otherwise; first release at 1000.

use crate::{
    metrics::{TaskReport, measure},
    testing::{complete, life, plan, recording, start, task},
};
use proptest::prelude::*;
use trace::{Event, event::LifeStep};

fn report(end: u64, events: Vec<Event>) -> TaskReport {
    measure(&recording(end, events), &plan(&["flight"])).partitions[0].tasks[0].clone()
}

fn counts(task: &TaskReport) -> [u64; 5] {
    [task.due, task.starts, task.completions, task.misses, task.contradictions]
}

#[test]
fn latency_and_response_count_from_the_nominal_release() {
    let events = vec![
        task(10, 100, 1000, 40),
        start(0, 1000, 1003),
        complete(0, 1040, 1020),
        start(1, 1100, 1101),
        complete(1, 1140, 1139),
        start(2, 1200, 1207),
        complete(2, 1240, 1230),
    ];
    let task = report(1250, events);
    assert_eq!(counts(&task), [3, 3, 3, 0, 0]);
    let latency = task.latency.unwrap();
    assert_eq!((latency.min, latency.p50, latency.p99, latency.max, latency.worst_job), (1, 3, 7, 7, 2));
    assert_eq!(task.jitter, Some(6));
    let response = task.response.unwrap();
    assert_eq!((response.min, response.p50, response.max, response.worst_job), (20, 30, 39, 1));
}

#[test]
fn late_and_never_completed_jobs_are_misses() {
    let events = vec![
        task(10, 100, 1000, 40),
        start(0, 1000, 1001),
        complete(0, 1040, 1041),
        start(1, 1100, 1101),
        start(3, 1300, 1301),
        complete(3, 1340, 1340),
    ];
    // Job 0 is one late, job 1 never ends, job 2 never starts, job 3 ends on its deadline.
    assert_eq!(counts(&report(1399, events)), [4, 3, 2, 3, 0]);
}

#[test]
fn at_the_end_a_job_is_missed_once_its_deadline_is_reached() {
    let events = vec![task(10, 100, 1000, 40)];
    // A release at the very end is not due; a deadline at the very end has passed.
    let due_and_missed = |end| {
        let task = report(end, events.clone());
        (task.due, task.misses)
    };
    assert_eq!(due_and_missed(999), (0, 0));
    assert_eq!(due_and_missed(1000), (0, 0));
    assert_eq!(due_and_missed(1001), (1, 0));
    assert_eq!(due_and_missed(1039), (1, 0));
    assert_eq!(due_and_missed(1040), (1, 1));
    assert_eq!(due_and_missed(1100), (1, 1));
    assert_eq!(due_and_missed(1139), (2, 1));
    assert_eq!(due_and_missed(1140), (2, 2));
}

#[test]
fn a_deadline_beyond_the_period_is_waited_for() {
    // Deadlines 1250, 1350, 1450: at 1350 two have passed, jobs 0 to 3 are due.
    let task = report(1350, vec![task(10, 100, 1000, 250)]);
    assert_eq!((task.due, task.misses), (4, 2));
}

#[test]
fn a_job_without_period_happens_once() {
    let events = vec![task(10, 0, 1000, 40), start(0, 1000, 1001), complete(0, 1040, 1002), start(1, 1000, 1003)];
    assert_eq!(counts(&report(5000, events)), [1, 1, 1, 0, 1]);
}

#[test]
fn a_fault_ends_the_task_and_a_restart_declares_it_anew() {
    let events = vec![
        task(10, 100, 1000, 40),
        start(0, 1000, 1005),
        complete(0, 1040, 1010),
        start(1, 1100, 1105),
        life(1120, LifeStep::Faulted),
        life(1500, LifeStep::Restarted),
        task(1510, 100, 1600, 40),
        start(0, 1600, 1601),
        complete(0, 1640, 1650),
    ];
    // Under the first declaration jobs 0 and 1 were due, and job 1 was still in time when it ended.
    let task = report(1690, events);
    assert_eq!(counts(&task), [3, 3, 2, 1, 0]);
    assert_eq!(task.latency.unwrap().max, 5);
}

#[test]
fn marks_that_cannot_be_true_are_counted_and_ignored() {
    let contradictions = [
        start(0, 1001, 1003),    // another release than declared
        start(0, 1000, 999),     // before its release
        complete(0, 1040, 1010), // without a start
        Event::Mark { now: crate::testing::at(1001), partition: 0, vcpu: 0, kind: 1, task: 0, args: [0, 1000, 1002] },
        start(u64::MAX, 1000, 1003), // a release beyond all time
    ];
    for event in contradictions {
        let task = report(1030, vec![task(10, 100, 1000, 40), event]);
        assert_eq!(counts(&task), [1, 0, 0, 0, 1], "{event:?}");
        assert_eq!(task.latency, None);
    }
    let twice = vec![task(10, 100, 1000, 40), start(0, 1000, 1001), start(0, 1000, 1002)];
    assert_eq!(counts(&report(1030, twice)), [1, 1, 0, 0, 1]);
    assert_eq!(counts(&report(1030, vec![start(0, 1000, 1001)])), [0, 0, 0, 0, 1]);
}

proptest! {
    #[test]
    fn misses_agree_with_going_through_every_job(
        period in 1_u64..60, first in 0_u64..200, deadline in 0_u64..150, end in 0_u64..2000,
        done in prop::collection::vec(prop::option::of((0_u64..50, 0_u64..200)), 0..40),
    ) {
        let mut events = vec![task(0, period, first, deadline)];
        let (mut due, mut misses) = (0, 0);
        for job in 0..2000 {
            let release = first + job * period;
            if release >= end {
                break;
            }
            due += 1;
            let times = done.get(job as usize).copied().flatten();
            let times = times.map(|(wait, work)| (release + wait, release + wait + work)).filter(|(_, end_of)| *end_of <= end);
            if let Some((started, completed)) = times {
                events.push(start(job, release, started));
                events.push(complete(job, release + deadline, completed));
            }
            let in_time = times.is_some_and(|(_, completed)| completed <= release + deadline);
            misses += u64::from(!in_time && release + deadline <= end);
        }
        let task = report(end, events);
        prop_assert_eq!((task.due, task.misses, task.contradictions), (due, misses, 0));
    }

    #[test]
    fn noise_never_panics(
        marks in prop::collection::vec((0_u8..5, any::<[u64; 3]>(), any::<u64>(), 0_u16..2), 1..20),
        end in any::<u64>(),
    ) {
        let event = |(kind, args, now, partition)| Event::Mark { now: crate::testing::at(now), partition, vcpu: 0, kind, task: 0, args };
        measure(&recording(end, marks.into_iter().map(event).collect()), &plan(&["flight"]));
    }
}
