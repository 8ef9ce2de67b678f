//! `requirements.toml`: what a crate promises, and what its other tests are for.

use super::source::is_id;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// The file's name, beside `Cargo.toml`.
pub(super) const FILE: &str = "requirements.toml";

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Declared {
    #[serde(default, rename = "requirement")]
    pub(super) requirements: Vec<Requirement>,
    #[serde(default)]
    pub(super) supporting: Vec<Supporting>,
    #[serde(default)]
    pub(super) generated: Vec<Generated>,
    #[serde(default)]
    pub(super) shared: Vec<Shared>,
}

/// A promise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Requirement {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) source: String,
}

/// Tests that trace to no requirement, on purpose.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Supporting {
    pub(super) test: String,
    pub(super) reason: String,
}

/// Tests that a macro makes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generated {
    pub(super) test: String,
    pub(super) requirements: Vec<String>,
}

/// A file of another crate of the workspace that the policy is made of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shared {
    /// From the root of the workspace.
    pub(super) file: String,
    pub(super) requirements: Vec<String>,
}

/// Reads the file of a crate.
pub(super) fn read(folder: &Path) -> Result<Declared> {
    let file = folder.join(FILE);
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!("{} has no {FILE}; write one as the page \"Certification kit\" of the book says", folder.display())
    })?;
    toml::from_str(&text).with_context(|| format!("{} is not as agreed", file.display()))
}

/// Whether `pattern` means the test `name`: the same, or a beginning that ends with `*`.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

impl Declared {
    /// What is wrong with the file itself.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.requirements.is_empty() {
            faults.push(format!("{FILE} declares no requirement"));
        }
        let mut seen = BTreeSet::new();
        for one in &self.requirements {
            if !is_id(&one.id) {
                faults.push(format!("`{}` is not an id like RTDS-R-07", one.id));
            }
            if !seen.insert(&one.id) {
                faults.push(format!("{} is declared twice", one.id));
            }
            let shalls = one.text.split(|c: char| !c.is_alphanumeric()).filter(|word| *word == "shall").count();
            if shalls != 1 {
                faults.push(format!("the text of {} has {shalls} times \"shall\", and must have it once", one.id));
            }
            if one.source.trim().is_empty() {
                faults.push(format!("{} names no source", one.id));
            }
        }
        let prefixes: BTreeSet<&str> = self.requirements.iter().filter_map(|one| one.id.split('-').next()).collect();
        if prefixes.len() > 1 {
            faults.push(format!(
                "the ids have several prefixes: {}",
                prefixes.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
        let empty = self.supporting.iter().filter(|one| one.reason.trim().is_empty());
        faults.extend(empty.map(|one| format!("the supporting tests `{}` have no reason", one.test)));
        let idle = self.shared.iter().filter(|one| one.requirements.is_empty());
        faults.extend(idle.map(|one| format!("the shared file {} serves no requirement", one.file)));
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_sentences() {
        let text = "[[requirement]]\nid = \"X-R-1\"\ntext = \"It runs.\"\nsource = \"\"\n";
        let declared: Declared = toml::from_str(text).expect("it is TOML");
        assert_eq!(declared.faults().len(), 3, "{:?}", declared.faults());
        assert!(toml::from_str::<Declared>("[[requirement]]\nname = \"x\"\n").is_err());
        assert_eq!(Declared::default().faults().len(), 1);
    }

    #[test]
    fn a_star_stands_for_any_rest() {
        assert!(matches("tests::*", "tests::a") && matches("a", "a") && !matches("a", "ab") && !matches("b*", "ab"));
    }
}
