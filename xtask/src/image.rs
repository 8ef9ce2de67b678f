//! The verb `image`: a folder that boots without these tools.

use crate::arch::Arch;
use crate::build::{self, Artifacts};
use crate::cli::ImageArgs;
use crate::console::Format;
use crate::process;
use crate::qemu::{Machine, Serial};
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
const SYMBOLS: &str = "majorframe.elf";
/// The memory of the machine in the printed command.
const MEMORY: u64 = 2 << 30;

/// The verb.
pub(crate) fn run(arguments: &ImageArgs) -> Result<ExitCode> {
    let built = build::all(arguments.arch)?;
    let system = System::build(&arguments.config, &built)?;
    let sched = arguments.sched.as_deref().or(arguments.only.as_deref());
    let built = match &arguments.only {
        Some(only) => build::only(built, only)?,
        None => build::with_schedulers(built, system.schedulers(sched))?,
    };
    write(&built, &system, sched, &arguments.out)?;
    println!("the hypervisor has {} bytes of code and the schedulers {}", built.code, built.schedulers.join(", "));
    println!("{} says how to boot it", workspace::shown(&arguments.out.join(README)));
    Ok(ExitCode::SUCCESS)
}

/// Writes the folder, if the hypervisor has all schedulers that the system runs.
pub(crate) fn write(built: &Artifacts, system: &System, sched: Option<&str>, out: &Path) -> Result<()> {
    if let Some(lacking) = system.schedulers(sched).find(|name| !built.schedulers.contains(name)) {
        bail!("a pool runs {lacking}, which an image made by `--only` lacks; leave `--only` away, or change that pool");
    }
    workspace::make(out)?;
    workspace::write(&out.join(IMAGE), &workspace::read(&built.image)?)?;
    workspace::write(&out.join(SYMBOLS), &workspace::read(&built.elf)?)?;
    workspace::write(&out.join(bundle_name(system)), &system.bundle)?;
    workspace::write(&out.join(README), instructions(built, system, sched).as_bytes())
}

/// The command that boots the folder, to be typed there.
pub(crate) fn machine(arch: Arch, system: &System, boot: String) -> Machine {
    Machine {
        arch,
        image: IMAGE.into(),
        bundle: Some(bundle_name(system).into()),
        boot,
        cpus: system.cpus,
        memory: MEMORY,
        memory_file: None,
        serial: Serial::Plain,
        counted: true,
    }
}

/// When the system stops in the printed commands.
pub(crate) fn stop(system: &System) -> Seconds {
    system.stop.unwrap_or(run::DEFAULT_SECONDS)
}

fn bundle_name(system: &System) -> String {
    format!("{}.bundle", system.name)
}

fn instructions(built: &Artifacts, system: &System, sched: Option<&str>) -> String {
    let boot = run::boot_line(Some(sched.unwrap_or(&system.scheduler)), Some(stop(system)), Format::Plain);
    let command = process::line(&machine(built.arch, system, boot.clone()).command());
    let bundle = bundle_name(system);
    let schedulers = built.schedulers.join(", ");
    format!(
        "{IMAGE:<20} the hypervisor, a flat arm64 boot image with {code} bytes of code
{SYMBOLS:<20} the same with symbols, for a debugger
{bundle:<20} the plan and its guests, given to the hypervisor as initial RAM disk

On QEMU, in this folder:

  {command}

With U-Boot, from a card's first partition:

  load mmc 0:1 ${{kernel_addr_r}} {IMAGE}
  load mmc 0:1 ${{ramdisk_addr_r}} {bundle}
  setenv bootargs '{boot}'
  booti ${{kernel_addr_r}} ${{ramdisk_addr_r}}:${{filesize}} ${{fdt_addr_r}}

The schedulers in it: {schedulers}

Boot parameters: sched=NAME chooses one of them for the first pool;
stop=DURATION ends the system (2s, 500ms); without it, it runs until it is switched off.
",
        code = built.code,
    )
}
