//! The verb `image`: a folder that boots without these tools.

mod readme;

use crate::arch::Arch;
use crate::build::{self, Artifacts};
use crate::cli::ImageArgs;
use crate::console::Format;
use crate::iso;
use crate::qemu::{Machine, Serial, Source};
use crate::run;
use crate::system::System;
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Result, bail};
use std::path::Path;
use std::process::ExitCode;

/// The hypervisor's file name.
pub(crate) const IMAGE: &str = "majorframe.img";
/// The instructions' file name.
pub(crate) const README: &str = "README.txt";
/// The disc's file name.
pub(crate) const DISC: &str = "majorframe.iso";
const SYMBOLS: &str = "majorframe.elf";
/// The memory of the machine in the printed command.
const MEMORY: u64 = 2 << 30;

/// The verb.
pub(crate) fn run(arguments: &ImageArgs) -> Result<ExitCode> {
    if arguments.iso && arguments.arch != Arch::X86_64 {
        bail!("discs are for PCs; add `--arch x86_64`, or leave `--iso` away");
    }
    let built = build::all(arguments.arch)?;
    let system = System::build(&arguments.config, &built)?;
    let sched = arguments.sched.as_deref().or(arguments.only.as_deref());
    let built = match &arguments.only {
        Some(only) => build::only(built, only)?,
        None => build::with_schedulers(built, system.schedulers(sched))?,
    };
    write(&built, &system, sched, &arguments.out, arguments.iso)?;
    println!("the hypervisor has {} bytes of code and the schedulers {}", built.code, built.schedulers.join(", "));
    println!("{} says how to boot it", workspace::shown(&arguments.out.join(README)));
    Ok(ExitCode::SUCCESS)
}

/// The boot lines that a folder tells.
pub(crate) struct Lines {
    /// In the commands of QEMU and of U-Boot.
    pub(crate) typed: String,
    /// In GRUB's menu, and in that of the disc.
    pub(crate) menu: String,
}

/// Writes the folder, with a disc if that is wanted, if the hypervisor has all schedulers that the system runs.
pub(crate) fn write(built: &Artifacts, system: &System, sched: Option<&str>, out: &Path, disc: bool) -> Result<()> {
    if let Some(lacking) = system.schedulers(sched).find(|name| !built.schedulers.contains(name)) {
        bail!("a pool runs {lacking}, which an image made by `--only` lacks; leave `--only` away, or change that pool");
    }
    let line = |stop| run::boot_line(Some(sched.unwrap_or(&system.scheduler)), stop, Format::Plain);
    // A disc runs until its plan says.
    folder(built, system, &Lines { typed: line(Some(stop(system))), menu: line(None) }, out, disc)
}

/// Writes the folder of a system that the hypervisor can run, with these boot lines.
pub(crate) fn folder(built: &Artifacts, system: &System, lines: &Lines, out: &Path, disc: bool) -> Result<()> {
    workspace::make(out)?;
    let image = workspace::read(&built.image)?;
    workspace::write(&out.join(IMAGE), &image)?;
    if !built.arch.boots_elf() {
        workspace::write(&out.join(SYMBOLS), &workspace::read(&built.elf)?)?;
    }
    workspace::write(&out.join(bundle_name(system)), &system.bundle)?;
    if disc {
        iso::write(&image, &system.bundle, &lines.menu, out, &out.join(DISC))?;
    }
    workspace::write(&out.join(README), readme::text(built, system, lines, disc).as_bytes())
}

/// The command that boots the folder, to be typed there.
pub(crate) fn machine(arch: Arch, system: &System, boot: String) -> Machine {
    Machine {
        arch,
        source: Source::Files { image: IMAGE.into(), bundle: Some(bundle_name(system).into()), boot },
        cpus: system.cpus,
        memory: MEMORY,
        memory_file: None,
        serial: Serial::Plain,
        counted: true,
        log: None,
    }
}

/// When the system stops in the printed commands.
pub(crate) fn stop(system: &System) -> Seconds {
    system.stop.unwrap_or(run::DEFAULT_SECONDS)
}

/// The bundle's file name.
pub(crate) fn bundle_name(system: &System) -> String {
    format!("{}.bundle", system.name)
}
