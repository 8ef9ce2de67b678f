//! The verb `bench boards`: what boards measured, as the table in the page about hardware.
//!
//! Each board has a file with its rows, as `bench` wrote it. A test holds the table to these files: a figure that
//! somebody typed does not stand.

use super::document::fill;
use super::load;
use crate::cli::BoardsArgs;
use crate::workspace;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use timing_tests::bench::{self, Results, Row, Statistic, Thousandths, Unit};

/// The rows, one file for each board, from the project's root.
const FOLDER: &str = "docs/bench/boards";
const DOCUMENT: &str = "docs/hardware.md";
const MARK: &str = "boards: made by `cargo xtask bench boards`";
const HEAD: &str = "| machine | configuration | worst latency | misses | commit | file |\n|---|---|---|---|---|---|\n";
const NOBODY: &str = "| none yet | | | | | |\n";

/// The verb.
pub(super) fn run(arguments: &BoardsArgs) -> Result<ExitCode> {
    if let Some(file) = &arguments.results {
        let (results, _) = load(file)?;
        let real = results.rows.iter().any(|row| row.unit == Unit::Ns);
        ensure!(real, "no row of {} is in ns of a real clock; measure a board", workspace::shown(file));
        let kept = folder().join(file_name(&results.about.machine)?);
        workspace::make(&folder())?;
        workspace::write(&kept, bench::write(&results).as_bytes())?;
        println!("{} keeps its rows", workspace::shown(&kept));
    }
    let document = workspace::root().join(DOCUMENT);
    workspace::write(&document, filled()?.as_bytes())?;
    println!("{} has the table", workspace::shown(&document));
    Ok(ExitCode::SUCCESS)
}

fn folder() -> PathBuf {
    workspace::root().join(FOLDER)
}

/// The document with the table that the files make.
fn filled() -> Result<String> {
    let text = String::from_utf8(workspace::read(&workspace::root().join(DOCUMENT))?)?;
    fill(&text, MARK, &table(&kept()?)).with_context(|| format!("{DOCUMENT} is not filled"))
}

/// All boards by the names of their files.
fn kept() -> Result<BTreeMap<String, Results>> {
    let mut boards = BTreeMap::new();
    for entry in fs::read_dir(folder()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            boards.insert(name, load(&entry.path())?.0);
        }
    }
    Ok(boards)
}

/// A name that every file system takes.
fn file_name(machine: &str) -> Result<String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let words: String = machine.chars().map(plain).collect();
    let name = words.split_whitespace().collect::<Vec<_>>().join("-");
    ensure!(!name.is_empty(), "`{machine}` names no board; measure with `--board TEXT`");
    Ok(name + ".json")
}

fn table(boards: &BTreeMap<String, Results>) -> String {
    let lines: String = boards.iter().flat_map(|(file, results)| lines(file, results)).collect();
    String::from(HEAD) + if lines.is_empty() { NOBODY } else { &lines }
}

/// A line for each scenario and scheduler.
fn lines(file: &str, results: &Results) -> Vec<String> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
    for row in &results.rows {
        groups.entry((row.key.scenario.as_str(), row.key.scheduler.as_str())).or_default().push(row);
    }
    let cell = |text: &str| text.replace('|', "/").replace(['\n', '\r'], " ");
    let (machine, commit) = (cell(&results.about.machine), cell(&results.about.commit));
    let line = |((scenario, scheduler), rows): ((&str, &str), Vec<&Row>)| {
        let worst = most(&rows, "latency").map(|worst| format!("{worst} ns")).unwrap_or_default();
        let misses = most(&rows, "misses").map(|misses| misses.to_string()).unwrap_or_default();
        format!("| {machine} | {}, {} | {worst} | {misses} | {commit} | {file} |\n", cell(scenario), cell(scheduler))
    };
    groups.into_iter().map(line).collect()
}

/// The largest figure of a quantity.
fn most(rows: &[&Row], quantity: &str) -> Option<Thousandths> {
    let of = rows.iter().filter(|row| row.key.quantity == quantity);
    of.filter_map(|row| row.figures.get(Statistic::Max)).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use timing_tests::bench::{About, Figures, Setting};

    fn board(machine: &str) -> Results {
        let setting = Setting { scenario: "timer".into(), scheduler: "rtds".into(), ..Setting::default() };
        let row = |subject: &str, quantity: &str, unit, value| {
            setting.row(7, subject, quantity, unit, Figures::of_value(value))
        };
        let rows = vec![
            row("timer", "latency", Unit::Ns, 700),
            row("another timer", "latency", Unit::Ns, 900),
            row("task", "misses", Unit::Count, 2),
            row("hypervisor", "boot", Unit::Ns, 5000),
        ];
        Results { about: About { machine: machine.into(), commit: "0123abc".into(), ..About::default() }, rows }
    }

    #[test]
    fn the_page_about_hardware_has_the_table_that_the_files_make() {
        let text = String::from_utf8(workspace::read(&workspace::root().join(DOCUMENT)).expect("there")).expect("text");
        assert!(
            text == filled().expect("marks"),
            "{DOCUMENT} is not what `cargo xtask bench boards` makes of {FOLDER}"
        );
    }

    #[test]
    fn a_line_has_the_worst_of_its_runs() {
        let boards = BTreeMap::from([("a-board.json".to_string(), board("a board | two"))]);
        let line = "| a board / two | timer, rtds | 900 ns | 2 | 0123abc | a-board.json |\n";
        assert_eq!(table(&boards), format!("{HEAD}{line}"));
        assert_eq!(table(&BTreeMap::new()), format!("{HEAD}{NOBODY}"));
    }

    #[test]
    fn a_file_is_named_after_its_board() {
        assert_eq!(file_name("RK3399, 2 × A72 (1.8 GHz)").expect("a name"), "rk3399-2-a72-1-8-ghz.json");
        assert!(file_name("…").is_err());
    }
}
