//! Debian's unmodified Linux for arm64 as a guest: its kernel, and an initial file system of our own.

mod cpio;
mod fetch;
mod initramfs;

use crate::workspace;
use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// The reference to the kernel in a `system.toml`.
pub(crate) const KERNEL: &str = "debian:arm64";
/// The reference to the initial file system.
pub(crate) const INITRAMFS: &str = "linux/initramfs";

/// Debian's kernel as a plain `Image`; fetched when it is not there yet.
pub(crate) fn kernel() -> Result<Vec<u8>> {
    let packed = workspace::read(&files()?.join(fetch::KERNEL_FILE))?;
    if !packed.starts_with(&[0x1f, 0x8b]) {
        return Ok(packed);
    }
    let mut image = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut image).context("Debian's kernel cannot be unpacked")?;
    Ok(image)
}

/// The initial file system: busybox and cyclictest, which measures and then switches off.
pub(crate) fn initramfs() -> Result<Vec<u8>> {
    initramfs::make(&files()?)
}

/// The folder of the fetched files.
fn files() -> Result<PathBuf> {
    let folder = workspace::folder("linux")?;
    // Scenarios that run side by side, or two terminals, may want it at once: one fetches, the others wait.
    let turn = File::create(folder.join("lock")).context("the folder for Linux cannot be written")?;
    turn.lock().context("the folder for Linux cannot be locked")?;
    fetch::ensure(&folder)?;
    Ok(folder.join(fetch::FILES))
}
