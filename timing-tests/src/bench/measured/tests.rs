//! The rows of small runs against the reports of the same runs.

use super::{drift, measured};
use crate::bench::testing::setting;
use crate::bench::{Row, Thousandths, Unit};
use crate::metrics::Slope;
use crate::testing::{Script, at, complete, key, plan, recording, start, task, values};
use crate::{Plan, measure};
use abi::hypercall::{mark, value};
use sched::Key;
use trace::event::Stat;
use trace::{Event, Recording};

const POOL: &[Key] = &[key("major_frame")];
const ENTRY: &[Key] = &[key("partition"), key("start"), key("length")];

/// Ten frames with one window each, 9 jobs, a value, and the boot.
fn example() -> (Recording, Plan) {
    let mut plan = plan(&["flight"]);
    plan.pools[0].params = Some(values(POOL, &[1000]));
    plan.pools[0].table = vec![values(ENTRY, &[0, 0, 800])];
    let mut script = Script::default();
    let mut events = vec![task(0, 1000, 1000, 500)];
    for frame in 0..10 {
        script.pick_due(frame * 1000 + 30 + frame, 0, Some(0), Some(frame * 1000));
        script.pick(frame * 1000 + 800, 0, None);
    }
    for job in 0..9 {
        let release = (job + 1) * 1000;
        events.push(start(job, release, release + 50 + job));
        events.push(complete(job, release + 500, release + if job == 3 { 600 } else { 400 }));
    }
    events.extend(script.events());
    let (now, total) = (at(9_999), [value::NULL_HYPERCALL, 371_234, 10_000]);
    events.push(Event::Mark { now, partition: 0, vcpu: 0, kind: mark::VALUE as u8, task: 0, args: total });
    events.push(Event::Stat { now, stat: Stat::BootTime as u16, value: 812_345 });
    (recording(10_000, events), plan)
}

fn find<'a>(rows: &'a [Row], subject: &str, quantity: &str) -> &'a Row {
    rows.iter().find(|row| row.key.subject == subject && row.key.quantity == quantity).unwrap()
}

fn rows() -> Vec<Row> {
    let (recording, plan) = example();
    measured(&recording, &plan, &setting("bench", "arinc653"))
}

#[test]
fn a_task_has_the_figures_of_its_report() {
    let (recording, plan) = example();
    let (rows, report) = (rows(), measure(&recording, &plan));
    let task = &report.partitions[0].tasks[0];
    for (quantity, spread) in [("latency", task.latency.unwrap()), ("response", task.response.unwrap())] {
        let row = find(&rows, "task flight.0.0", quantity);
        let order = row.figures.order.as_ref().unwrap();
        let has = (row.figures.n, order.min, order.p50, order.p99, order.max);
        assert_eq!(has, (spread.count, spread.min, spread.p50, spread.p99, spread.max), "{quantity}");
        assert_eq!((row.unit, row.exact, row.config.as_str()), (Unit::VirtualNs, true, "000000000000feed"));
    }
    assert_eq!(find(&rows, "task flight.0.0", "jitter").figures.mean, Thousandths::whole(8));
    assert_eq!(find(&rows, "task flight.0.0", "misses").figures.mean, Thousandths::whole(1));
}

#[test]
fn a_window_has_every_start_and_its_drift() {
    let rows = rows();
    let subject = "window main[0] cpu0 of flight";
    let errors = &find(&rows, subject, "start error").figures;
    assert_eq!((errors.n, errors.order.as_ref().unwrap().max), (10, 39));
    assert_eq!(find(&rows, subject, "drift per frame").figures.mean, Thousandths::whole(1));
    assert_eq!(find(&rows, subject, "skipped").figures.mean, Thousandths::whole(0));
}

#[test]
fn a_guests_mean_and_the_boot_have_rows() {
    let rows = rows();
    let cost = &find(&rows, "null hypercall, flight.0", "cost").figures;
    assert_eq!((cost.n, cost.mean, &cost.order), (10_000, Thousandths(37_123), &None));
    assert_eq!(find(&rows, "hypervisor", "boot").figures.mean, Thousandths::whole(812_345));
    assert!(rows.iter().all(|row| row.key.quantity != "code"), "nobody measured it");
}

#[test]
fn marks_that_contradict_one_another_say_nothing_about_misses() {
    let (mut recording, plan) = example();
    recording.rings[0].events.push(start(0, 7, 9_000));
    let rows = measured(&recording, &plan, &setting("bench", "arinc653"));
    assert!(rows.iter().all(|row| row.key.quantity != "misses"));
}

#[test]
fn nothing_repeats_in_real_time_but_sizes() {
    let (mut recording, plan) = example();
    recording.unit = trace::Unit::RealTime;
    let rows = measured(&recording, &plan, &setting("bench", "arinc653"));
    assert!(rows.iter().all(|row| !row.exact && (row.unit == Unit::Ns || row.unit == Unit::Count)));
}

#[test]
fn an_empty_run_has_no_rows_of_what_did_not_happen() {
    let rows = measured(&recording(10, vec![]), &plan(&[]), &setting("bench", "null"));
    assert_eq!(rows, vec![]);
}

#[test]
fn only_no_drift_is_no_drift() {
    for (rise, run, thousandths) in [(0, 1, 0), (1, 1_000_000_000, 1), (-7, 2, 3500), (i128::MIN, 1, u64::MAX)] {
        assert_eq!(drift(Slope { rise, run }), Thousandths(thousandths), "{rise}/{run}");
    }
}
