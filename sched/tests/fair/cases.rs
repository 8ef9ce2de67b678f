//! Every acceptance case has one entry in `behaviour.toml`: its test, or why there is none.

use std::string::String;
use std::vec::Vec;

/// The value of `key = "value"` on a line.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim().strip_prefix('"')?.strip_suffix('"')
}

/// Checks `file` against the ids that must be in it and the text of the tests.
pub(crate) fn check(file: &str, ids: &[&str], tests: &str) {
    let mut found: Vec<String> = Vec::new();
    for entry in file.split("[[case]]").skip(1) {
        let field = |key| entry.lines().find_map(|line| value(line, key));
        let id = field("id").expect("an id");
        match (field("test"), field("disposition")) {
            (Some(test), None) => {
                assert!(test.starts_with(&id.to_lowercase()), "{test} is not named after {id}");
                assert!(tests.contains(&std::format!("#[test]\nfn {test}()")), "there is no test {test}");
            }
            (None, Some("superseded" | "not applicable")) => assert!(field("by").is_some(), "{id} needs a reason"),
            _ => panic!("{id} needs a test or a disposition"),
        }
        found.push(id.into());
    }
    let mut wanted: Vec<String> = ids.iter().map(|id| (*id).into()).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}
