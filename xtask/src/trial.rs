//! One run of a system on the emulator: what goes in, what comes out.

use crate::account::{Image, Stretches};
use crate::arch::Arch;
use crate::console::{Format, Reader};
use crate::iso;
use crate::qemu::{Machine, Serial, Source};
use crate::setup;
use crate::watch::{self, Ended};
use crate::workspace;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;
use trace::{Recording, TraceError, Unit};

/// How the hypervisor's own lines begin.
const OWN: &str = "majorframe: ";
/// Its last line when it refuses what it was given.
const REFUSED: &str = "majorframe: the system does not start";
/// What the hypervisor says when it finds a mistake of its own.
const BUG: &str = "this is a bug";

/// How much longer than another a run under a log may take on the host.
const LOGGED: u32 = 10;

/// The console as text, in the folder of a run.
const TEXT: &str = "console.txt";
/// What really came over the line, if that was no text.
pub(crate) const RAW: &str = "console.raw";

/// How time passes in the machine and who sits at its console.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// Virtual time is instructions; two runs are identical.
    Counted,
    /// Virtual time is the host's.
    RealTime,
    /// The host's time, and the terminal is the machine's console.
    Interactive,
}

/// Who loads the hypervisor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Loader {
    /// The emulator.
    Emulator,
    /// GRUB, from a disc, started by a PC's BIOS.
    GrubByBios,
    /// GRUB, from a disc, started by EFI firmware.
    GrubByEfi,
}

/// A run to be made.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Names the folder of the run below `target/run`; two runs at a time need two names.
    pub(crate) name: String,
    /// The machine.
    pub(crate) arch: Arch,
    /// Who loads the hypervisor.
    pub(crate) loader: Loader,
    /// What the boot loader starts.
    pub(crate) image: PathBuf,
    /// The same as ELF file, for the texts of its log.
    pub(crate) symbols: PathBuf,
    /// The bundle's bytes.
    pub(crate) bundle: Vec<u8>,
    /// The boot parameters.
    pub(crate) boot: String,
    /// What the boot parameters make the serial line carry.
    pub(crate) console: Format,
    /// The number of pCPUs.
    pub(crate) cpus: u32,
    /// Memory in bytes.
    pub(crate) memory: u64,
    /// How time passes.
    pub(crate) mode: Mode,
    /// Whether the console is repeated on standard output.
    pub(crate) show: bool,
    /// Whether every instruction of the hypervisor is accounted for; the run takes longer on the host, not on the machine.
    pub(crate) account: bool,
    /// Whether the memory file stays.
    pub(crate) keep: bool,
    /// The longest the run may take on the host.
    pub(crate) limit: Duration,
}

/// A run that was made.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// All that came over the serial line, as text.
    pub(crate) console: String,
    /// Whether the emulator had to be ended from outside.
    pub(crate) timed_out: bool,
    /// The trace that the hypervisor left in memory.
    pub(crate) recording: Result<Recording, TraceError>,
    /// Where its instructions went, if that was asked for.
    pub(crate) stretches: Option<Stretches>,
}

/// The folder of a run's files.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    workspace::folder(&format!("run/{name}"))
}

/// Makes a run.
pub(crate) fn run(request: &Request) -> Result<Outcome> {
    let folder = folder(&request.name)?;
    let source = source(request, &folder)?;
    let memory = fresh(&folder.join("memory"), request.memory)?;
    let image =
        if request.account { Some(Image::read(request.arch, workspace::read(&request.symbols)?)?) } else { None };
    let machine =
        Machine { log: image.as_ref().map(Image::ranges), ..machine(request, &folder, source, memory.clone()) };
    let ended = match request.mode {
        Mode::Interactive => watch::interact(&machine),
        _ => {
            let reader = Reader::new(request.console, &request.symbols, &request.bundle)?;
            let limit = request.limit * if request.account { LOGGED } else { 1 };
            watch::run(&machine, limit, request.show, reader, image.as_ref())
        }
    };
    let recording = recording(&memory, request);
    if !request.keep {
        fs::remove_file(&memory).with_context(|| format!("cannot remove {}", workspace::shown(&memory)))?;
    }
    let Ended { status, console, stretches } = ended?;
    if request.console == Format::Frames {
        workspace::write(&folder.join(TEXT), console.as_bytes())?;
    }
    Ok(Outcome { console, timed_out: status.is_none(), recording: recording?, stretches })
}

