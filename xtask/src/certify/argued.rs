//! `arguments.toml`: why something that is missing need not be there.
//!
//! An argument excuses what it names and nothing else. One that excuses nothing in a run that looked is an
//! error: its subject is gone.

use super::report::{Section, Table};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::Path;

const FILE: &str = "arguments.toml";

/// The whole file, and which arguments were used.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    #[serde(default)]
    uncovered: Vec<Uncovered>,
    #[serde(default)]
    survivor: Vec<Survivor>,
}

/// A place that no test reaches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Uncovered {
    file: String,
    /// The line's text or a part of it.
    line: String,
    what: What,
    reason: String,
    #[serde(skip)]
    used: bool,
}

/// What is not covered there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    /// The whole line, hence all on it.
    Line,
    /// A path that begins inside the line: an arm, an early return.
    Path,
    /// One outcome of a branch.
    Branch,
    /// One outcome of a condition in a decision with several.
    Condition,
}

/// A mutant that no test can tell from the original.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivor {
    mutant: String,
    reason: String,
    #[serde(skip)]
    used: bool,
}

impl Arguments {
    /// Reads the file of a crate; a crate without one argues nothing.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let file = folder.join(FILE);
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not as agreed", file.display()))
    }

    /// Whether an argument excuses `what` on the line with this text.
    pub(super) fn excuses(&mut self, file: &str, text: &str, what: What) -> bool {
        let mut hit = false;
        for one in &mut self.uncovered {
            let fits = one.file == file && !one.line.trim().is_empty() && text.contains(one.line.trim());
            if fits && (one.what == what || one.what == What::Line) {
                (one.used, hit) = (true, true);
            }
        }
        hit
    }

    /// Whether an argument excuses this mutant.
    pub(super) fn excuses_mutant(&mut self, mutant: &str) -> bool {
        let mut hit = false;
        for one in self.survivor.iter_mut().filter(|one| one.mutant == mutant) {
            (one.used, hit) = (true, true);
        }
        hit
    }

    /// The section that prints them. `quick` and `mutants`: which evidence was looked at.
    pub(super) fn section(&self, quick: bool, mutants: bool) -> Section {
        let mut section = Section::new("arguments", "Arguments").says(format!(
            "What {FILE} of the crate excuses. An argument is a claim of its author; a reviewer has to agree with each."
        ));
        let mut table = Table::new("arguments", "Arguments", &["about", "where", "reason"]);
        for one in &self.uncovered {
            let what = format!("{:?}", one.what).to_lowercase();
            table.row(&[&what, &format!("{}: {}", one.file, one.line), &one.reason]);
            section.missing.extend(fault(&one.line, &one.reason, one.used || quick));
        }
        for one in &self.survivor {
            table.row(&[&"mutant", &one.mutant, &one.reason]);
            section.missing.extend(fault(&one.mutant, &one.reason, one.used || !mutants));
        }
        section.tables.push(table);
        section
    }
}

fn fault(about: &str, reason: &str, used: bool) -> Option<String> {
    if reason.trim().is_empty() {
        Some(format!("the argument about `{about}` has no reason"))
    } else if !used {
        Some(format!("the argument about `{about}` excuses nothing any more; remove it"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[[uncovered]]\nfile = \"src/a.rs\"\nline = \"else { return\"\nwhat = \"path\"\nreason = \"r\"\n\
                        [[survivor]]\nmutant = \"m\"\nreason = \"\"\n";

    #[test]
    fn an_argument_excuses_what_it_names_and_nothing_else() {
        let mut arguments: Arguments = toml::from_str(TEXT).expect("it is TOML");
        assert!(arguments.excuses("src/a.rs", "let Some(x) = y else { return };", What::Path));
        assert!(!arguments.excuses("src/a.rs", "let Some(x) = y else { return };", What::Branch));
        assert!(!arguments.excuses("src/b.rs", "let Some(x) = y else { return };", What::Path));
    }

    #[test]
    fn an_idle_argument_and_one_without_a_reason_are_faults() {
        let arguments: Arguments = toml::from_str(TEXT).expect("it is TOML");
        assert_eq!(arguments.section(false, true).missing.len(), 2);
        assert_eq!(arguments.section(true, false).missing.len(), 1);
    }
}
