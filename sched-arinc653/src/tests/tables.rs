//! Which tables are valid, and that a large one is searched rightly.

use super::*;
use crate::plan::Plan;
use crate::{MOST_WINDOWS, validate};
use proptest::prelude::*;
use sched::{Duration, Instant, Refused, Row};

fn refusal(frame: u64, windows: &[Window]) -> Option<(u8, (u16, u16))> {
    validate(&params(frame), windows).err().map(|Refused { key, at, .. }| (key, at))
}

// [ARINC-R-13]
#[test]
fn each_rule_can_fail_and_names_the_windows_at_fault() {
    let good = [window(0, 0, 10), window(1, 10, 10)];
    assert_eq!(refusal(20, &good), None);
    assert_eq!(refusal(20, &[good[0], window(1, 9, 2)]), Some((1, (0, 1))));
    assert_eq!(refusal(20, &[good[1], good[0], window(1, 9, 1)]), Some((1, (1, 2))));
    assert_eq!(refusal(19, &good), Some((2, (1, 1))));
    assert_eq!(refusal(20, &[good[0], window(1, 10, 0)]), Some((2, (1, 1))));
    assert_eq!(refusal(20, &[good[0], window(1, 20, 1)]), Some((1, (1, 1))));
    assert_eq!(refusal(20, &[good[0].on(CpuSet::EMPTY)]), Some((3, (0, 0))));
    assert_eq!(refusal(20, &[]), Some((0, Refused::NOWHERE)));
    assert_eq!(refusal(0, &good), Some((0, Refused::NOWHERE)));
}

// [ARINC-R-13]
#[test]
fn lengths_that_overflow_in_the_sum_are_refused() {
    let half = Window::new(Group(0), ns(1 << 63), ns(1 << 63));
    assert!(validate(&params(20), &[half]).is_err());
    let long = Window::new(Group(0), ns(1), ns(u64::MAX));
    assert!(validate(&params(20), &[long]).is_err());
}

// [ARINC-R-13]
#[test]
fn the_rules_hold_within_each_schedule() {
    let first = window(0, 0, 10);
    let wrong = PoolParams { schedule: 1, ..params(20) };
    assert_eq!(validate(&wrong, &[first]).map_err(|refused| refused.key), Err(1));
    assert_eq!(refusal(20, &[first, first.of(8)]), Some((4, (1, 1))));
    assert_eq!(refusal(20, &[first, first.of(1)]), None);
    assert_eq!(refusal(20, &[first.of(1), window(0, 5, 10).of(1), window(0, 0, 1)]), Some((1, (0, 1))));
}

// [ARINC-R-13]
#[test]
fn windows_on_different_pcpus_may_overlap() {
    let side = |cpu: u8| window(cpu.into(), 0, 10).on(on(cpu));
    assert_eq!(refusal(20, &[side(0), side(1)]), None);
    assert_eq!(refusal(20, &[side(0), side(1), window(2, 9, 1)]), Some((1, (0, 2))));
    // Which window ends too late for which one: of two that start together, the first of the table.
    let numbers = |windows: &[Window]| validate(&params(20), windows).map_err(|refused| (refused.needs, refused.has));
    assert_eq!(numbers(&[window(0, 5, 3), window(1, 5, 2)]), Err((8 * MS, 5 * MS)));
    assert_eq!(numbers(&[window(0, 5, 3), window(1, 2, 4)]), Err((6 * MS, 5 * MS)));
}

// [ARINC-R-13]
#[test]
fn a_thousand_windows_that_fill_the_frame_are_accepted_and_one_more_is_not() {
    let full: Vec<_> = (0..MOST_WINDOWS as u64).map(|k| window(0, k, 1)).collect();
    let frame = MOST_WINDOWS as u64;
    assert_eq!(refusal(frame, &full), None);
    assert!(refusal(frame, &full[1..]).is_none());
    let more: Vec<_> = (0..=frame).map(|k| window(0, k, 1)).collect();
    assert_eq!(refusal(frame + 1, &more), Some((0, Refused::NOWHERE)));
}

// [ARINC-R-13]
#[test]
fn a_window_outside_the_pool_is_refused() {
    let windows = std::vec![window(0, 0, 5), window(1, 5, 5).on(on(4))];
    let refused = Arinc653::new(std::vec![Slot::EMPTY; 2], windows, params(20), cpus(2), at(0)).unwrap_err();
    assert_eq!(refused.at, (1, 1));
}

