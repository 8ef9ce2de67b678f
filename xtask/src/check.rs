//! The verb `check`: is a configuration sound? Nothing is built or fetched.

use crate::cli::CheckArgs;
use crate::images;
use crate::workspace;
use anyhow::Result;
use config::Report;
use std::io::{IsTerminal, stderr};
use std::process::ExitCode;

/// The verb.
pub(crate) fn run(arguments: &CheckArgs) -> Result<ExitCode> {
    let names = images::names()?;
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let file = workspace::shown(&arguments.config);
    let (report, status) = match config::check(&arguments.config, &known, arguments.arch.of_images()) {
        Ok(loaded) => (loaded.warnings, ExitCode::SUCCESS),
        Err(report) => (report, ExitCode::FAILURE),
    };
    eprint!("{}", text(&report));
    println!("{file}: {} errors, {} warnings", report.errors(), report.warnings());
    Ok(status)
}

/// What is wrong or doubtful in a configuration, with colours on a terminal.
pub(crate) fn text(report: &Report) -> String {
    if stderr().is_terminal() { report.styled() } else { report.to_string() }
}
