//! A major frame of 1000 with windows [0, 400) of "flight" and [500, 900) of "linux".

use crate::{
    metrics::{WindowReport, measure},
    plan::Plan,
    testing::{Script, key, plan, recording, values},
};
use sched::{CpuSet, Key};

const POOL: &[Key] = &[key("major_frame")];
const ENTRY: &[Key] = &[key("partition"), key("start"), key("length"), key("cpus")];

pub(super) fn table_plan() -> Plan {
    let mut plan = plan(&["flight", "linux"]);
    plan.pools[0].params = Some(values(POOL, &[1000]));
    plan.pools[0].table = vec![values(ENTRY, &[0, 0, 400, u64::MAX]), values(ENTRY, &[1, 500, 400, u64::MAX])];
    plan
}

fn windows(end: u64, script: Script) -> Vec<WindowReport> {
    measure(&recording(end, script.events()), &table_plan()).windows
}

/// Both windows of every frame, the first one late by `late(frame)`.
fn frames(count: u64, late: impl Fn(u64) -> u64) -> Script {
    let mut script = Script::default();
    for frame in 0..count {
        let began = frame * 1000;
        script.pick_due(began + late(frame), 0, Some(0), Some(began));
        script.pick(began + 400, 0, None);
        script.pick_due(began + 507, 0, Some(1), Some(began + 500));
        script.pick(began + 900, 0, None);
    }
    script
}

#[test]
fn equal_errors_have_slope_zero() {
    let windows = windows(50_000, frames(50, |_| 12));
    let first = &windows[0];
    assert_eq!((first.started, first.idle, first.skipped, first.off_plan), (50, 0, 0, 0));
    assert_eq!((first.max_error, first.mean_error.as_deref()), (Some(12), Some("12.00")));
    assert_eq!(first.slope.unwrap().to_string(), "0");
    assert_eq!((windows[1].partition.as_str(), windows[1].max_error), ("linux", Some(7)));
}

#[test]
fn drift_is_seen_however_small() {
    let drifting = windows(50_000, frames(50, |frame| frame * 3));
    assert_eq!(drifting[0].slope.unwrap().to_string(), "3.000");
    assert_eq!(drifting[0].max_error, Some(147));
    assert_eq!(drifting[0].mean_error.as_deref(), Some("73.50"));
    let once = windows(50_000, frames(50, |frame| u64::from(frame == 49)));
    assert_ne!(once[0].slope.unwrap().to_string(), "0");
}

#[test]
fn the_first_start_follows_the_boot_and_is_no_drift() {
    let booted = windows(50_000, frames(50, |frame| if frame == 0 { 20 } else { 36 }));
    assert_eq!(booted[0].slope.unwrap().to_string(), "0");
    assert_eq!((booted[0].max_error, booted[0].mean_error.as_deref()), (Some(36), Some("35.68")));
    let second = windows(50_000, frames(50, |frame| if frame == 1 { 20 } else { 36 }));
    assert_ne!(second[0].slope.unwrap().to_string(), "0");
}

#[test]
fn skipped_and_idle_windows_are_told_apart() {
    let mut script = Script::default();
    script.pick_due(3, 0, Some(0), Some(0));
    script.pick(500, 0, None);
    script.pick(620, 0, Some(1));
    script.pick_due(3004, 0, Some(0), Some(3000));
    // Frames 1 and 2 have no pick at all; the second window of frame 3 is cut by the end.
    let windows = windows(3700, script);
    let count = |window: &WindowReport| (window.started, window.idle, window.skipped);
    assert_eq!(count(&windows[0]), (2, 0, 2));
    assert_eq!(count(&windows[1]), (0, 1, 2));
    assert_eq!(windows[1].max_error, None);
    assert!(windows[0].slope.is_none(), "one start after the first has no slope");
}

#[test]
fn a_start_that_is_not_in_the_table_is_counted() {
    let mut script = Script::default();
    script.pick_due(10, 0, Some(0), Some(5));
    assert_eq!(windows(1000, script)[0].off_plan, 1);
}

#[test]
fn each_pcpu_of_a_window_is_measured_for_itself() {
    let mut plan = table_plan();
    plan.pools[0].cpus = CpuSet::from_bits(3);
    plan.pools[0].table.truncate(1);
    let mut script = Script::default();
    script.pick_due(4, 0, Some(0), Some(0));
    script.pick_due(9, 1, Some(1), Some(0));
    let windows = measure(&recording(1000, script.events()), &plan).windows;
    let errors: Vec<_> = windows.iter().map(|window| (window.cpu, window.max_error)).collect();
    assert_eq!(errors, [(0, Some(4)), (1, Some(9))]);
}

#[test]
fn only_the_schedule_in_force_at_boot_is_measured() {
    const POOL: &[Key] = &[key("major_frame"), key("schedule")];
    const ENTRY: &[Key] = &[key("partition"), key("start"), key("length"), key("cpus"), key("schedule")];
    let mut plan = table_plan();
    plan.pools[0].params = Some(values(POOL, &[1000, 1]));
    let other = values(ENTRY, &[1, 0, 900, u64::MAX, 0]);
    plan.pools[0].table =
        vec![other, values(ENTRY, &[0, 0, 400, u64::MAX, 1]), values(ENTRY, &[1, 500, 400, u64::MAX, 1])];
    let windows = measure(&recording(50_000, frames(50, |_| 12).events()), &plan).windows;
    assert_eq!(windows.len(), 2);
    assert!(windows.iter().all(|window| (window.started, window.skipped, window.off_plan) == (50, 0, 0)));
}
