//! Each fault is found and named; without one there is silence.

use super::super::{answers, asked, page};
use super::*;

const ASKED: &str = r#"
[[family]]
prefix = "G"
title = "Every policy"
policies = ["one", "two"]
[[family.case]]
id = "G01"
level = "regression"
given = "any run"
then = "all is well"
[[family.case]]
id = "G02"
level = "better"
given = "another run"
then = "all is better"

[[family]]
prefix = "C2"
title = "two"
policies = ["two"]
setting = "On Sundays."
[[family.case]]
id = "C201"
level = "better"
given = "two of them"
then = "half each"
"#;

const ONE: &str = r#"
[[case]]
id = "G01"
test = "well"
[[case]]
id = "G02"
not_applicable = "there is no other run"
"#;

const TWO: &str = r#"
[[case]]
id = "G01"
test = "well"
[[case]]
id = "G02"
superseded = "one run is better than two"
[[case]]
id = "C201"
test = "c201_half"
"#;

fn policy(name: &str, text: &str) -> Answers {
    let tests = ["well", "c201_half"].map(String::from).into();
    Answers { policy: name.into(), answers: answers::parse(text).expect("answers"), tests }
}

fn asked(text: &str) -> Vec<Family> {
    asked::parse(text).expect("cases")
}

/// What is wrong when `from` stands as `to` in the questions, or in the answers of both.
fn with(from: &str, to: &str) -> Vec<String> {
    assert!(ASKED.contains(from) || ONE.contains(from) || TWO.contains(from), "{from} is nowhere");
    let [asked_, one, two] = [ASKED, ONE, TWO].map(|text| text.replace(from, to));
    faults(&asked(&asked_), &[policy("one", &one), policy("two", &two)])
}

#[test]
fn what_fits_together_has_no_fault() {
    assert_eq!(with("well", "well"), [""; 0]);
}

#[test]
fn a_test_that_is_not_there_is_a_fault() {
    assert_eq!(with("c201_half", "c201_third"), ["two has no test `c201_third`, which C201 names"]);
}

#[test]
fn a_case_without_an_answer_is_a_fault_and_the_sum_shows_it_too() {
    let found = with("[[case]]\nid = \"C201\"\ntest = \"c201_half\"\n", "");
    let missing = "two says nothing about C201: add it to its behaviour.toml";
    assert_eq!(found, [missing, "two answers 0 of the 1 cases C2.."]);
}

#[test]
fn an_unknown_id_and_one_that_concerns_others_are_faults() {
    let unknown = with("[[case]]\nid = \"G02\"\nnot_applicable", "[[case]]\nid = \"G09\"\nnot_applicable");
    assert_eq!(unknown[0], "one answers G09, which is unknown");
    let others = with("[[case]]\nid = \"G02\"\nnot_applicable", "[[case]]\nid = \"C201\"\nnot_applicable");
    assert_eq!(others[0], "one answers C201, which does not concern it");
    assert_eq!(others.len(), 3, "{others:?}");
}

#[test]
fn two_answers_to_one_case_are_a_fault_and_the_sum_shows_it_too() {
    let found =
        with("not_applicable = \"there is no other run\"", "test = \"well\"\n[[case]]\nid = \"G02\"\ntest = \"well\"");
    assert_eq!(found, ["one answers G02 twice", "one answers 3 of the 2 cases G.."]);
}

#[test]
fn an_answer_is_one_of_three() {
    let none = with("superseded = \"one run is better than two\"", "");
    assert!(none[0].starts_with("two answers G02 with none or several"), "{none:?}");
    assert_eq!(none[1..], ["two answers 1 of the 2 cases G.."]);
    let several = with("superseded = ", "test = \"well\"\nsuperseded = ");
    assert!(several[0].starts_with("two answers G02 with none or several"), "{several:?}");
    assert!(answers::parse(&ONE.replace("not_applicable", "skipped")).is_err());
}

#[test]
fn a_reason_has_to_explain() {
    assert_eq!(with("there is no other run", "none"), ["one gives no reason why G02 has no test"]);
}

#[test]
fn questions_have_faults_too() {
    let ids = with("id = \"C201\"", "id = \"C2-1\"");
    assert_eq!(ids, ["`C2-1` is not `C2` and two digits"]);
    assert_eq!(with("\"half each\"", "\" \""), ["C201 does not say what is given, or what then must be seen"]);
    assert_eq!(with("[\"two\"]", "[\"two\", \"three\"]"), ["the cases C2.. concern `three`, which is no policy"]);
    let twice = with(
        "then = \"all is well\"\n[[family.case]]\nid = \"G02\"",
        "then = \"all is well\"\n[[family.case]]\nid = \"G01\"",
    );
    assert_eq!(twice[0], "G01 is asked twice");
    assert!(asked::parse(&ASKED.replace("better\"", "best\"")).is_err());
}

#[test]
fn the_page_has_every_case_every_answer_and_the_sums() {
    let page = page::render(&asked(ASKED), &[policy("one", ONE), policy("two", TWO)]);
    for text in [
        "\n## Every policy\n\n**G01** (regression). Given any run: all is well.\n\n- one, two: `well`\n",
        "\n- one: *not applicable*: there is no other run\n- two: *superseded*: one run is better than two\n",
        "\n## two\n\nOn Sundays.\n\n**C201** (better). Given two of them: half each.\n\n- two: `c201_half`\n",
        "\n| G | one | 1 | 0 | 1 | 2 |\n| G | two | 1 | 1 | 0 | 2 |\n| C2 | two | 1 | 0 | 0 | 1 |\n",
    ] {
        assert!(page.contains(text), "{text} is not in:\n{page}");
    }
}
