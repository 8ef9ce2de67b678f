//! Counters by place in the source, summed over all instantiations.
//!
//! The form is that of `llvm-cov export` (LLVM's documentation, "llvm-cov export"): per function regions
//! `[line, column, line, column, count, file, expanded file, kind]` and branches with two counts; per file
//! segments `[line, column, count, has count, is entry, is gap]`, from which the count of a line follows.

use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// First line and column, last line and column.
pub(in crate::certify) type Span = (usize, usize, usize, usize);
/// A region of plain code; others are gaps, skipped text and expansions.
const CODE: u64 = 0;

/// Counts by file, relative to the crate, or for shared files to the workspace.
#[derive(Default)]
pub(super) struct Merged {
    lines: BTreeMap<String, BTreeMap<usize, u64>>,
    regions: BTreeMap<String, BTreeMap<Span, u64>>,
    branches: BTreeMap<String, BTreeMap<Span, (u64, u64)>>,
}

impl Merged {
    /// Files in the first of `roots` that holds them are called by their path below it; others are left out.
    pub(super) fn of(exported: &Value, roots: &[&Path]) -> Result<Self> {
        let data = exported["data"].get(0).context("llvm-cov exported nothing")?;
        let mut merged = Self::default();
        for file in data["files"].as_array().into_iter().flatten() {
            if let Some(path) = inside(&file["filename"], roots) {
                merged.lines.insert(path, lines(&file["segments"]));
            }
        }
        for function in data["functions"].as_array().into_iter().flatten() {
            merged.add(function, roots);
        }
        Ok(merged)
    }

    fn add(&mut self, function: &Value, roots: &[&Path]) {
        let names = &function["filenames"];
        let path = |index: u64| inside(&names[usize::try_from(index).ok()?], roots);
        for region in rows(&function["regions"]) {
            if let [.., count, file, _, CODE] = region[..]
                && let (Some(path), Some(span)) = (path(file), span(&region))
            {
                let sum = self.regions.entry(path).or_default().entry(span).or_default();
                *sum = sum.saturating_add(count);
            }
        }
        for branch in rows(&function["branches"]) {
            if let [.., yes, no, file, _, _] = branch[..]
                && let (Some(path), Some(span)) = (path(file), span(&branch))
            {
                let sum = self.branches.entry(path).or_default().entry(span).or_default();
                *sum = (sum.0.saturating_add(yes), sum.1.saturating_add(no));
            }
        }
    }

    /// Files of which something was executed.
    pub(super) fn executed(&self) -> impl Iterator<Item = &str> {
        let hit = self.lines.iter().filter(|(_, lines)| lines.values().any(|count| *count > 0));
        hit.map(|(file, _)| file.as_str())
    }

    /// Lines that have a count.
    pub(super) fn lines(&self, file: &str) -> impl Iterator<Item = (usize, u64)> {
        self.lines.get(file).into_iter().flatten().map(|(line, count)| (*line, *count))
    }

    /// The count of one line, if it has one.
    pub(super) fn line(&self, file: &str, line: usize) -> Option<u64> {
        self.lines.get(file)?.get(&line).copied()
    }

    pub(super) fn regions(&self, file: &str) -> impl Iterator<Item = (Span, u64)> {
        self.regions.get(file).into_iter().flatten().map(|(span, count)| (*span, *count))
    }

    pub(super) fn branches(&self, file: &str) -> impl Iterator<Item = (Span, (u64, u64))> {
        self.branches.get(file).into_iter().flatten().map(|(span, counts)| (*span, *counts))
    }
}

/// The file's path below the first root that holds it.
fn inside(name: &Value, roots: &[&Path]) -> Option<String> {
    let path = Path::new(name.as_str()?);
    let below = roots.iter().find_map(|root| path.strip_prefix(root).ok())?;
    Some(below.to_string_lossy().replace('\\', "/"))
}