/// Writes what the machine boots from.
fn source(request: &Request, folder: &Path) -> Result<Source> {
    let firmware = match request.loader {
        Loader::Emulator => {
            let bundle = folder.join("bundle");
            workspace::write(&bundle, &request.bundle)?;
            let (image, boot) = (request.image.clone(), request.boot.clone());
            return Ok(Source::Files { image, bundle: Some(bundle), boot });
        }
        Loader::GrubByBios => None,
        Loader::GrubByEfi => Some(setup::efi_firmware()?),
    };
    let disc = folder.join("disc.iso");
    iso::write(&workspace::read(&request.image)?, &request.bundle, &request.boot, folder, &disc)?;
    Ok(Source::Disc { disc, firmware })
}

fn machine(request: &Request, folder: &Path, source: Source, memory: PathBuf) -> Machine {
    let log = folder.join(if request.console == Format::Plain { TEXT } else { RAW });
    Machine {
        arch: request.arch,
        source,
        cpus: request.cpus,
        memory: request.memory,
        memory_file: Some(memory),
        serial: if request.mode == Mode::Interactive { Serial::Terminal(log) } else { Serial::File(log) },
        counted: request.mode == Mode::Counted,
        log: None,
    }
}

/// An empty file of this size, without blocks on the disk; a left-over of an interrupted run goes.
fn fresh(file: &Path, size: u64) -> Result<PathBuf> {
    if file.exists() {
        fs::remove_file(file).with_context(|| format!("cannot remove {}", workspace::shown(file)))?;
    }
    let made = File::create(file).and_then(|created| created.set_len(size));
    made.with_context(|| format!("cannot make the memory file {}", workspace::shown(file)))?;
    Ok(file.to_path_buf())
}

/// Reads what the directory in the last page points at; the rest of the file is not touched.
fn recording(memory: &Path, request: &Request) -> Result<Result<Recording, TraceError>> {
    let unit = if request.mode == Mode::Counted { Unit::Instructions } else { Unit::RealTime };
    let mut file = File::open(memory).with_context(|| format!("cannot read {}", workspace::shown(memory)))?;
    Ok(trace::ram::read(&mut file, request.memory, unit))
}

impl Outcome {
    /// The recording of a run that ended in an orderly way; else a sentence that says what went wrong.
    pub(crate) fn orderly(&self) -> Result<&Recording> {
        if self.timed_out {
            bail!("the run took too long on this host and was ended; `--seconds` makes it shorter");
        }
        if let Some(line) = self.own_mistake() {
            bail!("the hypervisor failed: {line}");
        }
        match &self.recording {
            Ok(recording) if recording.ended => Ok(recording),
            Ok(_) => bail!("the system did not end in an orderly way; the console says why"),
            Err(error) => match self.refusal() {
                Some(reason) => bail!("the hypervisor refused to start the system: {reason}"),
                None => bail!("the run left no trace ({error}); the console says why"),
            },
        }
    }

    /// The reason that the hypervisor gave for not starting the system: the line before the last one.
    pub(crate) fn refusal(&self) -> Option<&str> {
        let (before, _) = self.console.split_once(REFUSED)?;
        before.lines().rev().find_map(|line| line.trim_start().strip_prefix(OWN))
    }

    /// The line with which the hypervisor reports a mistake of its own.
    pub(crate) fn own_mistake(&self) -> Option<&str> {
        // GRUB leaves a carriage return before the first line.
        let mut lines = self.console.lines().map(str::trim_start);
        lines.find(|line| line.starts_with(OWN) && line.contains(BUG))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_with_the_reason_that_the_console_gives() {
        let console = "GRUB\r\nmajorframe: this machine has no GICv3\nmajorframe: the system does not start\n";
        let refused = |console: &str| {
            let recording = Err(TraceError::NotATrace("nothing is there"));
            let outcome = Outcome { console: console.into(), timed_out: false, recording, stretches: None };
            outcome.orderly().expect_err("no trace").to_string()
        };
        assert_eq!(refused(console), "the hypervisor refused to start the system: this machine has no GICv3");
        assert!(refused("nothing\n").contains("the console says why"));
    }
}
