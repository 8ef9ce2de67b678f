//! Where events are missing nothing is invented, and elsewhere everything is measured as if they were there.
//!
//! Tasks of period 100 and deadline 40 unless said otherwise, first release at 1000.

use super::windows::table_plan;
use crate::{
    metrics::{Outcome, Report, TaskReport, known::Known, measure},
    plan::Expect,
    testing::{Script, complete, life, plan, recording, start, task},
};
use proptest::prelude::*;
use trace::{Event, Loss, Recording, event::LifeStep, recording::when};

/// A pCPU that chooses at these instants, together with other events, in the order of time.
fn events(mut script: Script, picks: &[u64], mut others: Vec<Event>) -> Vec<Event> {
    picks.iter().for_each(|at| script.pick(*at, 0, Some(0)));
    others.extend(script.events());
    others.sort_by_key(|event| when(event).expect("an instant"));
    others
}

/// Jobs 0 to 9 of the task, each started after 3 and completed after 20, and a choice every 25.
fn jobs() -> Vec<Event> {
    let mut marks = vec![task(10, 100, 1000, 40)];
    for job in 0..10 {
        let release = 1000 + 100 * job;
        marks.extend([start(job, release, release + 3), complete(job, release + 40, release + 20)]);
    }
    events(Script::default(), &(0..80).map(|at| at * 25 + 1).collect::<Vec<_>>(), marks)
}

/// The recording without the events from one instant up to another.
fn without(mut recording: Recording, from: u64, to: u64) -> Recording {
    let ring = &mut recording.rings[0];
    let lost = |event: &Event| when(event).is_some_and(|at| (from..to).contains(&at.nanos()));
    let at = ring.events.iter().position(lost).expect("something to lose");
    let before = ring.events.len();
    ring.events.retain(|event| !lost(event));
    let events = (before - ring.events.len()) as u64;
    ring.losses.push(Loss { at, events });
    ring.dropped += events;
    recording
}

fn measured(recording: &Recording) -> Report {
    let mut plan = plan(&["flight"]);
    plan.partitions[0].expect = Expect { misses: Some(0), ..Expect::default() };
    measure(recording, &plan)
}

fn counts(task: &TaskReport) -> [u64; 6] {
    [task.due, task.starts, task.completions, task.misses, task.unknown, task.contradictions]
}

fn task_of(report: &Report) -> [u64; 6] {
    counts(&report.partitions[0].tasks[0])
}

#[test]
fn a_hole_costs_the_jobs_that_it_touches() {
    let whole = measured(&recording(2000, jobs()));
    assert_eq!(task_of(&whole), [10, 10, 10, 0, 0, 0]);
    // Known up to the choice at 1201, and from the next at 1351 on: job 2 has begun, job 3 lies inside.
    let holed = measured(&without(recording(2000, jobs()), 1202, 1350));
    assert_eq!(task_of(&holed), [9, 8, 8, 0, 2, 0]);
    assert_eq!((holed.measured, holed.unmeasured, holed.dropped), (1850, 150, 9));
    assert_eq!(holed.partitions[0].cpu_time, 1850 - 1, "the first choice is at 1");
    assert_eq!(holed.outcome(), Outcome::Unknown, "no pass on a part of the data");
    let sentence = &holed.partitions[0].verdicts[0].sentence;
    assert!(sentence.ends_with("missed 0 of 9 deadlines, at most 0 allowed, but the trace lost events"), "{sentence}");
}

#[test]
fn a_deadline_in_a_hole_is_neither_met_nor_missed() {
    // Job 0 has started when the hole begins, its completion is lost; it was early in the second case.
    let holed = measured(&without(recording(2000, jobs()), 1010, 1100));
    assert_eq!(task_of(&holed), [9, 9, 8, 0, 2, 0], "job 1 is released before the pCPU chooses anew at 1101");
    let early = measured(&without(recording(2000, jobs()), 1021, 1100));
    assert_eq!(task_of(&early), [9, 9, 9, 0, 1, 0]);
}

#[test]
fn a_miss_behind_a_hole_is_a_miss() {
    let mut late = jobs();
    late.retain(|event| *event != complete(8, 1840, 1820));
    let holed = measured(&without(recording(2000, late), 1202, 1350));
    assert_eq!(task_of(&holed), [9, 8, 7, 1, 2, 0]);
    assert_eq!(holed.outcome(), Outcome::Broken);
}

#[test]
fn a_partition_that_may_have_stopped_in_a_hole_missed_nothing_that_is_known() {
    let mut stopped = jobs();
    stopped.retain(|event| when(event).is_some_and(|at| at.nanos() < 1210) || !matches!(event, Event::Mark { .. }));
    stopped.push(life(1210, LifeStep::PowerOff));
    stopped.sort_by_key(|event| when(event).expect("an instant"));
    assert_eq!(task_of(&measured(&recording(2000, stopped.clone()))), [3, 3, 2, 0, 0, 0]);
    let holed = measured(&without(recording(2000, stopped), 1205, 1220));
    assert_eq!(task_of(&holed), [3, 3, 2, 0, 8, 0], "what the declaration would have asked for is unknown");
}

