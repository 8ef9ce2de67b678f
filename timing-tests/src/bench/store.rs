//! Results as text: one line of JSON for each row.
//!
//! Each line stands for itself (it says what it is about), so lines of several runs can be appended to one file,
//! and a damaged line costs nothing but itself. Reading is strict and bounded: the text may be anything.

use super::{About, Results, Row};
use core::fmt;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The version of the form. Removing a key or changing its meaning raises it.
pub const SCHEMA: u32 = 1;
/// The longest line, in bytes.
pub const LINE_MAX: usize = 128 << 10;
/// The most rows of a file.
pub const ROWS_MAX: usize = 100_000;
/// The longest text in a row, in bytes.
pub const TEXT_MAX: usize = 1024;

/// A line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    schema: u32,
    about: Cow<'a, About>,
    row: Cow<'a, Row>,
}

/// What a text held.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reading {
    /// The runs, in the order of their first lines. A row that is there again counts as it stood last.
    pub runs: Vec<Results>,
    /// The lines that hold no row.
    pub errors: Vec<LineError>,
}

/// Why a line holds no row; its `Display` is a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for LineError {}

/// The rows as lines, each ended by a line feed: to be appended to a file. Equal results give equal bytes.
pub fn write(results: &Results) -> String {
    let about = Cow::Borrowed(&results.about);
    let line = |row| {
        let line = Line { schema: SCHEMA, about: about.clone(), row: Cow::Borrowed(row) };
        serde_json::to_string(&line).expect("every key is text and every number an integer") + "\n"
    };
    results.rows.iter().map(line).collect()
}

/// Reads lines; each that holds no row is an error with its number, and nothing else is lost. Blank lines count but
/// say nothing.
pub fn read(text: &str) -> Reading {
    let mut reading = Reading::default();
    let mut keys: Vec<BTreeSet<super::Key>> = Vec::new();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (rows, (index, line)) in lines.enumerate() {
        let fail = |reason| LineError { line: index + 1, reason };
        if rows == ROWS_MAX {
            reading.errors.push(fail(format!("there are more than {ROWS_MAX} rows; what follows is not read")));
            break;
        }
        match parse(line) {
            Ok((about, row)) => add(&mut reading.runs, &mut keys, about, row),
            Err(reason) => reading.errors.push(fail(reason)),
        }
    }
    reading
}

/// Puts a row to its run. Only a row whose key is known is searched for, or reading would take time in proportion
/// to the square of the rows.
fn add(runs: &mut Vec<Results>, keys: &mut Vec<BTreeSet<super::Key>>, about: About, row: Row) {
    let index = runs.iter().position(|run| run.about == about).unwrap_or_else(|| {
        runs.push(Results::new(about));
        keys.push(BTreeSet::new());
        runs.len() - 1
    });
    if keys[index].insert(row.key.clone()) {
        runs[index].rows.push(row);
    } else {
        runs[index].push(row);
    }
}

fn parse(line: &str) -> Result<(About, Row), String> {
    if line.len() > LINE_MAX {
        return Err(format!("it has {} bytes, more than {LINE_MAX}", line.len()));
    }
    // The version first: a line of another one may look different in all else.
    let Version { schema } = serde_json::from_str(line).map_err(|error| format!("it is no row: {error}"))?;
    if schema != SCHEMA {
        return Err(format!("its form has version {schema}; this tool knows version {SCHEMA}"));
    }
    let line: Line<'_> = serde_json::from_str(line).map_err(|error| format!("it is no row: {error}"))?;
    let (about, row) = (line.about.into_owned(), line.row.into_owned());
    if let Some(text) = texts(&about, &row).find(|text| text.len() > TEXT_MAX) {
        return Err(format!("a text has {} bytes, more than {TEXT_MAX}", text.len()));
    }
    if !row.figures.is_sound() {
        return Err("its figures contradict one another".into());
    }
    Ok((about, row))
}

/// The version of a line of any form.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

fn texts<'a>(about: &'a About, row: &'a Row) -> impl Iterator<Item = &'a String> {
    let key = [&row.key.arch, &row.key.scenario, &row.key.scheduler, &row.key.subject, &row.key.quantity];
    let rest = [&about.machine, &about.commit, &row.config, &row.command];
    key.into_iter().chain(rest).chain(about.versions.iter().flat_map(|(tool, version)| [tool, version]))
}

#[cfg(test)]
mod tests;
