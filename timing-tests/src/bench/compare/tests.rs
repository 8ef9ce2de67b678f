//! Verdicts, and the text of a comparison.

use super::{Change, Difference, Verdict, apart, compare, render};
use crate::bench::testing::{about, results, row, samples};
use crate::bench::{About, Better, Figures, Results, Row, Statistic, Thousandths, Unit};
use proptest::prelude::*;

fn of_value(subject: &str, value: u64) -> Row {
    row(subject, "cost", Figures::of_value(value))
}

fn changes(old: &Results, new: &Results, tolerance: u64) -> (Vec<Change>, Verdict) {
    let comparison = compare(old, new, tolerance);
    (comparison.pairs.iter().map(|pair| pair.change).collect(), comparison.verdict())
}

#[test]
fn what_repeats_exactly_may_not_be_worse_at_all() {
    let old = results(vec![of_value("a", 1_000_000)]);
    for (value, change, verdict) in [
        (1_000_000, Change::Equal, Verdict::NoWorse),
        (1_000_001, Change::Worse(1), Verdict::Worse),
        (999_999, Change::Better(1), Verdict::NoWorse),
    ] {
        assert_eq!(changes(&old, &results(vec![of_value("a", value)]), 500_000), (vec![change], verdict));
    }
}

#[test]
fn real_time_may_differ_by_the_tolerance() {
    let real = |value| Row { unit: Unit::Ns, exact: false, ..of_value("a", value) };
    let old = results(vec![real(1000)]);
    for (value, change) in
        [(1050, Change::Equal), (1051, Change::Worse(51_000)), (950, Change::Equal), (949, Change::Better(51_000))]
    {
        assert_eq!(changes(&old, &results(vec![real(value)]), 50_000).0, [change], "{value}");
    }
}

#[test]
fn one_worse_figure_outweighs_better_ones() {
    let old = results(vec![row("a", "latency", samples(&[100, 100, 200]))]);
    let new = results(vec![row("a", "latency", samples(&[10, 10, 300]))]);
    let comparison = compare(&old, &new, 0);
    assert_eq!((comparison.pairs[0].decides, comparison.pairs[0].change), (Statistic::Max, Change::Worse(500_000)));
}

#[test]
fn where_more_is_better_less_is_worse() {
    let many = |value| Row { better: Better::Higher, ..of_value("partitions", value) };
    let old = results(vec![many(1000)]);
    assert_eq!(changes(&old, &results(vec![many(900)]), 0), (vec![Change::Worse(100_000)], Verdict::Worse));
    assert_eq!(changes(&old, &results(vec![many(1100)]), 0), (vec![Change::Better(100_000)], Verdict::NoWorse));
}

#[test]
fn what_cannot_be_judged_keeps_the_whole_from_being_judged() {
    let old = results(vec![of_value("a", 1), of_value("b", 2)]);
    let gone = results(vec![of_value("a", 1)]);
    assert_eq!(changes(&old, &gone, 0), (vec![Change::Equal, Change::Missing], Verdict::NotComparable));
    assert_eq!(changes(&gone, &old, 0), (vec![Change::Equal, Change::New], Verdict::NoWorse));
    let worse = results(vec![of_value("a", 3)]);
    assert_eq!(changes(&old, &worse, 0).1, Verdict::Worse, "what is known to be worse is worse");
    for (other, difference) in [
        (Row { unit: Unit::Ns, ..of_value("a", 1) }, Difference::Unit),
        (Row { better: Better::Higher, ..of_value("a", 1) }, Difference::Unit),
        (Row { config: "0000000000000bad".into(), ..of_value("a", 1) }, Difference::Config),
        (row("a", "cost", samples(&[1])), Difference::Samples),
    ] {
        let expected = (vec![Change::Different(difference)], Verdict::NotComparable);
        assert_eq!(changes(&gone, &results(vec![other]), 0), expected);
    }
}

#[test]
fn what_is_damaged_may_hide_a_row_that_is_worse_but_not_one_that_is_known() {
    let (old, worse) = (results(vec![of_value("a", 1)]), results(vec![of_value("a", 2)]));
    for (new, verdict) in [(&old, Verdict::NotComparable), (&worse, Verdict::Worse)] {
        let mut comparison = compare(&old, new, 0);
        comparison.whole = false;
        assert_eq!(comparison.verdict(), verdict);
    }
}

#[test]
fn nothing_in_common_is_no_success() {
    assert_eq!(changes(&results(vec![]), &results(vec![]), 0).1, Verdict::NotComparable);
    assert_eq!(changes(&results(vec![]), &results(vec![of_value("a", 1)]), 0).1, Verdict::NotComparable);
}

#[test]
fn a_comparison_is_printed_like_this() {
    let old = results(vec![
        of_value("null hypercall, solo.0", 39),
        row("task flight.0.0", "latency", samples(&[96, 112, 128])),
        of_value("yield and switch, pair.0", 550),
        row("task flight.0.0", "misses", Figures::of_value(0)),
        of_value("gone", 7),
    ]);
    let mut new = results(vec![
        of_value("null hypercall, solo.0", 39),
        row("task flight.0.0", "latency", samples(&[96, 112, 160])),
        of_value("yield and switch, pair.0", 495),
        row("task flight.0.0", "misses", Figures::of_value(2)),
        of_value("added", 7),
    ]);
    new.about = About { commit: "4567def".into(), ..about() };
    let text = render(&compare(&old, &new, 50_000));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bench/compare/example.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(file, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(file).unwrap());
    let book = include_str!("../../../../docs/src/guide/results.md");
    assert!(book.contains(&text), "the example of the book is an older one");
}

proptest! {
    #[test]
    fn no_distance_is_lost(before in any::<u64>(), after in any::<u64>()) {
        let by = apart(Thousandths(before), Thousandths(after));
        prop_assert_eq!(by == 0, before == after);
    }

    #[test]
    fn better_one_way_is_worse_the_other(values in prop::collection::vec((0_u64..50, 0_u64..50), 1..6)) {
        let side = |pick: fn(&(u64, u64)) -> u64| {
            results(values.iter().enumerate().map(|(at, pair)| of_value(&at.to_string(), pick(pair))).collect())
        };
        let (one, other) = (side(|pair| pair.0), side(|pair| pair.1));
        let (there, back) = (changes(&one, &other, 0).0, changes(&other, &one, 0).0);
        for (there, back) in there.iter().zip(&back) {
            let fits = match there {
                Change::Better(_) => matches!(back, Change::Worse(_)),
                Change::Worse(_) => matches!(back, Change::Better(_)),
                other => back == other,
            };
            prop_assert!(fits);
        }
    }
}
