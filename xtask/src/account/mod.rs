//! The verb `account`: where the instructions of the hypervisor go, from a log of the code that the emulator executed.
//!
//! The log changes nothing in the machine. It holds the hypervisor's code alone; what guests execute shows only as the
//! time between a return and the next exit.

mod follower;
mod image;
mod inlined;
mod instants;
mod kinds;
mod line;
mod reason;
mod report;
mod stretch;
mod tables;

pub(crate) use image::Image;
pub(crate) use stretch::Stretches;

use crate::bench::{self, Chosen};
use crate::build::{self, Artifacts};
use crate::cli::AccountArgs;
use crate::run;
use crate::system::System;
use crate::trial::{self, Outcome, Request};
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Context, Result};
use report::Account;
use std::io::{BufRead, BufReader, Read};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

/// How long a system runs if nothing says it: long enough for every kind of exit, short enough for a log.
const USUAL: Seconds = Seconds(50_000_000);
/// The log comes in lines of some 100 bytes, millions of them.
const BUFFER: usize = 1 << 20;
/// A pipe holds 64 KiB, more than the emulator writes meanwhile.
const PATIENCE: Duration = Duration::from_micros(200);

/// The verb.
pub(crate) fn run(arguments: &AccountArgs) -> Result<ExitCode> {
    if arguments.tables {
        return tables::run(arguments.arch_or_each());
    }
    let built = build::all(arguments.arch())?;
    let (sched, seconds) = (arguments.sched.as_deref(), arguments.seconds);
    let chosen = match &arguments.scenario {
        Some(name) => bench::chosen(name, built.arch, sched)?,
        None => Chosen { config: arguments.config.clone(), sched: None, seconds: USUAL, boot: String::new() },
    };
    let chosen = Chosen {
        sched: arguments.sched.clone().or(chosen.sched.clone()),
        seconds: seconds.unwrap_or(chosen.seconds),
        ..chosen
    };
    let made = made(&chosen, built)?;
    let inlined = if arguments.inlined { Some(made.image.inlined()?) } else { None };
    let Made { name, outcome, image, stretches } = &made;
    let account = Account { stretches, image, inlined: inlined.as_ref(), recording: outcome.orderly()? };
    let text = account.text(arguments.top);
    print!("{text}");
    let folder = workspace::folder("account")?;
    workspace::write(&folder.join(name).with_extension("txt"), text.as_bytes())?;
    workspace::write(&folder.join(name).with_extension("json"), account.json().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// A run that was made under the log, and what it needs to be understood.
struct Made {
    name: String,
    outcome: Outcome,
    image: Image,
    stretches: Stretches,
}

/// Makes a run. What was expected of it does not matter here: it may be too short.
fn made(chosen: &Chosen, built: Artifacts) -> Result<Made> {
    let system = System::build(&chosen.config, &built)?;
    let sched = chosen.sched.as_deref();
    let built = build::with_schedulers(built, system.schedulers(sched))?;
    let name = format!("{}-{}-{}", system.name, sched.unwrap_or(&system.scheduler), built.arch.name());
    let usual = run::counted(&built, &system, sched, chosen.seconds);
    let request = Request {
        name: format!("account/{name}"),
        boot: format!("{} {}", usual.boot, chosen.boot).trim_end().into(),
        account: true,
        ..usual
    };
    let mut outcome = trial::run(&request)?;
    outcome.orderly()?;
    let stretches = outcome.stretches.take().context("the run left no log")?;
    let image = Image::read(request.arch, workspace::read(&request.symbols)?)?;
    Ok(Made { name, outcome, image, stretches })
}

/// A log that comes line by line is read in portions: to be woken up for each line would take most of the time.
struct Patient<R>(R);

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        thread::sleep(PATIENCE);
        self.0.read(buffer)
    }
}

/// Reads a log to its end.
pub(crate) fn listen(image: &Image, log: impl Read) -> Result<Stretches> {
    let inlined = image.inlined()?;
    let mut follower = follower::Follower::new(image, |at| inlined.looks(at));
    let mut log = BufReader::with_capacity(BUFFER, Patient(log));
    let mut line = Vec::new();
    while log.read_until(b'\n', &mut line).context("the emulator's log cannot be read")? > 0 {
        follower.take(line.trim_ascii_end());
        line.clear();
    }
    Ok(follower.end())
}
