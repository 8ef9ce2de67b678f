//! Reads `behaviour.toml`: every acceptance case of the crate's families is tested, or says why not.

use std::collections::BTreeSet;
use std::path::Path;

/// Checks the cases of the crate in the folder `root`: each id of `families` stands in the list exactly once,
/// each test that it names exists, and each case without a test has a reason.
pub(crate) fn check(root: &str, families: &[(&str, &[u8])]) {
    let text = std::fs::read_to_string(Path::new(root).join("behaviour.toml")).expect("behaviour.toml");
    let tests = functions(&Path::new(root).join("src/tests"));
    let tests = &tests | &functions(&Path::new(root).join("tests"));
    let mut left: BTreeSet<String> = families
        .iter()
        .flat_map(|(family, numbers)| numbers.iter().map(move |number| format!("{family}{number:02}")))
        .collect();
    for case in text.split("[[case]]").skip(1) {
        let value = |key: &str| {
            let line = case.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
            line.map(|line| line.trim().trim_matches('"').to_string())
        };
        let id = value("id").expect("a case has an id");
        assert!(left.remove(&id), "{id} is unknown, or stands in the list twice");
        match value("disposition").as_deref() {
            Some("tested") => {
                let test = value("test").unwrap_or_else(|| panic!("{id} names no test"));
                assert!(tests.contains(&test), "{id}: there is no test `{test}`");
            }
            Some("superseded" | "not-applicable") => {
                assert!(value("reason").is_some_and(|reason| reason.len() > 10), "{id} gives no reason");
            }
            other => panic!("{id}: the disposition {other:?} is unknown"),
        }
    }
    assert!(left.is_empty(), "no word about {left:?}");
}

/// The names of the test functions in all files of `folder`.
fn functions(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.append(&mut functions(&entry.path()));
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        for after in text.split("#[test]").skip(1) {
            let name = after.split("fn ").nth(1).and_then(|rest| rest.split('(').next());
            found.extend(name.map(str::to_string));
        }
    }
    found
}
