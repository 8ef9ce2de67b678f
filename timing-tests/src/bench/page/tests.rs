//! Whole pages: well-formed, complete in themselves, small, equal for equal input, and safe from names.

mod markup;

use super::{CHARTS_MAX, Shown, TRACES_MAX, page};
use crate::Plan;
use crate::bench::testing::{results, row, samples};
use crate::bench::{Figures, Results, Rivals, Row, Unit};
use crate::testing::{Script, complete, key, plan, recording, start, task, values};
use markup::check;
use proptest::prelude::*;
use sched::Key;
use trace::Recording;

const POOL: &[Key] = &[key("major_frame")];
const ENTRY: &[Key] = &[key("partition"), key("start"), key("length")];
const HOSTILE: &str = "</title></script><script>alert('x')</script><b a=\"&\u{1}";

/// A run of so many frames of 1 ms with a window, a run and a job in each; every tenth is late.
fn run(name: &str, frames: u64) -> (Recording, Plan) {
    let mut plan = plan(&[name]);
    plan.pools[0].params = Some(values(POOL, &[1_000_000]));
    plan.pools[0].table = vec![values(ENTRY, &[0, 0, 800_000])];
    let mut script = Script::default();
    let mut events = vec![task(0, 1_000_000, 0, 900_000)];
    for frame in 0..frames {
        let began = frame * 1_000_000;
        script.pick_due(began + 112 + 16 * (frame % 3), 0, Some(0), Some(began));
        script.pick(began + 700_000, 0, None);
        let end = if frame % 10 == 5 { 950_000 } else { 600_000 };
        events.extend([start(frame, began, began + 200 + frame % 5), complete(frame, began + 900_000, began + end)]);
    }
    events.extend(script.events());
    (recording(frames * 1_000_000, events), plan)
}

fn rows(name: &str) -> Vec<Row> {
    let sized = |n: u64| row(&format!("pick at {n} vCPUs"), "cost", samples(&[100 + n, 120 + n]));
    let spread: Vec<u64> = (0..1000).map(|at| 96 + 16 * (at % 4) + if at == 7 { 5000 } else { 0 }).collect();
    vec![
        row(&format!("null hypercall, {name}.0"), "cost", Figures::of_total(390_000, 10_000).unwrap()),
        row(&format!("task {name}.0.0"), "latency", samples(&spread)),
        row(&format!("task {name}.0.1"), "latency", samples(&[112; 50])),
        row("yield and switch", "cost", Figures::of_value(798)),
        sized(10),
        sized(1000),
    ]
}

fn example(name: &str) -> String {
    let (recording, plan) = run(name, 100);
    let shown = Shown { name: format!("demo {name}"), recording: &recording, plan: &plan };
    page(&results(rows(name)), &[shown], &Rivals::known())
}

#[test]
fn a_page_is_well_formed_and_needs_nothing_else() {
    let page = example("flight");
    assert_eq!(check(&page), Ok(()));
    for outside in ["http:", "https:", "src=", "@import", "url(", "<link"] {
        // A namespace is a name, and nobody fetches it.
        let without = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!without.contains(outside), "{outside}");
    }
    assert_eq!(page, example("flight"), "equal input gives equal bytes");
}

#[test]
fn real_time_is_not_held_to_what_counts_instructions() {
    let real = Row { unit: Unit::Ns, ..row("null hypercall, flight.0", "cost", Figures::of_value(39_000)) };
    let page = page(&results(vec![real]), &[], &Rivals::known());
    for said in ["times of a real clock", "<small>ns mean</small>", "<strong>0</strong> over budget"] {
        assert!(page.contains(said), "{said} is missing");
    }
    assert!(!page.contains(">over<") && !page.contains("circle class=\"own\""), "{page}");
}

#[test]
fn without_any_figure_that_has_a_budget_there_is_no_table_of_budgets() {
    let page = page(&results(vec![row("vCPU flight.0", "shortfalls", Figures::of_value(1))]), &[], &Rivals::known());
    assert!(page.contains("Nothing that has a budget was measured.") && !page.contains("not measured"), "{page}");
}

#[test]
fn everything_that_was_asked_for_is_there() {
    let page = example("flight");
    for said in [
        "instructions, not times of hardware",
        "<b>39</b> <small>virtual ns mean</small>",
        "measured by us on the same emulator",
        "Histogram: samples of each size",
        "all 50 samples are <b>112</b>",
        "latency of task flight.0.0",
        "start error of window 0 of flight",
        "pick, cost against vCPUs",
        "000000000000feed",
        "cargo xtask bench --only bench",
        "0123abc",
        "7.2.19",
    ] {
        assert!(page.contains(said), "{said}");
    }
    for class in ["window", "run c0", "release", "deadline", "done", "miss"] {
        assert!(page.contains(&format!("<path class=\"{class}\" d=\"M")), "{class}");
    }
}

