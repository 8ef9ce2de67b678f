//! The verb `capture`: what a machine elsewhere sends over a serial line, measured like any other run.

use crate::build;
use crate::cli::CaptureArgs;
use crate::console::{Format, Reader};
use crate::report::{self, BROKEN, Measured};
use crate::serial::{self, Captured, Limits};
use crate::system::System;
use crate::workspace;
use anyhow::{Result, bail};
use std::process::ExitCode;
use std::time::Duration;
use trace::Unit;

/// The exit status when nothing is wrong, but a part of the trace is missing.
const LOST: u8 = 3;

/// The verb.
pub(crate) fn run(arguments: &CaptureArgs) -> Result<ExitCode> {
    let built = build::all(arguments.arch)?;
    let system = System::build(&arguments.config, &built)?;
    // Plain text passes a reader of frames unchanged.
    let console = Reader::new(Format::Frames, &built.elf, &system.bundle)?;
    let limits = Limits { whole: Duration::from_secs(arguments.limit), ..Limits::default() };
    eprintln!("waiting for {} ...", arguments.from);
    let captured = serial::capture(&arguments.from, limits, console, true, Unit::RealTime)?;
    finish(arguments, &system, &captured)
}

/// Saves the trace, prints and saves the measurements, says what is missing, and judges.
fn finish(arguments: &CaptureArgs, system: &System, captured: &Captured) -> Result<ExitCode> {
    let Captured { outcome, losses } = captured;
    let recording = match &outcome.recording {
        Ok(recording) => recording,
        Err(error) if outcome.timed_out => bail!("{error}; nothing more came within {} s", arguments.limit),
        Err(error) => bail!("{error}"),
    };
    let file = match &arguments.trace {
        Some(file) => file.clone(),
        None => workspace::folder("run")?.join(format!("{}-serial.mft", system.name)),
    };
    let measured = Measured::of(recording, system.plan()?)?;
    report::save(&file, recording, system.plan()?)?;
    measured.tell(arguments.json.as_deref())?;
    eprintln!("trace: {}", workspace::shown(&file));
    if !losses.is_empty() {
        eprintln!("{losses}");
    }
    if let Some(line) = outcome.own_mistake() {
        bail!("the hypervisor failed: {line}");
    }
    match (measured.held(), losses.is_empty()) {
        (true, true) => Ok(ExitCode::SUCCESS),
        _ if measured.broken() || losses.is_empty() => {
            bail!(BROKEN)
        }
        _ => Ok(ExitCode::from(LOST)),
    }
}
