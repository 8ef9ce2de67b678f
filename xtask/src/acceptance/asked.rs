//! What is asked: families of cases, as they stand in `docs/acceptance`.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::cmp::Reverse;
use std::fs;
use std::path::Path;

/// A file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    family: Vec<Family>,
}

/// Cases that concern the same policies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Family {
    /// What the ids of its cases begin with.
    pub(super) prefix: String,
    pub(super) title: String,
    /// The names of the policies that have to answer.
    pub(super) policies: Vec<String>,
    /// What the cases have in common.
    #[serde(default)]
    pub(super) setting: Option<String>,
    #[serde(rename = "case")]
    pub(super) cases: Vec<Case>,
}

/// A case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) level: Level,
    /// The situation.
    pub(super) given: String,
    /// What must be seen in it.
    pub(super) then: String,
}

/// How much is asked, measured by what Xen does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// As much as Xen keeps.
    Regression,
    /// At least a part of it is more than Xen keeps.
    Better,
}

impl Level {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Better => "better",
        }
    }
}

/// All families: what concerns many policies first, then by title.
pub(super) fn read(folder: &Path) -> Result<Vec<Family>> {
    let mut families = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let file = entry?.path();
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        families.extend(parse(&text).with_context(|| format!("{} is not as agreed", file.display()))?);
    }
    families.sort_by_key(|family| (Reverse(family.policies.len()), family.title.clone()));
    Ok(families)
}

/// The families of one file.
pub(super) fn parse(text: &str) -> Result<Vec<Family>> {
    let asked: Asked = toml::from_str(text)?;
    Ok(asked.family)
}
