//! Budgets, and rows that replace one another.

use super::testing::{results, row, samples};
use super::{Better, Budget, Figures, Statistic, Thousandths};

fn limit(statistic: Statistic, limit: u64) -> Option<Budget> {
    Some(Budget { statistic, limit: Thousandths::whole(limit) })
}

#[test]
fn a_budget_is_kept_up_to_its_limit() {
    let row = row("a", "latency", samples(&[10, 20, 30]));
    assert_eq!(row.in_budget(), None);
    for (statistic, most, kept) in [
        (Statistic::Max, 30, true),
        (Statistic::Max, 29, false),
        (Statistic::Mean, 20, true),
        (Statistic::P99, 29, false),
    ] {
        assert_eq!(row.clone().within(limit(statistic, most)).in_budget(), Some(kept), "{statistic:?} {most}");
    }
}

#[test]
fn a_budget_of_what_should_be_many_is_a_least() {
    let mut row = row("partitions", "boot", Figures::of_value(1024)).within(limit(Statistic::Max, 1024));
    row.better = Better::Higher;
    assert_eq!(row.in_budget(), Some(true));
    row.figures = Figures::of_value(1023);
    assert_eq!(row.in_budget(), Some(false));
}

#[test]
fn a_mean_does_not_say_whether_the_worst_was_in_budget() {
    let row = row("a", "cost", Figures::of_total(10, 10).unwrap());
    assert_eq!(row.clone().within(limit(Statistic::Max, 1000)).in_budget(), None);
    assert_eq!(row.within(limit(Statistic::Mean, 1000)).in_budget(), Some(true));
}

#[test]
fn the_last_row_of_a_key_counts() {
    let mut results = results(vec![row("a", "cost", Figures::of_value(1)), row("b", "cost", Figures::of_value(2))]);
    results.push(row("a", "cost", Figures::of_value(3)));
    let means: Vec<_> = results.rows.iter().map(|row| row.figures.mean).collect();
    assert_eq!(means, [Thousandths::whole(3), Thousandths::whole(2)]);
}
