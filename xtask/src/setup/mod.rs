//! Set-up: what the other verbs need from the machine, installed once and only when missing.

mod apt;
mod evidence;
pub(crate) mod toolchain;

use crate::workspace;
use anyhow::{Result, bail};
use std::path::Path;
use std::process::ExitCode;
use toolchain::Toolchain;

pub(crate) use evidence::{coverage_tools, mutants};

/// The emulator.
pub(crate) const QEMU: &str = "qemu-system-aarch64";
/// The key with which Debian's package lists are checked, also on hosts that are not Debian.
pub(crate) const DEBIAN_KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The verb: installs everything, says what is there.
pub(crate) fn run() -> Result<ExitCode> {
    let compiler = compiler()?;
    emulator()?;
    debian_tools()?;
    println!("compiler for the target: {}", compiler.describe());
    println!("emulator: {QEMU}");
    println!("Everything is in place; continue with `cargo xtask run`.");
    Ok(ExitCode::SUCCESS)
}

/// The compiler for bare-metal targets.
pub(crate) fn compiler() -> Result<Toolchain> {
    if let Some(found) = toolchain::find()? {
        return Ok(found);
    }
    if let Some(added) = toolchain::add_by_rustup()? {
        return Ok(added);
    }
    apt::install(toolchain::DEBIAN_PACKAGES)?;
    match toolchain::find()? {
        Some(found) => Ok(found),
        None => bail!(
            "no compiler for {target}: neither `rustup target add {target}` nor the distribution's packages ({}) gave \
             one that is new enough; install one of the two by hand",
            toolchain::DEBIAN_PACKAGES.join(", "),
            target = toolchain::TARGET,
        ),
    }
}

/// The emulator.
pub(crate) fn emulator() -> Result<()> {
    if workspace::program(QEMU).is_some() { Ok(()) } else { apt::install(&["qemu-system-arm"]) }
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