// [ARINC-R-14]
#[test]
fn rows_are_exact() {
    let one = window(3, 4, 5).on(on(2)).of(2);
    assert_eq!((one.group(), one.start(), one.length()), (Group(3), ns(4 * MS), ns(5 * MS)));
    assert_eq!((one.cpus(), one.schedule()), (on(2), 2));
    let mut row = [0; 5];
    one.write(&mut row);
    assert_eq!(Window::read(&row), Ok(one));
    assert_eq!(Window::read(&[0, 1, 2, u64::MAX]).unwrap().cpus(), CpuSet::ALL);
    assert!(PoolParams::read(&[0]).is_err());
    assert_eq!(PoolParams::read(&[20 * MS]), Ok(params(20)));
    for slack in [Slack::Idle, Slack::Next] {
        let pool = PoolParams { schedule: 7, slack, lateness_limit: ns(5), ..params(20) };
        let mut row = [0; 4];
        pool.write(&mut row);
        assert_eq!(PoolParams::read(&row), Ok(pool));
    }
}

// [ARINC-R-14]
#[test]
fn rows_end_with_the_last_schedule_and_the_longest_frame() {
    const DAY: u64 = 86_400_000_000_000;
    assert_eq!(Window::read(&[0, 0, DAY, 1, 7]), Ok(Window::new(Group(0), ns(0), ns(DAY)).on(on(0)).of(7)));
    for wrong in [[1 << 16, 0, 1, 1, 0], [0, DAY + 1, 1, 1, 0], [0, 0, DAY + 1, 1, 0], [0, 0, 1, 1, 8]] {
        assert!(Window::read(&wrong).is_err(), "{wrong:?}");
    }
    assert!(PoolParams::read(&[1_000]).is_ok() && PoolParams::read(&[DAY, 7, 1, DAY]).is_ok());
    for wrong in [[999, 0, 0, 0], [DAY + 1, 0, 0, 0], [1_000, 8, 0, 0], [1_000, 0, 2, 0], [1_000, 0, 0, DAY + 1]] {
        assert!(PoolParams::read(&wrong).is_err(), "{wrong:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    // [ARINC-R-03] [ARINC-R-07]
    #[test]
    fn the_index_agrees_with_a_plain_search(
        raw in prop::collection::vec((0u16..4, 0u64..60, 1u64..6, 1u64..16), 1..40), now in 0u64..200, from in 0usize..40,
    ) {
        let mut windows: Vec<Window> = Vec::new();
        for (group, start, length, mask) in raw {
            windows.push(window(group, start, length).on(CpuSet::from_bits(mask)));
            if validate(&params(64), &windows).is_err() {
                windows.pop();
            }
        }
        prop_assume!(!windows.is_empty());
        let plan = Plan::new(windows.clone(), params(64), cpus(4)).unwrap();
        windows.sort_by_key(Window::start);
        runs_hold_what_they_should(&plan, &windows)?;
        let phase = ns(now % 64 * MS);
        for cpu in (0..4).map(Cpu) {
            let ahead = (from..windows.len()).find(|at| windows[*at].cpus().contains(cpu));
            prop_assert_eq!(plan.ahead(from, cpu).map(usize::from), ahead);
            let last = (0..windows.len()).rev().find(|at| windows[*at].cpus().contains(cpu) && windows[*at].start() <= phase);
            prop_assert_eq!(plan.last_started(phase, cpu).map(usize::from), last);
        }
        for group in (0..5).map(Group) {
            prop_assert_eq!(plan.next_in(group, at(now * MS)), plain_next(&windows, group, now));
        }
    }
}

/// The pCPUs of each run are those of its windows and no others, so that no search enters a run for nothing.
fn runs_hold_what_they_should(plan: &Plan<Vec<Window>>, sorted: &[Window]) -> Result<(), TestCaseError> {
    let cpus = |run: &[Window]| run.iter().fold(CpuSet::EMPTY, |cpus, window| cpus.or(window.cpus()));
    for at in 0..sorted.len() {
        let ahead = if at == 0 { sorted.len() } else { 1 << at.trailing_zeros() };
        let behind = 1 << (at + 1).trailing_zeros();
        let window = plan.at(at as u16);
        prop_assert_eq!(window.ahead, cpus(&sorted[at..sorted.len().min(at + ahead)]));
        prop_assert_eq!(window.behind, cpus(&sorted[at + 1 - behind..=at]));
    }
    Ok(())
}

fn plain_next(windows: &[Window], group: Group, now: u64) -> Instant {
    let mine = || windows.iter().filter(|window| window.group() == group);
    let (frame, phase) = (now / 64 * 64 * MS, ns(now % 64 * MS));
    if mine().any(|window| window.start() <= phase && phase < window.end()) {
        return at(now * MS);
    }
    let starts =
        mine().map(|window| if window.start() > phase { window.start() } else { window.start() + ns(64 * MS) });
    starts.min().map_or(Instant::MAX, |start: Duration| at(frame) + start)
}
