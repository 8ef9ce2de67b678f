//! The report as plain values: sections with tables and with what is missing.
//!
//! One model, four forms: [`html`] and [`markdown`] for people, JSON and CSV for tools.

mod html;
mod markdown;
mod write;

pub(super) use write::write;

use anyhow::Error;
use serde::Serialize;

/// The evidence about one crate.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    pub(super) name: String,
    pub(super) version: String,
    /// How many of the crate's tests passed.
    pub(super) tests: u64,
    pub(super) sections: Vec<Section>,
}

/// One kind of evidence.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Section {
    /// A word for files and links.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What was done and what it shows, as paragraphs.
    pub(super) text: Vec<String>,
    pub(super) tables: Vec<Table>,
    /// What is missing, as sentences; with any of them the crate fails.
    pub(super) missing: Vec<String>,
    /// Why this run did not collect it.
    pub(super) left_out: Option<String>,
}

/// A table; also a CSV file of the same name.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) caption: String,
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Report {
    /// True if nothing is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.sections.iter().all(|section| section.missing.is_empty())
    }

    /// How many things are missing.
    pub(super) fn missing(&self) -> u64 {
        self.sections.iter().map(|section| section.missing.len() as u64).sum()
    }

    /// A line for each section, then what is missing.
    pub(super) fn summary(&self) -> String {
        let mut text = format!("{} {}\n", self.name, self.version);
        for section in &self.sections {
            text += &format!("  {:<12} {}\n", section.verdict(), section.title);
            text.extend(section.missing.iter().map(|sentence| format!("      - {sentence}\n")));
        }
        text
    }

    /// The verdict about the whole.
    pub(super) fn verdict(&self) -> &'static str {
        if self.is_complete() {
            "Nothing is missing in the sections that this run collected."
        } else {
            "Evidence is missing."
        }
    }
}

impl Section {
    pub(super) fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, ..Self::default() }
    }

    /// A section that this run was not asked for.
    pub(super) fn left_out(id: &'static str, title: &'static str, why: &str) -> Self {
        Self { left_out: Some(why.to_string()), ..Self::new(id, title) }
    }

    /// A section whose evidence could not be collected.
    pub(super) fn failed(id: &'static str, title: &'static str, error: &Error) -> Self {
        let mut section = Self::new(id, title);
        section.missing.push(format!("the evidence could not be collected: {error:#}"));
        section
    }

    /// The same section with a paragraph more.
    pub(super) fn says(mut self, text: impl Into<String>) -> Self {
        self.text.push(text.into());
        self
    }

    pub(super) fn miss(&mut self, sentence: impl Into<String>) {
        self.missing.push(sentence.into());
    }

    /// In a word or two.
    pub(super) fn verdict(&self) -> String {
        match (&self.left_out, self.missing.len()) {
            (Some(_), _) => "not run".into(),
            (None, 0) => "complete".into(),
            (None, count) => format!("{count} missing"),
        }
    }
}

impl Table {
    pub(super) fn new(name: &'static str, caption: impl Into<String>, head: &[&'static str]) -> Self {
        Self { name, caption: caption.into(), head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; numbers and texts alike.
    pub(super) fn row(&mut self, cells: &[&dyn std::fmt::Display]) {
        self.rows.push(cells.iter().map(ToString::to_string).collect());
    }
}

#[cfg(test)]
mod tests;
