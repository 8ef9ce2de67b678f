//! Structural coverage of the crate by its own tests: lines, paths, branches, conditions.
//!
//! The compiler counts, LLVM's tools export, and [`merge`] judges each place of the source once, over all
//! instantiations of generic code.

mod merge;

use super::argued::{Arguments, What};
use super::crates;
use super::decisions::{self, Decision};
use super::report::{Section, Table};
use super::source::File;
use super::subject::Subject;
use crate::process;
use crate::progress::Step;
use crate::setup;
use crate::workspace;
use anyhow::{Context, Result, bail};
use merge::Merged;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The section.
pub(super) fn section(subject: &Subject, arguments: &mut Arguments) -> Result<Section> {
    let Ok(ran) = &subject.ran else { bail!("the tests could not be run") };
    let counters = ran.counters.as_ref().context("the tests ran without counters")?;
    let merged = Merged::of(&export(subject, counters, &ran.programs)?, &[&subject.one.folder, workspace::root()])?;
    let mut section = Section::new("coverage", "Structural coverage").says(
        "Lines: executed at least once. Paths: pieces of code inside a line (an arm, an early return, what follows a \
         question mark) executed at least once. Branches: each outcome taken. Conditions: each operand of a decision \
         with several, true and false. Generic code counts by its place in the source, over all instantiations. Code \
         for tests is not measured.",
    );
    let mut table =
        Table::new("coverage", "Coverage", &["file", "lines", "paths", "branch outcomes", "condition outcomes"]);
    let mut gaps = Table::new("uncovered", "What no test reaches", &["place", "what", "source", "argued"]);
    let mut total = Judged::default();
    for file in subject.product() {
        let judged = judge(file, &merged, &decisions::of(file), arguments, &mut gaps);
        section.missing.extend(unmeasured(file, &merged, arguments));
        table.row(&[&file.path, &judged.lines, &judged.paths, &judged.branches, &judged.conditions]);
        total.add(&judged);
    }
    section.missing.extend(unlisted(subject, &merged, &crates::parts()?));
    table.row(&[&"all", &total.lines, &total.paths, &total.branches, &total.conditions]);
    if total.lines.all == 0 {
        bail!("not one line of the crate has a counter");
    }
    let open = gaps.rows.iter().filter(|row| row.last().is_some_and(|argued| argued == "no")).count();
    if open > 0 {
        section.miss(format!("{open} places are neither covered nor argued (table \"What no test reaches\")"));
    }
    section.tables = vec![table, gaps];
    section.text.push(format!("Counted by: {}", ran.commands.join("; ")));
    Ok(section)
}

/// So many of so many.
#[derive(Clone, Copy, Default)]
struct Share {
    hit: usize,
    all: usize,
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = if self.all == 0 { 100.0 } else { 100.0 * self.hit as f64 / self.all as f64 };
        write!(f, "{} of {} ({percent:.1} %)", self.hit, self.all)
    }
}

impl Share {
    fn count(&mut self, hit: bool) {
        self.all += 1;
        self.hit += usize::from(hit);
    }
}

#[derive(Default)]
struct Judged {
    lines: Share,
    paths: Share,
    branches: Share,
    conditions: Share,
}

impl Judged {
    fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.lines, other.lines),
            (&mut self.paths, other.paths),
            (&mut self.branches, other.branches),
            (&mut self.conditions, other.conditions),
        ];
        for (to, from) in pairs {
            *to = Share { hit: to.hit + from.hit, all: to.all + from.all };
        }
    }
}

