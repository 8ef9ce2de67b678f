//! Expectations: held, broken, or not known.

use crate::{
    metrics::{Outcome, Report, Verdict, measure},
    plan::{End, Expect},
    testing::{complete, life, plan, recording, start, task},
};
use sched::Duration;
use trace::{Event, event::LifeStep};

fn report(expect: Expect, events: Vec<Event>) -> Report {
    let mut plan = plan(&["flight"]);
    plan.partitions[0].expect = expect;
    measure(&recording(1100, events), &plan)
}

fn verdict(expect: Expect, events: Vec<Event>) -> Verdict {
    report(expect, events).partitions[0].verdicts[0].clone()
}

fn jobs() -> Vec<Event> {
    vec![task(10, 50, 1000, 40), start(0, 1000, 1003), complete(0, 1040, 1020), start(1, 1050, 1055)]
}

const MISSES: Expect = Expect { misses: Some(0), jitter: None, end: None, restarts: None };

#[test]
fn misses_are_counted_against_what_is_allowed() {
    let broken = verdict(MISSES, jobs());
    assert_eq!(broken.outcome, Outcome::Broken);
    assert_eq!(broken.sentence, "flight missed 1 of 2 deadlines, at most 0 allowed");
    assert_eq!(verdict(Expect { misses: Some(1), ..MISSES }, jobs()).outcome, Outcome::Held);
}

#[test]
fn a_partition_that_measured_nothing_passes_nothing() {
    let none = verdict(MISSES, vec![]);
    assert_eq!(
        (none.outcome, none.sentence.as_str()),
        (Outcome::Unknown, "flight had no job to do, so its misses are not known")
    );
    let expect = Expect { misses: None, jitter: Some(Duration::from_nanos(5)), ..MISSES };
    assert_eq!(verdict(expect, vec![]).sentence, "flight started no job, so its jitter is not known");
}

#[test]
fn a_partition_that_contradicts_itself_passes_nothing() {
    let mut events = jobs();
    events.push(start(1, 1050, 1056));
    let verdict = verdict(Expect { misses: Some(1), ..MISSES }, events);
    assert_eq!(verdict.outcome, Outcome::Unknown);
    assert!(verdict.sentence.contains("1 marks that contradict"), "{}", verdict.sentence);
}

#[test]
fn jitter_is_bounded() {
    let expect = |most| Expect { misses: None, jitter: Some(Duration::from_nanos(most)), ..MISSES };
    assert_eq!(verdict(expect(2), jobs()).outcome, Outcome::Held);
    let broken = verdict(expect(1), jobs());
    assert_eq!(broken.sentence, "flight: task 0.0 has a jitter of 2 ns, at most 1 ns allowed");
    assert_eq!(broken.outcome, Outcome::Broken);
}

#[test]
fn the_end_and_restarts_come_from_the_partitions_life() {
    let expect = Expect { misses: None, end: Some(End::PowerOff), restarts: Some(1), ..MISSES };
    let faulty = [life(1, LifeStep::Started), life(5, LifeStep::Faulted), life(6, LifeStep::Restarted)];
    let report = report(expect, [&faulty[..], &[life(9, LifeStep::PowerOff)]].concat());
    let partition = &report.partitions[0];
    assert_eq!((partition.starts, partition.restarts, partition.faults), (2, 1, 1));
    assert_eq!(partition.last_fault.as_deref(), Some("declared itself faulty with code 0x42"));
    assert_eq!(report.outcome(), Outcome::Held);
    let running = verdict(expect, faulty.to_vec());
    assert_eq!(running.sentence, "flight should have ended \"poweroff\" but ended \"running\"");
    assert_eq!(verdict(expect, vec![]).sentence, "flight should have ended \"poweroff\" but ended \"never started\"");
}

#[test]
fn losses_turn_what_held_into_not_known_and_leave_what_is_broken() {
    let judged = |most| {
        let mut plan = plan(&["flight"]);
        plan.partitions[0].expect = Expect { misses: Some(most), ..MISSES };
        let mut events = jobs();
        events.push(complete(1, 1090, 1095));
        let mut recording = recording(2000, events);
        recording.rings[0].dropped = 1;
        measure(&recording, &plan).partitions[0].verdicts[0].clone()
    };
    let unknown = judged(1);
    assert_eq!(unknown.outcome, Outcome::Unknown);
    assert_eq!(unknown.sentence, "flight missed 1 of 2 deadlines, at most 1 allowed, but the trace lost events");
    assert_eq!(judged(0).outcome, Outcome::Broken);
}

#[test]
fn a_run_that_did_not_end_leaves_its_end_unknown() {
    let mut plan = plan(&["flight"]);
    plan.partitions[0].expect = Expect { misses: None, end: Some(End::PowerOff), ..MISSES };
    let mut recording = recording(0, vec![life(1, LifeStep::Started)]);
    recording.ended = false;
    let report = measure(&recording, &plan);
    assert_eq!((report.outcome(), report.orderly), (Outcome::Unknown, false));
}