#[test]
fn the_timeline_is_exact() {
    let page = example("flight");
    // The first run, the first two releases, the first deadline, and the deadline that job 5 misses.
    for path in ["M112 11h699888v14H112z", "M0 4V28M1000000 4V28", "M900000 2V9", "M5900000 2V28"] {
        assert!(page.contains(path), "{path}");
    }
}

#[test]
fn names_are_text_and_nothing_else() {
    let page = example(HOSTILE);
    assert_eq!(check(&page), Ok(()));
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("alert('x')") && !page.contains('\u{1}'));
}

#[test]
fn nothing_at_all_gives_a_page_that_says_so() {
    let page = page(&results(vec![]), &[], &Rivals::known());
    assert_eq!(check(&page), Ok(()));
    assert!(page.contains("Nothing that has a budget was measured.") && page.contains("There are none."));
    let empty = recording(0, vec![]);
    let plan = plan(&[]);
    let page = super::page(
        &results(vec![]),
        &[Shown { name: "empty".into(), recording: &empty, plan: &plan }],
        &Rivals::known(),
    );
    assert!(check(&page).is_ok() && page.contains("There is nothing to be drawn"));
}

#[test]
fn much_is_cut_and_what_is_cut_is_said() {
    let (recording, plan) = run("flight", 4_000);
    let shown = || Shown { name: "long".into(), recording: &recording, plan: &plan };
    let traces: Vec<_> = (0..TRACES_MAX + 2).map(|_| shown()).collect();
    let spread: Vec<u64> = (0..100_000_u64).map(|at| at * at * 7919 % 10_000_000_019).collect();
    let many = (0..3_000).map(|at| row(&format!("task {at}"), "latency", samples(&spread[at..at + 700])));
    let page = page(&results(many.collect()), &traces, &Rivals::known());
    assert_eq!(check(&page), Ok(()));
    assert!(page.len() < 3 << 20, "{} bytes", page.len());
    for said in ["2 more traces", &format!("{} more distributions", 3_000 - CHARTS_MAX), "1000 more rows"] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn many_settings_partitions_and_long_names_stay_within_the_size() {
    let long = "x&".repeat(500);
    let one = |at: u64| {
        let mut row = row("null hypercall", &long, Figures::of_value(at));
        row.key.scenario = format!("{long}{at}");
        row.key.quantity = if at.is_multiple_of(2) { "cost".into() } else { long.clone() };
        row.command = format!("{at} {long}");
        row
    };
    let names: Vec<String> = (0..1_000).map(|at| format!("partition {at}")).collect();
    let plan = plan(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut script = Script::default();
    (0..1_000_u16).for_each(|at| script.pick(u64::from(at) * 1000, 0, Some(at)));
    let recording = recording(1_000_000, script.events());
    let shown = Shown { name: long.clone(), recording: &recording, plan: &plan };
    let page = page(&results((0..3_000).map(one).collect()), &[shown], &Rivals::known());
    assert_eq!(check(&page), Ok(()));
    assert!(page.len() < 3 << 20, "{} bytes", page.len());
    for said in ["1460 more settings", "936 more vCPUs", "2800 more commands"] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn real_time_is_not_called_virtual() {
    let mut real: Results = results(vec![row("a", "latency", samples(&[1, 2, 3]))]);
    real.rows[0].unit = Unit::Ns;
    let page = page(&real, &[], &Rivals::known());
    assert!(!page.contains("retires one instruction"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_names_and_samples_give_a_page(
        name in any::<String>(),
        some in prop::collection::vec(any::<u64>(), 1..60),
        shift in 0_u32..64,
    ) {
        let some: Vec<u64> = some.iter().map(|sample| sample >> shift).collect();
        let rows = vec![
            row(&name, &name, samples(&some)),
            row(&format!("{name} at 3 {name}"), &name, samples(&some)),
            row(&format!("{name} at 0 {name}"), &name, samples(&some)),
        ];
        let page = page(&results(rows), &[], &Rivals::known());
        prop_assert_eq!(check(&page), Ok(()));
        prop_assert!(!page.contains("NaN") && !page.contains("inf"));
    }
}
