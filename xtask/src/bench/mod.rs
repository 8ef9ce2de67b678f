//! The verb `bench`: measures, holds what was measured to what is promised and to what was measured before, and
//! shows it.
//!
//! All judgement is in `timing_tests::bench`; here are only runs, files and exit statuses.

mod about;
mod batch;
mod board;
mod boards;
mod case;
mod check;
mod chosen;
mod compare;
mod document;
mod histogram;
mod measure;
mod report;
mod rows;
mod runner;
mod scenario;
mod tables;
mod template;
mod tried;

pub(crate) use board::BOOT;
pub(crate) use chosen::{Chosen, chosen};
pub(crate) use tried::{holds, repeats, rows};

use crate::cli::{BenchArgs, BenchVerb};
use crate::workspace;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::ExitCode;
use timing_tests::bench::{self, Results};

/// The exit status of what could not be judged, or not in full.
const UNKNOWN: u8 = 3;
/// The most bytes of a file with results.
const RESULTS_MAX: u64 = 256 << 20;

/// The verb.
pub(crate) fn run(arguments: &BenchArgs) -> Result<ExitCode> {
    match &arguments.verb {
        None => measure::run(&arguments.measure),
        Some(BenchVerb::Compare(arguments)) => compare::run(arguments),
        Some(BenchVerb::Report(arguments)) => report::run(arguments),
        Some(BenchVerb::Tables(arguments)) => tables::run(arguments),
        Some(BenchVerb::Boards(arguments)) => boards::run(arguments),
    }
}

/// The last run in a file, and whether every line of the file could be read; what could not is said at once.
fn load(file: &Path) -> Result<(Results, bool)> {
    let shown = workspace::shown(file);
    let size = std::fs::metadata(file).with_context(|| format!("cannot read {shown}"))?.len();
    ensure!(size <= RESULTS_MAX, "{shown} has {size} bytes, more than {RESULTS_MAX}; keep fewer runs in it");
    let bytes = workspace::read(file)?;
    // Damaged bytes cost their line only.
    let mut reading = bench::read(&String::from_utf8_lossy(&bytes));
    for error in &reading.errors {
        eprintln!("{shown}, {error}");
    }
    let last =
        reading.runs.pop().with_context(|| format!("{shown} has no results; `cargo xtask bench` writes some"))?;
    Ok((last, reading.errors.is_empty()))
}
