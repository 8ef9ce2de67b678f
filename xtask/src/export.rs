//! The verb `export`: a trace in a form that other programs open.

use crate::cli::{ExportArgs, ExportFormat};
use crate::report::promised;
use crate::workspace;
use anyhow::{Context, Result};
use std::process::ExitCode;
use timing_tests::export;

/// The verb.
pub(crate) fn run(arguments: &ExportArgs) -> Result<ExitCode> {
    let cannot = || format!("{} cannot be exported", workspace::shown(&arguments.trace));
    let bytes = workspace::read(&arguments.trace)?;
    let (recording, plan) = trace::load(&mut bytes.as_slice()).with_context(cannot)?;
    let plan = promised(&recording, &plan).with_context(cannot)?;
    let text = match arguments.format {
        ExportFormat::Chrome => export::chrome(&recording, &plan),
        ExportFormat::Csv => export::csv(&recording, &plan),
    };
    workspace::write(&arguments.out, text.as_bytes())?;
    println!("{} holds it", workspace::shown(&arguments.out));
    Ok(ExitCode::SUCCESS)
}
