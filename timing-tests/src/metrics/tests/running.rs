//! CPU time by the recorded choices, and the hypervisor's ledger beside it.

use crate::{
    metrics::{Report, measure},
    testing::{Script, plan, recording, times},
};
use sched::{Cpu, CpuSet};
use trace::Event;

fn measured(end: u64, script: Script, more: &[Event]) -> Report {
    let mut events = script.events();
    events.extend_from_slice(more);
    measure(&recording(end, events), &plan(&["flight", "linux"]))
}

fn cpu_times(report: &Report) -> Vec<u64> {
    report.partitions.iter().map(|partition| partition.cpu_time).collect()
}

#[test]
fn a_pre_empted_partition_is_charged_for_what_it_ran() {
    let mut script = Script::default();
    script.pick(100, 0, Some(1));
    script.pick(250, 0, Some(0));
    script.pick(300, 0, Some(1));
    script.pick(900, 0, None);
    let report = measured(1000, script, &[]);
    assert_eq!(cpu_times(&report), [50, 750]);
    assert_eq!(report.partitions[1].share, 750_000);
    assert_eq!((report.pools[0].busy, report.pools[0].calls), (800, 4));
}

#[test]
fn what_runs_at_the_end_is_cut_there() {
    let mut script = Script::default();
    script.pick(400, 0, Some(0));
    assert_eq!(cpu_times(&measured(1000, script, &[])), [600, 0]);
}

#[test]
fn a_blocked_vcpu_does_not_run_although_nobody_picked_yet() {
    let mut script = Script::default();
    script.pick(100, 0, Some(0));
    script.block(200, 0);
    script.pick(260, 0, Some(0));
    script.pick(300, 0, Some(0));
    script.block(500, 0);
    script.pick(500, 0, None);
    assert_eq!(cpu_times(&measured(1000, script, &[])), [100 + 240, 0]);
}

#[test]
fn two_pcpus_run_side_by_side() {
    let mut script = Script::default();
    script.pick(0, 0, Some(0));
    script.pick(10, 1, Some(1));
    let mut plan = plan(&["flight", "linux"]);
    plan.pools[0].cpus = CpuSet::from_bits(3);
    let report = measure(&recording(100, script.events()), &plan);
    assert_eq!(cpu_times(&report), [100, 90]);
    assert_eq!(report.pools[0].cpus, [Cpu(0).0, Cpu(1).0]);
}

#[test]
fn a_ledger_that_differs_is_reported_with_the_difference() {
    let run = |ledger| {
        let mut script = Script::default();
        script.pick(100, 0, Some(0));
        let report = measured(1000, script, &[times(0, 1000, [ledger, 0, 0, 100]), times(1, 1000, [0, 0, 0, 1000])]);
        [report.partitions[0].ledger_difference, report.partitions[1].ledger_difference]
    };
    assert_eq!(run(900), [Some(0), Some(0)]);
    assert_eq!(run(883), [Some(17), Some(0)]);
}

#[test]
fn a_ledger_written_after_the_end_is_compared_up_to_when_it_was_written() {
    let mut script = Script::default();
    script.pick(100, 0, Some(0));
    let report = measured(1000, script, &[times(0, 1010, [910, 0, 0, 100])]);
    assert_eq!(report.partitions[0].ledger_difference, Some(0));
    assert_eq!(report.partitions[0].cpu_time, 900);
}

#[test]
fn after_a_loss_nothing_is_measured_or_compared() {
    let mut script = Script::default();
    script.pick(100, 0, Some(0));
    script.pick(300, 0, None);
    let mut events = script.events();
    events.push(times(0, 1000, [777, 0, 0, 0]));
    let mut recording = recording(1000, events);
    recording.rings[0].events.pop();
    recording.rings[0].dropped = 5;
    let report = measure(&recording, &plan(&["flight"]));
    assert_eq!((report.measured, report.replayable, report.dropped), (300, false, 5));
    assert_eq!(report.partitions[0].ledger_difference, None);
    assert_eq!(report.partitions[0].share, 666_666);
}
