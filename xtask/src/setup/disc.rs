//! What discs for PCs need: GRUB for both kinds of firmware with the tools that it calls, and EFI firmware to try them.

use super::apt;
use crate::workspace;
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};

/// A program or a folder, and the package that has it.
const NEEDED: [(&str, &str); 6] = [
    ("grub-mkrescue", "grub-common"),
    ("xorriso", "xorriso"),
    ("mformat", "mtools"),
    ("faketime", "faketime"),
    ("/usr/lib/grub/i386-pc", "grub-pc-bin"),
    ("/usr/lib/grub/x86_64-efi", "grub-efi-amd64-bin"),
];
const FIRMWARE: &str = "/usr/share/ovmf/OVMF.fd";

/// Installs what makes discs.
pub(crate) fn disc_tools() -> Result<()> {
    let lacking: Vec<&str> = NEEDED.iter().filter(|(what, _)| !is_there(what)).map(|(_, package)| *package).collect();
    if lacking.is_empty() { Ok(()) } else { apt::install(&lacking) }
}

/// The EFI firmware of an emulated PC.
pub(crate) fn efi_firmware() -> Result<PathBuf> {
    if !Path::new(FIRMWARE).exists() {
        apt::install(&["ovmf"])?;
        ensure!(Path::new(FIRMWARE).exists(), "the package ovmf is installed but has no {FIRMWARE}");
    }
    Ok(FIRMWARE.into())
}

fn is_there(what: &str) -> bool {
    if what.starts_with('/') { Path::new(what).is_dir() } else { workspace::program(what).is_some() }
}
