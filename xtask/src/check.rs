//! The verb `check`: is a configuration sound? Nothing is built or fetched.

use crate::cli::CheckArgs;
use crate::images;
use crate::workspace;
use anyhow::Result;
use std::process::ExitCode;

/// The verb.
pub(crate) fn run(arguments: &CheckArgs) -> Result<ExitCode> {
    let names = images::names()?;
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    match config::check(&arguments.config, &known) {
        Ok(loaded) => {
            eprint!("{}", loaded.warnings);
            println!("{} is sound", workspace::shown(&arguments.config));
            Ok(ExitCode::SUCCESS)
        }
        Err(report) => {
            eprint!("{report}");
            Ok(ExitCode::FAILURE)
        }
    }
}
