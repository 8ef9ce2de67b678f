//! A small crate that is complete, and what happens when something is taken away.

use super::*;
use crate::certify::source::parse_for_tests;

const CODE: &str = "// [X-R-01]\npub fn one() {}\n// [X-R-02]\npub fn two() {}\n#[cfg(test)]\nmod tests {\n\
                    // [X-R-01]\n#[test]\nfn first() {}\n// [X-R-02]\n#[test]\nfn second() {}\n#[test]\nfn third() {}\n}\n";
const DECLARED: &str = "[[requirement]]\nid = \"X-R-01\"\ntext = \"One shall run.\"\nsource = \"s\"\n\
                        [[requirement]]\nid = \"X-R-02\"\ntext = \"Two shall run.\"\nsource = \"s\"\n\
                        [[supporting]]\ntest = \"tests::third\"\nreason = \"layout\"\n";
const RAN: [&str; 3] = ["tests::first", "tests::second", "tests::third"];

fn missing(code: &str, declared: &str, passed: &[&str]) -> Vec<String> {
    let files = [parse_for_tests("src/lib.rs", code, &[], false)];
    let tests = passed.iter().map(|name| (name.to_string(), Outcome::Passed)).collect();
    let declared = toml::from_str(declared).expect("it is TOML");
    Matrix::of(&declared, &Ran { tests, ..Ran::default() }, &files).missing
}

#[test]
fn a_complete_crate_misses_nothing() {
    assert_eq!(missing(CODE, DECLARED, &RAN), Vec::<String>::new());
}

#[test]
fn a_removed_test_is_noticed() {
    let code = CODE.replace("// [X-R-02]\n#[test]\nfn second() {}\n", "");
    assert_eq!(missing(&code, DECLARED, &["tests::first", "tests::third"]), ["X-R-02 has no test that passed"]);
}

#[test]
fn a_test_that_did_not_run_is_noticed() {
    let found = missing(CODE, DECLARED, &["tests::first", "tests::third"]);
    assert_eq!(found, ["X-R-02 has no test that passed", "the test tests::second has a tag but did not run"]);
}

#[test]
fn a_removed_requirement_is_noticed() {
    let (first, _) = DECLARED.split_once("[[requirement]]\nid = \"X-R-02\"").expect("it is there");
    let declared = format!("{first}[[supporting]]\ntest = \"tests::third\"\nreason = \"layout\"\n");
    assert_eq!(
        missing(CODE, &declared, &RAN),
        ["the tag X-R-02 names no requirement (two (src/lib.rs:3), tests::second)"]
    );
}

#[test]
fn a_removed_tag_in_the_code_is_noticed() {
    let code = CODE.replacen("// [X-R-01]\n", "", 1);
    assert_eq!(missing(&code, DECLARED, &RAN), ["X-R-01 has no tag in the code"]);
}

#[test]
fn a_test_without_a_purpose_is_noticed_and_so_is_an_idle_entry() {
    let declared = DECLARED.replace("tests::third", "tests::fourth");
    let found = missing(CODE, &declared, &RAN);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("tests::third traces to no requirement") && found[1].contains("`tests::fourth`"));
}

#[test]
fn tests_that_a_macro_makes_are_declared() {
    let declared = format!("{DECLARED}[[generated]]\ntest = \"made::*\"\nrequirements = [\"X-R-02\"]\n");
    let mut ran = RAN.to_vec();
    ran.push("made::by_a_macro");
    assert_eq!(missing(CODE, &declared, &ran), Vec::<String>::new());
}

#[test]
fn a_shared_file_is_code_of_its_requirements() {
    let code = CODE.replacen("// [X-R-01]\n", "", 1);
    let declared = format!("{DECLARED}[[shared]]\nfile = \"s/src/a.rs\"\nrequirements = [\"X-R-01\"]\n");
    assert_eq!(missing(&code, &declared, &RAN), Vec::<String>::new());
    let idle = declared.replace("requirements = [\"X-R-01\"]", "requirements = []");
    assert_eq!(missing(CODE, &idle, &RAN), ["the shared file s/src/a.rs serves no requirement"]);
}
