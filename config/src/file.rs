//! `system.toml`: read, checked and resolved.
//!
//! The text becomes tables and values with places (`table`, `field`), these become what the file says about the
//! system and its pools (`document`) and its partitions (`partition`, `expect`), then names are resolved and
//! rules across them are checked (`resolve`, `memory`, `rules`, `rows`, `schedule`, `affinity`, `demand`). Problems are
//! collected on the way (`problem`), so that one run tells them all.

mod admission;
mod affinity;
mod demand;
mod document;
mod expect;
mod field;
mod memory;
mod names;
mod partition;
mod problem;
mod resolve;
mod rows;
mod rules;
mod schedule;
mod table;
mod units;

use std::format;
use std::fs;
use std::path::Path;
use std::string::ToString;

use toml::de::DeTable;

use crate::images::{Arch, Images, Store};
use crate::resolved::Resolved;
use document::Document;

pub(crate) use field::Field;
pub(crate) use names::one_of;
pub(crate) use partition::PartitionText;
pub use problem::Report;
pub(crate) use problem::{At, Problem, Problems, Span};
pub(crate) use table::Table;
pub(crate) use units::{show_address, show_duration, show_size};

/// An accepted file.
#[derive(Debug)]
pub struct Loaded {
    /// What it says. After [`check`] the partitions have nothing to load.
    pub plan: Resolved,
    /// What is doubtful in it.
    pub warnings: Report,
}

/// Reads a file and the images that it names.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(path: &Path, images: &mut dyn Images) -> Result<Loaded, Report> {
    read(path, Store::new(images, path))
}

/// Checks a file without reading images. `known` are the references that the caller's [`Images`] would
/// know; other images are files, of which only the existence is checked. `arch` is the machine that it is meant for.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check(path: &Path, known: &[&str], arch: Arch) -> Result<Loaded, Report> {
    read(path, Store::unread(known.iter().map(ToString::to_string).collect(), arch, path))
}

fn read(path: &Path, mut store: Store) -> Result<Loaded, Report> {
    let name = path.display().to_string();
    let mut problems = Problems::default();
    let text = match fs::read(path).map(std::string::String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => return Err(unreadable(&name, "it is not UTF-8 text")),
        Err(error) => return Err(unreadable(&name, &error.to_string())),
    };
    let (root, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        let message = error.message();
        let span = error.span().unwrap_or(0..0);
        let problem = Problem::new(&span, format!("this is not TOML: {message}"));
        problems.push(problem.remedy("mend this first; the content is checked afterwards"));
    }
    if !errors.is_empty() {
        return Err(problems.report(&name, &text));
    }
    let document = Document::read(Table::new(root.get_ref(), "the file", 0..0), &mut problems);
    let plan = resolve::resolve(&document, &mut store, &mut problems);
    match plan {
        Some(plan) if !problems.fatal() => Ok(Loaded { plan, warnings: problems.report(&name, &text) }),
        _ => Err(problems.report(&name, &text)),
    }
}

fn unreadable(name: &str, why: &str) -> Report {
    let mut problems = Problems::default();
    problems.push(
        Problem::new(&(0..0), format!("`{name}` cannot be read: {why}")).remedy("give the path of a system file"),
    );
    problems.report(name, "")
}

/// The registered schedulers, in the order of every list of rows.
pub(crate) fn schedulers() -> &'static [policies::Descriptor] {
    policies::REGISTRY
}
