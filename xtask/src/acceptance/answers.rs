//! What a policy answers: the file `behaviour.toml` of its crate, and the tests that the crate has.

use crate::certify::{self, Crate};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The file's name, beside `Cargo.toml`.
pub(super) const FILE: &str = "behaviour.toml";

/// The answers of one policy.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    pub(super) policy: String,
    pub(super) answers: Vec<Answer>,
    /// The names of all test functions of the crate, without modules.
    pub(super) tests: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "case")]
    cases: Vec<Answer>,
}

/// The answer to one case. Exactly one of the three is there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) id: String,
    /// The function that tests it.
    test: Option<String>,
    /// Which better rule took the place of what is asked.
    superseded: Option<String>,
    /// Why there is nothing that could be tested.
    not_applicable: Option<String>,
}

/// What became of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Disposition<'a> {
    /// By this test.
    Tested(&'a str),
    /// By this rule.
    Superseded(&'a str),
    /// For this reason.
    NotApplicable(&'a str),
}

impl Answer {
    /// None if there is not exactly one.
    pub(super) fn disposition(&self) -> Option<Disposition<'_>> {
        match (self.test.as_deref(), self.superseded.as_deref(), self.not_applicable.as_deref()) {
            (Some(test), None, None) => Some(Disposition::Tested(test)),
            (None, Some(rule), None) => Some(Disposition::Superseded(rule)),
            (None, None, Some(reason)) => Some(Disposition::NotApplicable(reason)),
            _ => None,
        }
    }
}

/// Reads the answers of a crate, and which tests it has.
pub(super) fn read(one: &Crate) -> Result<Answers> {
    let file = one.folder.join(FILE);
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!("{} has no {FILE}; it answers each case of {} that concerns the policy", one.name, super::CASES)
    })?;
    let answers = parse(&text).with_context(|| format!("{} is not as agreed", file.display()))?;
    Ok(Answers { policy: one.policy.clone(), answers, tests: certify::test_functions(&one.folder)? })
}

/// The answers of one file.
pub(super) fn parse(text: &str) -> Result<Vec<Answer>> {
    let file: File = toml::from_str(text)?;
    Ok(file.cases)
}
