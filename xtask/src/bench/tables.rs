//! The verb `bench tables`: figures of a run in the documents, between marks, beside those of others.
//!
//! The rows that the tables show are kept in `docs/bench/results.json`, and a test holds the documents to them: a
//! figure that somebody typed does not stand.

use super::load;
use crate::arch::Arch;
use crate::cli::TablesArgs;
use crate::marks;
use crate::workspace;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use timing_tests::bench::rivals::Promise;
use timing_tests::bench::{self, Key, Results, Rivals, Row, Thousandths};

/// The rows, from the project's root.
const ROWS: &str = "docs/bench/results.json";
/// The documents, and whether they show only the titles of [`SHORT`].
const DOCUMENTS: &[(&str, bool)] = &[("README.md", true), ("docs/src/timing.md", false)];
/// What the short table shows.
const SHORT: &[&str] = &[
    "null hypercall, round trip",
    "virtual timer to guest vector, guest running",
    "yield and switch to another partition",
    "release jitter of a 1 ms task, 10 % load, 3 hogs",
    "deadlines that the same task misses",
    "first hypervisor instruction to first guest instruction",
];
const BEGIN: &str = "<!-- figures: made by `cargo xtask bench tables` -->\n";
const END: &str = "<!-- end of the figures -->\n";

/// The verb.
pub(super) fn run(arguments: &TablesArgs) -> Result<ExitCode> {
    let (mut results, _) = load(&arguments.results)?;
    let rivals = Rivals::known();
    results.rows.retain(|row| rivals.figures.iter().any(|promise| on_any(promise, &row.key)));
    workspace::write(&file(ROWS), bench::write(&results).as_bytes())?;
    for (document, short) in DOCUMENTS {
        let text = String::from_utf8(workspace::read(&file(document))?)?;
        let filled =
            fill(&text, &table(&results, &rivals, *short)).with_context(|| format!("{document} is not filled"))?;
        workspace::write(&file(document), filled.as_bytes())?;
        println!("{document} has the figures");
    }
    Ok(ExitCode::SUCCESS)
}

fn file(name: &str) -> PathBuf {
    workspace::root().join(Path::new(name))
}

/// The document with the table between its marks.
fn fill(document: &str, table: &str) -> Result<String> {
    marks::fill(document, (BEGIN, END), table)
}

/// The table in Markdown.
fn table(results: &Results, rivals: &Rivals, short: bool) -> String {
    let mut text = String::from("| | Xen 4.17 | KVM 6.1 | budget | AArch64 | x86-64 |\n|---|---|---|---|---|---|\n");
    let mut shown: Vec<&str> = Vec::new();
    for promise in &rivals.figures {
        let title = promise.title.as_str();
        if shown.contains(&title) || short && !SHORT.contains(&title) {
            continue;
        }
        shown.push(title);
        let [xen, kvm] = ["Xen 4.17", "KVM 6.1"].map(|by| others(promise, by));
        let [arm, pc] = [Arch::Aarch64, Arch::X86_64].map(|arch| ours(promise, arch, results));
        let budget = budget(promise, rivals);
        text += &format!("| {title} | {xen} | {kvm} | {budget} | {arm} | {pc} |\n");
    }
    text
}

/// The figures of another hypervisor, with their circumstances.
fn others(promise: &Promise, by: &str) -> String {
    let one = |other: &bench::rivals::Other| {
        let note = other.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        separated(Thousandths::whole(other.value)) + &note
    };
    promise.others.iter().filter(|other| other.by == by).map(one).collect::<Vec<_>>().join(", ")
}

/// The budget, and that of the PC if it has one of its own.
fn budget(promise: &Promise, rivals: &Rivals) -> String {
    let usual = separated(Thousandths::whole(promise.budget));
    let own = rivals.figures.iter().find(|other| other.title == promise.title && other.arch != promise.arch);
    let own = own.map(|own| format!("; PC {}", separated(Thousandths::whole(own.budget)))).unwrap_or_default();
    usual + &own
}

/// What was measured on an architecture: the worst figure under each scheduler, or one if they are the same.
fn ours(promise: &Promise, arch: Arch, results: &Results) -> String {
    let promise = Promise { arch: arch.name().into(), ..promise.clone() };
    let mut worst: BTreeMap<&str, Thousandths> = BTreeMap::new();
    for row in results.rows.iter().filter(|row| promise.covers(&row.key) && is_of_same(&promise, row)) {
        let Some(figure) = row.figures.get(promise.statistic) else { continue };
        let entry = worst.entry(row.key.scheduler.as_str()).or_insert(figure);
        *entry = figure.max(*entry);
    }
    let mut figures: Vec<_> = worst.into_iter().collect();
    if figures.iter().all(|(_, figure)| Some(figure) == figures.first().map(|(_, first)| first)) {
        return figures.pop().map(|(_, figure)| separated(figure)).unwrap_or_default();
    }
    figures.iter().map(|(name, figure)| format!("{} ({name})", separated(*figure))).collect::<Vec<_>>().join(", ")
}

/// A promise with a shorter subject is not about rows that another one is more exactly about.
fn is_of_same(promise: &Promise, row: &Row) -> bool {
    let arm = Key { arch: Arch::Aarch64.name().into(), ..row.key.clone() };
    Rivals::known().about(&arm).is_none_or(|most_exact| most_exact.title == promise.title)
}

fn on_any(promise: &Promise, key: &Key) -> bool {
    Promise { arch: key.arch.clone(), ..promise.clone() }.covers(key)
}

/// With a comma before each three digits, decimals only if there are some.
fn separated(figure: Thousandths) -> String {
    let text = figure.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, "000"));
    let mut digits = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            digits.push(',');
        }
        digits.push(digit);
    }
    if decimals.trim_end_matches('0').is_empty() {
        digits
    } else {
        format!("{digits}.{}", decimals.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_show_the_figures_that_are_kept() {
        let (results, whole) = load(&file(ROWS)).expect("the rows");
        assert!(whole && !results.rows.is_empty());
        for (document, short) in DOCUMENTS {
            let text = String::from_utf8(workspace::read(&file(document)).expect("there")).expect("text");
            let made = fill(&text, &table(&results, &Rivals::known(), *short)).expect("marks");
            assert!(made == text, "{document} is not what `cargo xtask bench tables {ROWS}` makes of it");
        }
    }

    #[test]
    fn large_numbers_are_readable() {
        assert_eq!(separated(Thousandths(1_234_567_000)), "1,234,567");
        assert_eq!(separated(Thousandths(52_500)), "52.5");
    }

    #[test]
    fn the_short_table_names_what_there_is() {
        let rivals = Rivals::known();
        assert!(SHORT.iter().all(|title| rivals.figures.iter().any(|promise| promise.title == *title)));
    }
}