/// Judges one file, and lists its gaps.
fn judge(file: &File, merged: &Merged, decisions: &[Decision], arguments: &mut Arguments, gaps: &mut Table) -> Judged {
    let mut judged = Judged::default();
    let mut gap = |line: usize, what: What, shown: String| {
        let text = file.text(line);
        let argued = if arguments.excuses(&file.path, text, what) { "yes" } else { "no" };
        gaps.row(&[&format!("{}:{line}", file.path), &shown, &text, &argued]);
    };
    for (line, count) in merged.lines(&file.path).filter(|(line, _)| !file.is_for_tests(*line)) {
        judged.lines.count(count > 0);
        if count == 0 {
            gap(line, What::Line, "line".into());
        }
    }
    for (span, count) in merged.regions(&file.path).filter(|(span, _)| !file.is_for_tests(span.0)) {
        judged.paths.count(count > 0);
        // A path on a line that was never executed is said with the line.
        if count == 0 && merged.line(&file.path, span.0).is_some_and(|count| count > 0) {
            gap(span.0, What::Path, format!("path at column {}", span.1));
        }
    }
    for (span, (yes, no)) in merged.branches(&file.path).filter(|(span, _)| !file.is_for_tests(span.0)) {
        let among_several = decisions.iter().any(|decision| decision.holds(span));
        let what = if among_several { What::Condition } else { What::Branch };
        let share = if among_several { &mut judged.conditions } else { &mut judged.branches };
        for (outcome, count) in [("true", yes), ("false", no)] {
            share.count(count > 0);
            if count == 0 && merged.line(&file.path, span.0).is_some_and(|count| count > 0) {
                gap(span.0, what, format!("{what:?} at column {} never {outcome}", span.1).to_lowercase());
            }
        }
    }
    judged
}

/// Functions without a counter: not compiled, or compiled away. A default that a policy replaces is argued by its
/// first line.
fn unmeasured(file: &File, merged: &Merged, arguments: &mut Arguments) -> Vec<String> {
    let measured = |lines: (usize, usize)| (lines.0..=lines.1).any(|line| merged.line(&file.path, line).is_some());
    let mut found = Vec::new();
    for one in file.functions.iter().filter(|one| !one.for_tests && !measured(one.lines)) {
        let head = (one.lines.0..=one.lines.1).find(|line| file.text(*line).contains(&format!("fn {}", one.name)));
        let line = head.unwrap_or(one.lines.0);
        if !arguments.excuses(&file.path, file.text(line), What::Line) {
            found.push(format!("{}:{line}: `{}` has no counter, so nothing is known of it", file.path, one.name));
        }
    }
    found
}

/// Executed files of other crates that policies are made of, and that this one does not list.
fn unlisted(subject: &Subject, merged: &Merged, parts: &[PathBuf]) -> Vec<String> {
    let listed = |file: &str| subject.shared.iter().any(|shared| shared.path == file);
    let part = |file: &str| parts.iter().any(|part| Path::new(file).starts_with(part));
    let found = merged.executed().filter(|file| part(file) && !listed(file) && !file.ends_with("tests.rs"));
    found.map(|file| format!("{file} is executed as a part of the policy, and not listed as shared")).collect()
}

/// What LLVM's tools say, restricted to the crate and to what it shares.
fn export(subject: &Subject, counters: &Path, programs: &[PathBuf]) -> Result<Value> {
    let tools = setup::coverage_tools()?;
    let _step = Step::begin("Reading the counters");
    let merged = counters.with_extension("profdata");
    let raw = std::fs::read_dir(counters)?.flatten().map(|entry| entry.path());
    let mut merge = Command::new(tools.join("llvm-profdata"));
    merge.args(["merge", "-sparse", "-o"]).arg(&merged).args(raw);
    process::checked(&mut merge, process::LONG)?;
    let mut export = Command::new(tools.join("llvm-cov"));
    export.args(["export", "-format=text", "-instr-profile"]).arg(&merged);
    for (index, program) in programs.iter().enumerate() {
        if index > 0 {
            export.arg("-object");
        }
        export.arg(program);
    }
    export.arg("-sources").arg(subject.one.folder.join("src"));
    export.args(crates::parts()?.iter().map(|part| workspace::root().join(part)));
    let exported = process::checked(&mut export, process::LONG)?;
    serde_json::from_str(&exported.out).context("the answer of llvm-cov cannot be read")
}
