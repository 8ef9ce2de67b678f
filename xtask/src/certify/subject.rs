//! What all sections look at: the crate's source, its requirements, and its tests as they ran.

use super::crates::Crate;
use super::declared::{self, Declared};
use super::ran::{self, Ran};
use super::source::{self, File};
use crate::workspace;
use anyhow::Result;

/// One crate with what was gathered about it.
pub(super) struct Subject {
    pub(super) one: Crate,
    pub(super) files: Vec<File>,
    /// Files of other crates that the policy is made of; their paths begin at the workspace's root.
    pub(super) shared: Vec<File>,
    /// Files in `src` that are not part of the crate.
    pub(super) strays: Vec<String>,
    /// Or why there are none.
    pub(super) declared: Result<Declared>,
    pub(super) ran: Result<Ran>,
}

impl Subject {
    /// Gathers it; runs the tests, with counters if `counted`.
    pub(super) fn gather(one: &Crate, counted: bool) -> Result<Self> {
        let (files, strays) = source::read(&one.folder)?;
        let declared = declared::read(&one.folder);
        let shared = declared.iter().flat_map(|one| &one.shared);
        let shared = shared.map(|one| source::shared(workspace::root(), &one.file)).collect::<Result<_>>()?;
        Ok(Self { one: one.clone(), files, shared, strays, declared, ran: ran::run(one, counted) })
    }

    /// Files that hold code of the product.
    pub(super) fn product(&self) -> impl Iterator<Item = &File> {
        self.files
            .iter()
            .chain(&self.shared)
            .filter(|file| !file.is_for_tests(1) || file.test_lines != [(1, file.lines.len())])
    }
}
