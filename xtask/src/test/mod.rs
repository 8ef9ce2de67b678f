//! The verb `test`: everything that must hold before a change lands.

mod checks;
mod tally;

use crate::arch::Arch;
use crate::build;
use crate::cli::TestArgs;
use crate::scenarios::{self, Lab, Scenario};
use anyhow::{Context, Result};
use clap::ValueEnum;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use tally::Tally;

/// The emulator uses one core when it counts instructions.
const AT_A_TIME: usize = 2;

/// The verb.
pub(crate) fn run(arguments: &TestArgs) -> Result<ExitCode> {
    let wanted = |name: &str| arguments.filter.as_ref().is_none_or(|text| name.contains(text.as_str()));
    let tally = Tally::default();
    for check in checks::ALL.iter().filter(|check| wanted(check.name)) {
        tally.counted(check.name, check.run);
    }
    for arch in Arch::value_variants().iter().copied().filter(|arch| arguments.arch.is_none_or(|only| only == *arch)) {
        let named = scenarios::on(arch).into_iter().filter(|one| wanted(&one.name));
        let chosen: Vec<Scenario> = named.filter(|one| one.quick || !arguments.quick).collect();
        if !chosen.is_empty() {
            run_scenarios(arch, chosen, &tally);
        }
    }
    println!("{}", tally.summary());
    Ok(if tally.is_green() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Without a build there is nothing to run: then every scenario counts as failed.
fn run_scenarios(arch: Arch, chosen: Vec<Scenario>, tally: &Tally) {
    let lab = match build::all(arch).context("no scenario could run") {
        Ok(built) => Lab::new(built),
        Err(error) => return chosen.iter().for_each(|one| tally.failed(&one.name, &error)),
    };
    let queue = Mutex::new(chosen.into_iter());
    let next = || queue.lock().ok()?.next();
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(one) = next() {
                    tally.timed(&one.name, || (one.run)(&lab, &one.name));
                }
            });
        }
    });
}
