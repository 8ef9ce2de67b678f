//! Lines as they are written, and what is no line.

use super::{LINE_MAX, TEXT_MAX, read, write};
use crate::bench::testing::{about, results, row, samples};
use crate::bench::{About, Budget, Figures, Results, Statistic, Thousandths};
use proptest::prelude::*;

fn example() -> Results {
    let budget = Budget { statistic: Statistic::P99, limit: Thousandths::whole(200) };
    let latency = row("task flight.0.0", "latency", samples(&[96, 112, 112, 4000]));
    let cost = row("null hypercall, solo.0", "cost", Figures::of_total(371_234, 10_000).unwrap());
    results(vec![latency.within(Some(budget)), cost])
}

#[test]
fn lines_are_written_like_this() {
    let text = write(&example());
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bench/store/example.json");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(file, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(file).unwrap());
}

#[test]
fn what_was_written_is_read() {
    let reading = read(&write(&example()));
    assert_eq!((reading.runs, reading.errors), (vec![example()], vec![]));
}

#[test]
fn runs_of_one_file_stay_apart_and_the_last_row_counts() {
    let mut newer = example();
    newer.about = About { commit: "4567def".into(), ..about() };
    let mut again = results(vec![row("task flight.0.0", "latency", samples(&[1]))]);
    again.about = newer.about.clone();
    let reading = read(&(write(&example()) + "\n" + &write(&newer) + &write(&again)));
    assert_eq!(reading.errors, vec![]);
    newer.rows[0] = again.rows[0].clone();
    assert_eq!(reading.runs, vec![example(), newer]);
}

#[test]
fn a_damaged_line_costs_only_itself_and_is_named() {
    let text = write(&example());
    let (first, second) = text.split_once('\n').unwrap();
    let long = format!("{{\"schema\":1,\"about\":\"{}\"}}", "x".repeat(LINE_MAX));
    let text_too_long = second.replace("a PC", &"x".repeat(TEXT_MAX + 1));
    let cases: [(&str, &str); 9] = [
        ("{", "it is no row: EOF"),
        (&first[..first.len() / 2], "it is no row: EOF"),
        (&first.replacen("\"schema\":1", "\"schema\":2", 1), "its form has version 2"),
        (&first.replacen("\"exact\"", "\"exakt\"", 1), "it is no row: unknown field `exakt`"),
        (&first.replacen("\"unit\":\"virtual ns\"", "\"unit\":\"miles\"", 1), "it is no row: unknown variant `miles`"),
        (&first.replacen("\"p50\":112", "\"p50\":95", 1), "its figures contradict one another"),
        (&first.replacen("\"n\":4", "\"n\":5", 1), "its figures contradict one another"),
        (&long, "it has 131"),
        (&text_too_long, "a text has 1025 bytes"),
    ];
    for (damaged, reason) in cases {
        let reading = read(&format!("{first}\n{damaged}\n{second}\n"));
        let errors: Vec<String> = reading.errors.iter().map(ToString::to_string).collect();
        assert!(errors.len() == 1 && errors[0].starts_with(&format!("line 2: {reason}")), "{errors:?}");
        assert_eq!(reading.runs, vec![example()], "{reason}");
    }
}

#[test]
fn numbers_that_are_none_are_refused() {
    let line = write(&results(vec![row("a", "cost", Figures::of_value(5))]));
    for wrong in ["\"NaN\"", "NaN", "5.000", "\"-5\"", "null", "\"1e3\""] {
        let reading = read(&line.replace("\"5.000\"", wrong));
        assert_eq!((reading.runs.len(), reading.errors.len()), (0, 1), "{wrong}");
    }
    assert_eq!(read(&line.replace("\"n\":1,", "\"n\":0,")).errors.len(), 1);
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in any::<String>(), cut in 0_usize..2000) {
        let line = write(&example());
        let cut = (0..=cut.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap();
        let reading = read(&format!("{}{text}", &line[..cut]));
        prop_assert!(reading.runs.len() <= 1);
    }

    #[test]
    fn any_names_and_samples_come_back(name in any::<String>(), some in prop::collection::vec(0_u64..1 << 53, 1..40)) {
        prop_assume!(name.len() <= TEXT_MAX);
        let results = results(vec![row(&name, "latency", samples(&some))]);
        let reading = read(&write(&results));
        prop_assert_eq!((reading.runs, reading.errors), (vec![results], vec![]));
    }
}