#[test]
fn a_declaration_made_in_a_hole_contradicts_nothing() {
    let mut again = jobs();
    again.retain(|event| when(event).is_some_and(|at| at.nanos() < 1410) || !matches!(event, Event::Mark { .. }));
    // Another first release: what follows the hole fits no job of the first declaration.
    again.extend([start(0, 1450, 1455), complete(0, 1490, 1460), start(1, 1550, 1551)]);
    again.extend([task(1600, 100, 1650, 40), start(0, 1650, 1650), complete(0, 1690, 1660)]);
    again.sort_by_key(|event| when(event).expect("an instant"));
    let holed = measured(&without(recording(1700, again), 1402, 1426));
    let [due, starts, completions, misses, _, contradictions] = task_of(&holed);
    assert_eq!([due, starts, completions, misses, contradictions], [6, 5, 5, 0, 0]);
}

#[test]
fn without_a_declaration_behind_a_hole_nothing_is_counted_or_blamed() {
    let mut undeclared = jobs();
    undeclared.retain(|event| *event != task(10, 100, 1000, 40));
    assert_eq!(task_of(&measured(&recording(2000, undeclared)))[5], 20, "with all events there the marks are wrong");
    let holed = measured(&without(recording(2000, jobs()), 2, 900));
    assert_eq!(task_of(&holed), [0; 6]);
}

#[test]
fn windows_are_started_idle_or_skipped_only_where_it_is_known() {
    let mut script = Script::default();
    for frame in 0..8 {
        script.pick_due(frame * 1000 + 7, 0, Some(0), Some(frame * 1000));
        script.pick_due(frame * 1000 + 507, 0, Some(1), Some(frame * 1000 + 500));
    }
    let whole = recording(8000, script.events());
    let windows = |recording: &Recording| {
        let all = measure(recording, &table_plan()).windows;
        all.iter().map(|window| (window.started, window.skipped, window.max_error)).collect::<Vec<_>>()
    };
    assert_eq!(windows(&whole), [(8, 0, Some(7)), (8, 0, Some(7))]);
    // The choices at 2007, 2507 and 3007 are lost; that at 3507 shows what runs, and may not be the first one there.
    assert_eq!(windows(&without(whole, 2000, 3500)), [(6, 0, Some(7)), (6, 0, Some(7))]);
}

proptest! {
    /// All samples of a stretch are there, and no others.
    #[test]
    fn each_stretch_has_the_samples_of_the_whole_trace(
        works in prop::collection::vec((0_u64..30, 1_u64..60), 10),
        holes in prop::collection::vec((100_u64..2000, 1_u64..300), 1..4),
    ) {
        let mut marks = vec![task(10, 100, 1000, 40)];
        for (job, (wait, work)) in (0..).zip(&works) {
            let (release, begun) = (1000 + 100 * job, 1000 + 100 * job + wait);
            marks.extend([start(job, release, begun), complete(job, release + 40, begun + work)]);
        }
        let all = events(Script::default(), &(0..80).map(|at| at * 25 + 1).collect::<Vec<_>>(), marks);
        let whole = recording(2000, all);
        let mut holed = whole.clone();
        for (from, length) in holes {
            let lost = |event: &Event| when(event).is_some_and(|at| (from..from + length).contains(&at.nanos()));
            if holed.rings[0].events.iter().any(lost) {
                holed = without(holed, from, from + length);
                holed.rings[0].losses = merged(&whole, &holed);
            }
        }
        let known = Known::of(&holed);
        let inside = |from: u64, to: u64| {
            (0..).map_while(|index| known.get(index)).any(|stretch| {
                let begins = if stretch.from.nanos() == 0 { 0 } else { stretch.from.nanos() + 1 };
                begins <= from && to <= stretch.to.nanos()
            })
        };
        let report = measured(&holed);
        let task = task_of(&report);
        let (mut started, mut completed, mut missed, mut met) = (0, 0, 0, 0);
        for (job, (wait, work)) in (0..).zip(&works) {
            let release = 1000 + 100 * job;
            let (late, done) = (wait + work > 40, inside(release, release + wait + work));
            started += u64::from(inside(release, release + wait));
            completed += u64::from(done);
            missed += u64::from(late && inside(release, release + 41));
            met += u64::from(!late && done);
        }
        let [_, starts, completions, misses, unknown, contradictions] = task;
        prop_assert_eq!((starts, completions, misses, contradictions), (started, completed, missed, 0));
        prop_assert_eq!(unknown, 10 - missed - met);
        // What ran is known in the measured time, but for that before the first choice.
        let boot = u64::from(inside(0, 1));
        prop_assert_eq!(report.partitions[0].cpu_time, report.measured - boot.min(report.measured));
        prop_assert_eq!(report.measured + report.unmeasured, 2000);
    }
}

/// Where the events of `holed` lack some of `whole`.
fn merged(whole: &Recording, holed: &Recording) -> Vec<Loss> {
    let (mut losses, mut at, mut events) = (Vec::new(), 0, 0);
    for event in &whole.rings[0].events {
        if holed.rings[0].events.get(at) == Some(event) {
            if events > 0 {
                losses.push(Loss { at, events });
            }
            (at, events) = (at + 1, 0);
        } else {
            events += 1;
        }
    }
    losses.extend((events > 0).then_some(Loss { at, events }));
    losses
}
