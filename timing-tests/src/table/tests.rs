//! The whole table and the whole JSON of one small run, as they are printed.

use crate::{
    json,
    metrics::{Outcome, measure},
    plan::{End, Expect},
    table,
    testing::{Script, complete, key, life, plan, recording, start, task, times, values},
};
use sched::{Duration, Key, Service, Vcpu};
use trace::{
    Event, Recording,
    event::{LifeStep, Stat},
};

const POOL: &[Key] = &[key("major_frame")];
const ENTRY: &[Key] = &[key("partition"), key("start"), key("length")];

fn example() -> (Recording, crate::Plan) {
    let mut plan = plan(&["flight", "linux"]);
    plan.name = "flight-demo".into();
    plan.pools[0].scheduler = "arinc653".into();
    plan.pools[0].params = Some(values(POOL, &[20_000_000]));
    plan.pools[0].table = vec![values(ENTRY, &[0, 0, 8_000_000]), values(ENTRY, &[1, 8_000_000, 10_000_000])];
    plan.partitions[0].expect =
        Expect { misses: Some(0), jitter: Some(Duration::from_nanos(10)), end: Some(End::Running), restarts: None };
    let mut events = vec![life(0, LifeStep::Started), task(500, 20_000_000, 20_000_000, 20_000_000)];
    let mut script = Script::default();
    for frame in 0..10 {
        let began = frame * 20_000_000;
        script.pick_due(began + 128, 0, Some(0), Some(began));
        script.pick_due(began + 8_000_112, 0, Some(1), Some(began + 8_000_000));
        script.pick(began + 18_000_096, 0, None);
    }
    for job in 0..9 {
        let release = (job + 1) * 20_000_000;
        events.push(start(job, release, release + 320 + 16 * (job % 2)));
        events.push(complete(job, release + 20_000_000, release + 1_000_320));
    }
    events.extend(script.events());
    events.extend(ending());
    (recording(200_000_000, events), plan)
}

/// What the hypervisor and the guest give out last.
fn ending() -> Vec<Event> {
    let now = crate::testing::at(200_000_000);
    let service =
        Service { served: Duration::ZERO, shortfalls: 0, overruns: 0, worst_lateness: Duration::from_nanos(128) };
    let stat = |stat: Stat, value| Event::Stat { now, stat: stat as u16, value };
    vec![
        Event::Mark { now, partition: 0, vcpu: 0, kind: 3, task: 0, args: [1, 371_234, 10_000] },
        Event::Service { pool: 0, v: Vcpu(0), now, service },
        times(0, 200_000_000, [79_999_839, 0, 120_000_161, 0]),
        stat(Stat::BootTime, 812_345),
        stat(Stat::PartitionBytes, 40_001),
        stat(Stat::Partitions, 2),
        stat(Stat::Violations, 0),
    ]
}

#[test]
fn the_table_is_printed_like_this() {
    let (recording, plan) = example();
    let text = table::render(&measure(&recording, &plan));
    assert_eq!(text, include_str!("example.txt"));
    assert!(text.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn the_json_is_written_like_this() {
    let (recording, plan) = example();
    let report = measure(&recording, &plan);
    assert_eq!(json::render(&report), include_str!("example.json"));
    assert!(!json::render_line(&report).contains('\n'));
}

#[test]
fn a_run_with_losses_says_so_first() {
    let (mut recording, plan) = example();
    recording.rings[0].dropped = 7;
    recording.ended = false;
    let report = measure(&recording, &plan);
    let text = table::render(&report);
    assert_eq!(report.outcome(), Outcome::Broken);
    let lines: Vec<_> = text.lines().take(3).collect();
    assert_eq!(
        lines,
        [
            "flight-demo (plan 000000000000feed): 200 ms measured, times in virtual ns (instructions)",
            "NOT ORDERLY: the system did not end as it should; NOT REPLAYABLE: 7 events dropped, 0 ns not measured",
            "EXPECTATIONS BROKEN",
        ]
    );
}
