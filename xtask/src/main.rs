//! `cargo xtask`: every developer and user verb of Majorframe.
//!
//! Each verb is a module; [`cli`] says what there is. Errors are sentences with a remedy.
#![forbid(unsafe_code)]

mod acceptance;
mod account;
mod arch;
mod bench;
mod build;
mod capture;
mod certify;
mod check;
mod cli;
mod console;
mod draw;
mod export;
mod flat;
mod image;
mod images;
mod iso;
mod linux;
mod marks;
mod process;
mod progress;
mod qemu;
mod replay;
mod report;
mod run;
mod scenarios;
mod serial;
mod setup;
mod sim;
mod system;
mod test;
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
        Verb::Build(arguments) => build::run(&arguments),
        Verb::Run(arguments) => run::run(&arguments),
        Verb::Capture(arguments) => capture::run(&arguments),
        Verb::Image(arguments) => image::run(&arguments),
        Verb::Check(arguments) => check::run(&arguments),
        Verb::Sim(arguments) => sim::run(&arguments),
        Verb::Replay(arguments) => replay::run(&arguments),
        Verb::Draw(arguments) => draw::run(&arguments),
        Verb::Export(arguments) => export::run(&arguments),
        Verb::Account(arguments) => account::run(&arguments),
        Verb::Bench(arguments) => bench::run(&arguments),
        Verb::Test(arguments) => test::run(&arguments),
        Verb::Certify(arguments) => certify::run(&arguments),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
