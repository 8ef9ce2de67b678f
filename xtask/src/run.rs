//! The verb `run`: build, boot, watch, measure, judge.

use crate::arch::Arch;
use crate::build::{self, Artifacts};
use crate::cli::RunArgs;
use crate::console::Format;
use crate::report::{self, Measured};
use crate::system::System;
use crate::trial::{self, Loader, Mode, Outcome, Request};
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Result, bail};
use std::process::ExitCode;
use std::time::Duration;

/// How long a system runs that does not say so itself.
pub(crate) const DEFAULT_SECONDS: Seconds = Seconds(2_000_000_000);
/// A virtual second may take this long on a slow host; the start of the emulator comes on top.
const LIMIT_PER_SECOND: u64 = 30;
const LIMIT_START: u64 = 60;

/// The verb.
pub(crate) fn run(arguments: &RunArgs) -> Result<ExitCode> {
    let built = build::all(arguments.arch)?;
    let system = System::build(&arguments.config, &built)?;
    let built = build::with_schedulers(built, system.schedulers(arguments.sched.as_deref()))?;
    let request = request(arguments, &system, &built)?;
    let outcome = trial::run(&request)?;
    // Whoever sits at the console may end the machine at any time.
    if request.mode == Mode::Interactive && !outcome.recording.as_ref().is_ok_and(|recording| recording.ended) {
        return Ok(ExitCode::SUCCESS);
    }
    finish(arguments, &system, &request, &outcome)
}

/// The boot parameters: what the command line says in place of the configuration.
pub(crate) fn boot_line(sched: Option<&str>, stop: Option<Seconds>, console: Format) -> String {
    let sched = sched.map(|name| format!("sched={name}"));
    let stop = stop.map(|seconds| format!("stop={}", seconds.boot_text()));
    let words = sched.into_iter().chain(stop).chain([console.boot_word().to_string()]);
    words.collect::<Vec<_>>().join(" ")
}

/// How long a run may take on the host.
pub(crate) fn limit(stop: Seconds) -> Duration {
    Duration::from_nanos(stop.0.saturating_mul(LIMIT_PER_SECOND)).saturating_add(Duration::from_secs(LIMIT_START))
}

/// The memory of a machine unless somebody says otherwise.
const MEMORY: u64 = 2 << 30;

/// A run that counts instructions, is not shown, and is named by whoever wants it.
pub(crate) fn counted(built: &Artifacts, system: &System, sched: Option<&str>, stop: Seconds) -> Request {
    Request {
        name: String::new(),
        arch: built.arch,
        loader: Loader::Emulator,
        image: built.image.clone(),
        symbols: built.elf.clone(),
        bundle: system.bundle.clone(),
        boot: boot_line(sched, Some(stop), Format::Frames),
        console: Format::Frames,
        cpus: system.cpus,
        memory: MEMORY,
        mode: Mode::Counted,
        show: false,
        account: false,
        keep: false,
        limit: limit(stop),
    }
}

fn request(arguments: &RunArgs, system: &System, built: &Artifacts) -> Result<Request> {
    let cpus = arguments.smp.unwrap_or(system.cpus);
    if cpus < system.cpus {
        bail!("the configuration uses pCPU {}; give --smp {} or more", system.cpus - 1, system.cpus);
    }
    let mode = match (arguments.interactive, arguments.realtime) {
        (true, _) => Mode::Interactive,
        (false, true) => Mode::RealTime,
        (false, false) => Mode::Counted,
    };
    let stop = arguments.seconds.or(if system.stop.is_some() || mode == Mode::Interactive {
        None
    } else {
        Some(DEFAULT_SECONDS)
    });
    // On a terminal nobody takes frames apart.
    let usual = if mode == Mode::Interactive { Format::Plain } else { Format::Frames };
    let console = arguments.console.unwrap_or(usual);
    if mode == Mode::Interactive && console == Format::Frames {
        bail!("an interactive console is plain; leave `--console frames` or `--interactive` away");
    }
    let input = if mode == Mode::Interactive { " input=on" } else { "" };
    Ok(Request {
        name: run_name(arguments, system),
        arch: built.arch,
        loader: Loader::Emulator,
        image: built.image.clone(),
        symbols: built.elf.clone(),
        bundle: system.bundle.clone(),
        boot: boot_line(arguments.sched.as_deref(), stop, console) + input,
        console,
        cpus,
        memory: arguments.memory.0,
        mode,
        show: true,
        account: false,
        keep: arguments.keep,
        limit: limit(stop.or(system.stop).unwrap_or(DEFAULT_SECONDS)),
    })
}

/// Configuration and scheduler name a run.
fn run_name(arguments: &RunArgs, system: &System) -> String {
    let name = format!("{}-{}", system.name, arguments.sched.as_ref().unwrap_or(&system.scheduler));
    if arguments.arch == Arch::Aarch64 { name } else { format!("{name}-{}", arguments.arch.name()) }
}

/// Saves the trace, prints and saves the measurements, and judges.
fn finish(arguments: &RunArgs, system: &System, request: &Request, outcome: &Outcome) -> Result<ExitCode> {
    let folder = trial::folder(&request.name)?;
    if request.keep {
        eprintln!("memory: {}", workspace::shown(&folder.join("memory")));
    }
    let trace = match &arguments.trace {
        Some(file) => file.clone(),
        None => folder.with_file_name(format!("{}.mft", request.name)),
    };
    if let Ok(recording) = &outcome.recording {
        report::save(&trace, recording, system.plan()?)?;
    }
    let recording = outcome.orderly()?;
    report::conclude(&Measured::of(recording, system.plan()?)?, arguments.json.as_deref(), &trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_line_holds_only_what_was_asked_for() {
        assert_eq!(boot_line(None, None, Format::Plain), "console=plain");
        let line = boot_line(Some("rtds"), Some(DEFAULT_SECONDS), Format::Frames);
        assert_eq!(line, "sched=rtds stop=2s console=frames");
    }
}
