//! The verb `bench report`: results and traces as a page.

use super::{UNKNOWN, load};
use crate::cli::ReportArgs;
use crate::report::promised;
use crate::workspace;
use anyhow::{Context, Result};
use std::path::Path;
use std::process::ExitCode;
use timing_tests::Plan;
use timing_tests::bench::{Rivals, Shown, page};
use trace::Recording;

/// The verb.
pub(super) fn run(arguments: &ReportArgs) -> Result<ExitCode> {
    let (results, whole) = load(&arguments.results)?;
    let traces = arguments.traces.iter().map(|file| trace(file)).collect::<Result<Vec<_>>>()?;
    let shown: Vec<Shown<'_>> =
        traces.iter().map(|(name, recording, plan)| Shown { name: name.clone(), recording, plan }).collect();
    let page = page(&results, &shown, &Rivals::known());
    workspace::write(&arguments.out, page.as_bytes())?;
    println!("{} shows it", workspace::shown(&arguments.out));
    Ok(ExitCode::from(if whole { 0 } else { UNKNOWN }))
}

/// A trace file, under its name without folder and ending.
fn trace(file: &Path) -> Result<(String, Recording, Plan)> {
    let cannot = || format!("{} cannot be shown", workspace::shown(file));
    let bytes = workspace::read(file)?;
    let (recording, plan) = trace::load(&mut bytes.as_slice()).with_context(cannot)?;
    let plan = promised(&recording, &plan).with_context(cannot)?;
    let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((name, recording, plan))
}
