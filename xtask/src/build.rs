//! Building the target images: the hypervisor and the small guests.
//!
//! They have a target folder of their own, so that host and target builds do not disturb each other;
//! whether something is up to date is for cargo to say.

use crate::arch::Arch;
use crate::cli::BuildArgs;
use crate::flat;
use crate::process;
use crate::progress::Step;
use crate::setup;
use crate::workspace;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// The cargo profile of target images.
const PROFILE: &str = "image";
/// The hypervisor's binary.
const HYPERVISOR: &str = "majorframe";

/// The built files.
#[derive(Clone, Debug)]
pub(crate) struct Artifacts {
    /// What they are built for.
    pub(crate) arch: Arch,
    /// The hypervisor with its symbols.
    pub(crate) elf: PathBuf,
    /// The hypervisor as boot loaders start it.
    pub(crate) image: PathBuf,
    /// Bytes of the hypervisor's executable segments.
    pub(crate) code: u64,
    /// The schedulers that it has.
    pub(crate) schedulers: Vec<&'static str>,
    /// The folder of the guests' ELF files.
    pub(crate) guests: PathBuf,
}

/// The verb: builds and says where the results are.
pub(crate) fn run(arguments: &BuildArgs) -> Result<ExitCode> {
    let built = match &arguments.only {
        Some(name) => only(all(arguments.arch)?, name)?,
        None => all(arguments.arch)?,
    };
    println!("hypervisor: {} ({} bytes of code)", workspace::shown(&built.image), built.code);
    println!("its schedulers: {}", built.schedulers.join(", "));
    println!("its symbols: {}", workspace::shown(&built.elf));
    println!("guests: {}", workspace::shown(&built.guests));
    Ok(ExitCode::SUCCESS)
}

/// Builds the hypervisor and all guests.
pub(crate) fn all(arch: Arch) -> Result<Artifacts> {
    let guests = guests(arch)?;
    compile(arch, &["-p", "kernel", "--bin", HYPERVISOR], "Building the hypervisor")?;
    let elf = guests.join(HYPERVISOR);
    let (image, code) = bootable(arch, &elf)?;
    Ok(Artifacts { arch, elf, image, code, schedulers: having(|name| !is_retired(name)), guests })
}

/// What boot loaders start, made from the ELF file, and the bytes of its code.
fn bootable(arch: Arch, elf: &Path) -> Result<(PathBuf, u64)> {
    let bytes = workspace::read(elf)?;
    if arch.boots_elf() {
        return Ok((elf.to_path_buf(), flat::code(&bytes)?));
    }
    let flat = flat::flatten(&bytes)?;
    let image = elf.with_extension("img");
    if std::fs::read(&image).ok().as_deref() != Some(&flat.bytes) {
        workspace::write(&image, &flat.bytes)?;
    }
    Ok((image, flat.code))
}

/// The artifacts of a system that names these schedulers: with another hypervisor if the usual one lacks some.
pub(crate) fn with_schedulers<'a>(usual: Artifacts, mut names: impl Iterator<Item = &'a str>) -> Result<Artifacts> {
    if !names.any(is_retired) {
        return Ok(usual);
    }
    special(usual, "retired", &["--features", "retired"], having(|_| true))
}

/// A hypervisor that has just this scheduler.
pub(crate) fn only(usual: Artifacts, name: &str) -> Result<Artifacts> {
    special(usual, name, &["--no-default-features", "--features", name], having(|one| one == name))
}

fn is_retired(name: &str) -> bool {
    policies::RETIRED.contains(&name)
}

/// The schedulers that an image has, in the order in which it lists them itself.
fn having(wanted: impl Fn(&str) -> bool) -> Vec<&'static str> {
    policies::REGISTRY.iter().map(|policy| policy.name).filter(|name| wanted(name)).collect()
}

/// A hypervisor with other features than the usual ones, under a name of its own.
fn special(usual: Artifacts, name: &str, features: &[&str], schedulers: Vec<&'static str>) -> Result<Artifacts> {
    let what: Vec<&str> = ["-p", "kernel", "--bin", HYPERVISOR].iter().chain(features).copied().collect();
    // Cargo gives all of them the same name, so one at a time, in a folder apart from the usual one.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let arch = usual.arch;
    let target = target_folder(arch).join("special");
    compile_in(&target, arch, &what, &format!("Building the hypervisor ({name})"))?;
    let elf = usual.guests.join(format!("{HYPERVISOR}-{name}.elf"));
    workspace::write(&elf, &workspace::read(&target.join(arch.target()).join(PROFILE).join(HYPERVISOR))?)?;
    let (image, code) = bootable(arch, &elf)?;
    Ok(Artifacts { elf, image, code, schedulers, ..usual })
}

/// Builds the guests; the folder of their ELF files.
pub(crate) fn guests(arch: Arch) -> Result<PathBuf> {
    compile(arch, &["-p", "guests", "--bins"], "Building the guests")?;
    Ok(target_folder(arch).join(arch.target()).join(PROFILE))
}

/// The folder of target builds.
pub(crate) fn target_folder(arch: Arch) -> PathBuf {
    workspace::target().join(format!("image-{}", arch.name()))
}

/// The names of the guests that the repository has.
pub(crate) fn guest_names() -> Result<Vec<String>> {
    let folder = workspace::root().join("guests/src/bin");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", workspace::shown(&folder)))?;
    let stem = |path: &Path| Some(path.file_stem()?.to_str()?.to_string());
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| stem(&entry.path())).collect();
    names.sort();
    Ok(names)
}

fn compile(arch: Arch, what: &[&str], doing: &str) -> Result<()> {
    compile_in(&target_folder(arch), arch, what, doing)
}

fn compile_in(target: &Path, arch: Arch, what: &[&str], doing: &str) -> Result<()> {
    let mut command = setup::compiler(arch)?.cargo(arch, "build");
    command.args(what).args(["--quiet", "--profile", PROFILE]).arg("--target-dir").arg(target);
    let finished = {
        let _step = Step::begin(doing);
        process::checked(&mut command, process::LONG).with_context(|| format!("{doing} failed"))?
    };
    // With --quiet only warnings are left.
    eprint!("{}", finished.err);
    Ok(())
}