/// Rows of numbers; anything else in a row counts as 1 or 0.
fn rows(value: &Value) -> Vec<Vec<u64>> {
    let number = |cell: &Value| cell.as_u64().unwrap_or(u64::from(cell.as_bool() == Some(true)));
    let row = |row: &Value| row.as_array().into_iter().flatten().map(number).collect();
    value.as_array().into_iter().flatten().map(row).collect()
}

fn span(row: &[u64]) -> Option<Span> {
    let at = |index: usize| usize::try_from(*row.get(index)?).ok();
    Some((at(0)?, at(1)?, at(2)?, at(3)?))
}

/// The counts of lines, by the rule of LLVM's reports: the largest count of what begins on the line, else of
/// what reaches into it.
fn lines(segments: &Value) -> BTreeMap<usize, u64> {
    let segments = rows(segments);
    let mut counts = BTreeMap::new();
    let last = segments.iter().filter_map(|segment| usize::try_from(segment[0]).ok()).max().unwrap_or(0);
    let mut rest = segments.iter().peekable();
    let mut wrapped: Option<&Vec<u64>> = None;
    for line in 1..=last {
        let mut here = Vec::new();
        while let Some(segment) = rest.next_if(|segment| segment[0] == line as u64) {
            here.push(segment);
        }
        if let Some(count) = line_count(wrapped, &here) {
            counts.insert(line, count);
        }
        wrapped = here.last().copied().or(wrapped);
    }
    counts
}

fn line_count(wrapped: Option<&Vec<u64>>, here: &[&Vec<u64>]) -> Option<u64> {
    let [has_count, is_entry, is_gap] = [3, 4, 5].map(|index| move |segment: &Vec<u64>| segment.get(index) == Some(&1));
    let begins: Vec<u64> =
        here.iter().filter(|one| !is_gap(one) && has_count(one) && is_entry(one)).map(|one| one[2]).collect();
    let skipped = here.first().is_some_and(|one| !has_count(one) && is_entry(one));
    let around = wrapped.filter(|one| has_count(one));
    if begins.is_empty() && (skipped || around.is_none()) {
        return None;
    }
    let count = around.map_or(0, |one| one[2]);
    Some(begins.into_iter().fold(count, u64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn exported() -> Value {
        let segments = json!([
            [1, 1, 3, true, true, false],
            [2, 5, 0, true, true, false],
            [2, 9, 3, true, false, false],
            [4, 2, 0, false, false, false],
            [6, 1, 0, true, true, false],
            [7, 2, 0, false, false, false]
        ]);
        let one = |a: u64, b: u64| {
            json!({"filenames": ["/c/src/a.rs"], "regions": [[1, 1, 4, 2, a, 0, 0, 0],
            [2, 5, 2, 9, b, 0, 0, 0], [1, 1, 1, 2, 9, 0, 0, 3]], "branches": [[1, 4, 1, 8, a, b, 0, 0, 4]]})
        };
        json!({"data": [{"files": [{"filename": "/c/src/a.rs", "segments": segments},
            {"filename": "/other/b.rs", "segments": segments}], "functions": [one(3, 0), one(0, 2)]}]})
    }

    #[test]
    fn instantiations_are_summed_by_place() {
        let merged = Merged::of(&exported(), &[Path::new("/c"), Path::new("/")]).expect("it is sound");
        let regions: Vec<_> = merged.regions("src/a.rs").collect();
        assert_eq!(regions, [((1, 1, 4, 2), 3), ((2, 5, 2, 9), 2)]);
        assert_eq!(merged.branches("src/a.rs").collect::<Vec<_>>(), [((1, 4, 1, 8), (3, 2))]);
        assert_eq!(merged.lines("other/b.rs").count(), 6, "a file of another crate is called by its whole path");
        assert_eq!(merged.lines("b.rs").count(), 0);
    }

    #[test]
    fn a_line_counts_by_what_begins_on_it_or_reaches_into_it() {
        let merged = Merged::of(&exported(), &[Path::new("/c"), Path::new("/")]).expect("it is sound");
        let lines: Vec<_> = merged.lines("src/a.rs").collect();
        assert_eq!(lines, [(1, 3), (2, 3), (3, 3), (4, 3), (6, 0), (7, 0)]);
    }
}
