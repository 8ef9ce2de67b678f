//! The verb `draw`: a trace as a picture of who ran when.

use crate::cli::DrawArgs;
use crate::report;
use crate::workspace;
use anyhow::{Context, Result};
use std::process::ExitCode;

/// How much a picture shows that nobody asked to end somewhere, in ns.
const USUAL: u64 = 20_000_000;

/// The verb.
pub(crate) fn run(arguments: &DrawArgs) -> Result<ExitCode> {
    let bytes = workspace::read(&arguments.trace)?;
    let cannot = || format!("{} cannot be drawn", workspace::shown(&arguments.trace));
    let (recording, plan) = trace::load(&mut bytes.as_slice()).with_context(cannot)?;
    let to = arguments.to.unwrap_or(arguments.from.saturating_add(USUAL));
    let picture = report::draw(&recording, &plan, arguments.from..to).with_context(cannot)?;
    workspace::write(&arguments.out, picture.as_bytes())?;
    println!("{} shows it", workspace::shown(&arguments.out));
    Ok(ExitCode::SUCCESS)
}
