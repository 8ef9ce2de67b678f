//! `cargo xtask`: every developer and user verb of Majorframe.
//!
//! Each verb is a module; [`cli`] says what there is. Errors are sentences with a remedy.
#![forbid(unsafe_code)]

mod build;
mod cli;
mod elf;
mod linux;
mod process;
mod progress;
mod qemu;
mod setup;
mod trial;
mod units;
mod watch;
mod workspace;

use clap::Parser;
use cli::{Cli, Verb};
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Setup => setup::run(),
        Verb::Build => build::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
