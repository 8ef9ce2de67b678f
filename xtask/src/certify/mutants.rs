//! Mutation: do the tests notice when the code is changed?
//!
//! cargo-mutants changes one thing at a time and runs the crate's unit tests. Results are kept as long as
//! the sources, the compiler and the tool are the same.

use super::argued::Arguments;
use super::origin;
use super::report::{Section, Table};
use super::subject::Subject;
use crate::process;
use crate::progress::Step;
use crate::setup::{self, toolchain};
use crate::workspace;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Tests that explore every sequence of calls take a minute each, too long for each mutant.
const EXPLORATION: &str = "every_sequence";
/// Random tests draw fewer cases here: each mutant runs them all.
const CASES: &str = "64";
const LIMIT: Duration = Duration::from_secs(6 * 3600);

/// The section.
pub(super) fn section(subject: &Subject, arguments: &mut Arguments) -> Result<Section> {
    let tool = setup::mutants()?;
    let folder = workspace::folder("certify")?.join(&subject.one.name).join("mutation");
    let key = key(subject, &tool)?;
    let kept = folder.join("key");
    let mut command = command(&tool, subject, &folder);
    if std::fs::read_to_string(&kept).ok().as_deref() != Some(&key) {
        let _ = std::fs::remove_dir_all(&folder);
        workspace::make(&folder)?;
        let _step = Step::begin(format!("Mutating {}", subject.one.name));
        let finished = process::capture(&mut command, LIMIT)?;
        // 2 and 3 say that mutants were missed or ran into the time limit: a result, not a failure.
        if !matches!(finished.code(), Some(0 | 2 | 3)) {
            anyhow::bail!("`{}` failed:\n{}{}", process::line(&command), finished.out, finished.err);
        }
        workspace::write(&kept, key.as_bytes())?;
    }
    let outcomes = workspace::read(&folder.join("mutants.out/outcomes.json"))?;
    let outcomes: Value = serde_json::from_slice(&outcomes).context("the outcomes of cargo-mutants cannot be read")?;
    Ok(judge(&outcomes, &subject.one.name, arguments).says(format!("Run by: {}", process::line(&command))))
}

fn command(tool: &Path, subject: &Subject, folder: &Path) -> Command {
    let mut command = Command::new(tool);
    command.args(["mutants", "--package", &subject.one.name, "--no-shuffle", "--colors=never", "--no-times"]);
    command.args(["--minimum-test-timeout", "20", "--output"]).arg(folder).args([
        "--",
        "--lib",
        "--",
        "--skip",
        EXPLORATION,
    ]);
    command.current_dir(workspace::root()).env("PROPTEST_CASES", CASES).env("CARGO", toolchain::host_cargo());
    command
}

/// What the outcome depends on.
fn key(subject: &Subject, tool: &Path) -> Result<String> {
    let mut key = String::new();
    for folder in [&subject.one.folder, &workspace::root().join("sched")] {
        key += &origin::hash(folder)?.0;
        key.push('\n');
    }
    for (program, arguments) in
        [(PathBuf::from("rustc"), &["-vV"][..]), (tool.to_path_buf(), &["mutants", "--version"])]
    {
        key += &process::checked(Command::new(program).args(arguments), process::LONG)?.out;
    }
    Ok(key)
}

fn judge(outcomes: &Value, package: &str, arguments: &mut Arguments) -> Section {
    let mut section = Section::new("mutation", "Mutation").says(
        "Each mutant is one change to the code; the crate's unit tests should notice it, without those that explore every sequence of calls. One that runs into the time \
         limit is noticed too, and one that does not compile is no mutant.",
    );
    let mut table = Table::new("survivors", "Mutants that no test noticed", &["mutant", "line", "argued"]);
    let (mut caught, mut slow, mut open) = (0, 0, 0);
    for outcome in outcomes["outcomes"].as_array().into_iter().flatten() {
        let Some(mutant) = outcome["scenario"].get("Mutant") else { continue };
        match outcome["summary"].as_str().unwrap_or_default() {
            "CaughtMutant" => caught += 1,
            "Timeout" => slow += 1,
            "MissedMutant" => {
                let (name, line) = describe(mutant, package);
                let argued = arguments.excuses_mutant(&name);
                open += usize::from(!argued);
                table.row(&[&name, &line, &if argued { "yes" } else { "no" }]);
            }
            _ => {}
        }
    }
    let all = caught + slow + table.rows.len();
    let score = 100.0 * (caught + slow) as f64 / (all.max(1)) as f64;
    section.text.push(format!(
        "{all} mutants: {caught} noticed, {slow} ran into the time limit, {} survived. Score: {score:.1} %.",
        table.rows.len()
    ));
    if all == 0 {
        section.miss("there was no mutant");
    }
    if open > 0 {
        section.miss(format!("{open} mutants survived without an argument"));
    }
    section.tables.push(table);
    section
}

/// The mutant without line numbers, which move, and its line.
fn describe(mutant: &Value, package: &str) -> (String, String) {
    let name = mutant["name"].as_str().unwrap_or_default();
    let name = name.strip_prefix(&format!("{package}/")).unwrap_or(name);
    let parts: Vec<&str> = name.splitn(4, ':').collect();
    match parts[..] {
        [file, line, _, rest] => (format!("{file}:{rest}"), line.to_string()),
        _ => (name.to_string(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_survivor_without_an_argument_is_missing_evidence() {
        let mutant = |name: &str, summary: &str| json!({"scenario": {"Mutant": {"name": name}}, "summary": summary});
        let outcomes = json!({"outcomes": [{"scenario": "Baseline", "summary": "Success"},
            mutant("sched-x/src/a.rs:3:7: replace < with <= in f", "MissedMutant"),
            mutant("sched-x/src/a.rs:4:7: replace + with - in f", "CaughtMutant"),
            mutant("sched-x/src/a.rs:5:7: replace f with ()", "Unviable")]});
        let section = judge(&outcomes, "sched-x", &mut Arguments::default());
        assert_eq!(section.missing, ["1 mutants survived without an argument"]);
        assert_eq!(section.tables[0].rows[0], ["src/a.rs: replace < with <= in f", "3", "no"]);
        assert!(section.text[1].contains("2 mutants: 1 noticed") && section.text[1].contains("50.0 %"));
    }
}
