//! The specification as it stands, and tables that are broken in one place each.

use super::{FILE, judge, read};
use crate::workspace;
use timing_tests::bench::{About, Figures, Results, Row, Setting, Unit};

const TABLE: &str = "# Promises\n\n\
| Architecture | Scenario | Scheduler | Subject | Quantity | Figure | Limit | Unit |\n\
|---|---|---|---|---|---|---|---|\n\
| aarch64 | calls | rtds | null hypercall | cost | mean | ≤ 56 | virtual ns |\n\
| aarch64 | fleet | each | hypervisor | partitions that boot | max | ≥ 1024 | count |\n\n| a | b |\n";

fn row(scenario: &str, subject: &str, quantity: &str, value: u64) -> Row {
    let (arch, scheduler, command) = ("aarch64".into(), "rtds".into(), "cargo xtask bench".into());
    let setting = Setting { arch, scenario: scenario.into(), scheduler, command };
    setting.row(7, subject, quantity, Unit::VirtualNs, Figures::of_value(value))
}

fn verdict(rows: Vec<Row>) -> Result<usize, String> {
    let promises = read(TABLE).expect("a sound table");
    judge(&Results { about: About::default(), rows }, &promises).map_err(|error| error.to_string())
}

#[test]
fn a_figure_at_its_limit_holds() {
    assert_eq!(verdict(vec![row("calls", "null hypercall, solo.0", "cost", 56)]), Ok(1));
    assert_eq!(verdict(vec![row("fleet", "hypervisor", "partitions that boot", 1024)]), Ok(1));
}

#[test]
fn a_figure_above_its_limit_is_named_with_the_way_to_measure_it() {
    let sentence = verdict(vec![row("calls", "null hypercall, solo.0", "cost", 57)]).expect_err("too much");
    for part in ["null hypercall, solo.0", "the mean is 57 virtual ns", "promised is 56;", "`cargo xtask bench`"] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
    assert!(verdict(vec![row("fleet", "hypervisor", "partitions that boot", 1023)]).is_err());
}

#[test]
fn a_figure_that_is_missing_does_not_hold() {
    let sentence = verdict(vec![row("calls", "another call, solo.0", "cost", 1)]).expect_err("missing");
    assert!(sentence.contains("was not measured"), "{sentence}");
    assert!(verdict(vec![row("other", "null hypercall", "cost", 1)]).is_err(), "nothing was measured");
}

#[test]
fn a_table_that_is_not_understood_is_refused() {
    for (from, to) in
        [("mean", "meen"), ("≤ 56", "< 56"), ("≤ 56", "≤ many"), (" | virtual ns", ""), ("Architecture", "A")]
    {
        assert!(read(&TABLE.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn the_specification_is_understood() {
    let bytes = workspace::read(&workspace::root().join(FILE)).expect("the file");
    assert!(read(&String::from_utf8_lossy(&bytes)).expect("sound").len() > 10);
}
