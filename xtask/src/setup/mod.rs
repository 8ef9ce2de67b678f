//! Set-up: what the other verbs need from the machine, installed once and only when missing.

mod apt;
mod disc;
mod evidence;
pub(crate) mod toolchain;

use crate::arch::Arch;
use crate::workspace;
use anyhow::{Result, bail};
use clap::ValueEnum;
use std::path::Path;
use std::process::ExitCode;
use toolchain::Toolchain;

pub(crate) use disc::{disc_tools, efi_firmware};
pub(crate) use evidence::{coverage_tools, mutants};

/// The key with which Debian's package lists are checked, also on hosts that are not Debian.
pub(crate) const DEBIAN_KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The verb: installs everything, says what is there.
pub(crate) fn run() -> Result<ExitCode> {
    for arch in Arch::value_variants().iter().copied() {
        let compiler = compiler(arch)?;
        emulator(arch)?;
        println!("compiler for {}: {}", arch.name(), compiler.describe());
        println!("emulator for {}: {}", arch.name(), arch.emulator());
    }
    debian_tools()?;
    disc_tools()?;
    println!("discs for PCs: GRUB; to try them by EFI: {}", efi_firmware()?.display());
    println!("Everything is in place; continue with `cargo xtask run`.");
    Ok(ExitCode::SUCCESS)
}

/// The compiler for the bare-metal target of `arch`.
pub(crate) fn compiler(arch: Arch) -> Result<Toolchain> {
    if let Some(found) = toolchain::find(arch)? {
        return Ok(found);
    }
    if let Some(added) = toolchain::add_by_rustup(arch)? {
        return Ok(added);
    }
    apt::install(toolchain::DEBIAN_PACKAGES)?;
    match toolchain::find(arch)? {
        Some(found) => Ok(found),
        None => bail!(
            "no compiler for {target}: neither `rustup target add {target}` nor the distribution's packages ({}) gave \
             one that is new enough; install one of the two by hand",
            toolchain::DEBIAN_PACKAGES.join(", "),
            target = arch.target(),
        ),
    }
}

/// The emulator of `arch`.
pub(crate) fn emulator(arch: Arch) -> Result<()> {
    if workspace::program(arch.emulator()).is_some() { Ok(()) } else { apt::install(&[arch.emulator_package()]) }
}

/// What fetching Debian's Linux needs.
pub(crate) fn debian_tools() -> Result<()> {
    if workspace::program("dpkg-deb").is_none() {
        bail!("`dpkg-deb` is missing: Linux guests are taken from Debian's packages, which need a Debian-like host");
    }
    if Path::new(DEBIAN_KEYRING).exists() { Ok(()) } else { apt::install(&["debian-archive-keyring"]) }
}

/// The linter that belongs to the distribution's compiler.
pub(crate) fn distribution_linter() -> Result<()> {
    if Path::new(toolchain::DEBIAN_CLIPPY).exists() { Ok(()) } else { apt::install(&["rust-web-clippy"]) }
}
