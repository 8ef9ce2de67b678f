//! One broken file for each kind of error, and the exact message that it gives.
//!
//! `BLESS=1 cargo test -p config --test messages` writes the messages; read them before committing.

mod common;

use std::path::{Path, PathBuf};
use std::{env, fs};

use common::{Fake, KNOWN};

/// The broken files, by paths that are the same on every machine.
fn broken() -> Vec<PathBuf> {
    let files = fs::read_dir("tests/bad").expect("tests/bad is there").map(|file| file.expect("readable").path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    files
}

/// What is said of a file: its report, or its warnings. Only those about images need images.
fn said(file: &Path) -> (bool, String) {
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let result = match name.starts_with("image_") {
        true => config::load(file, &mut Fake),
        false => config::check(file, KNOWN, config::Arch::default()),
    };
    match result {
        Ok(loaded) => (true, loaded.warnings.to_string()),
        Err(report) => (false, report.to_string()),
    }
}

#[test]
fn each_broken_file_gives_its_exact_message() {
    let files = broken();
    assert!(files.len() >= 36, "only {} kinds of errors are tested", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let (accepted, text) = said(&file);
        let doubtful = file.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("warning_"));
        assert_eq!(accepted, doubtful, "{}:\n{text}", file.display());
        assert!(!text.is_empty(), "{} gives no message", file.display());
        let golden = file.with_extension("txt");
        if env::var_os("BLESS").is_some() {
            fs::write(&golden, &text).expect("writable");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if text != expected {
            wrong.push(format!("{} gives\n{text}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let report =
        config::check(Path::new("tests/none.toml"), &[], config::Arch::default()).expect_err("missing").to_string();
    assert!(report.contains("`tests/none.toml` cannot be read"), "{report}");
}

#[test]
fn every_message_names_file_line_and_column() {
    for file in broken() {
        let (_, text) = said(&file);
        let place = format!("--> {}:", file.display());
        let after = text.split(&place).nth(1).unwrap_or_default();
        let mut numbers = after.lines().next().unwrap_or_default().split(':').map(str::parse::<u32>);
        assert!(matches!((numbers.next(), numbers.next()), (Some(Ok(_)), Some(Ok(_)))), "{text}");
    }
}
