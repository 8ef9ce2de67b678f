//! Debian's unmodified Linux as a guest: its kernels, and an initial file system of our own.

mod cpio;
mod fetch;
mod initramfs;

use crate::arch::Arch;
use crate::workspace;
use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// The reference to the initial file system in a `system.toml`.
pub(crate) const INITRAMFS: &str = "linux/initramfs";

/// A kernel of Debian's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kernel {
    /// The one for all machines.
    Generic,
    /// The one for virtual machines, with fewer drivers.
    Cloud,
}

impl Kernel {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Generic, Self::Cloud];

    /// The reference to it in a `system.toml`.
    pub(crate) fn reference(self) -> &'static str {
        match self {
            Self::Generic => "debian:linux",
            Self::Cloud => "debian:cloud",
        }
    }

    /// The package that always depends on the current one, and the name of the unpacked file.
    fn package(self, arch: Arch) -> String {
        let flavour = if self == Self::Cloud { "cloud-" } else { "" };
        format!("linux-image-{flavour}{}", arch.debian())
    }
}

/// Debian's kernel as the architecture's boot protocol wants it; fetched when it is not there yet.
pub(crate) fn kernel(kernel: Kernel, arch: Arch) -> Result<Vec<u8>> {
    let packed = workspace::read(&files(arch)?.join(kernel.package(arch)))?;
    if !packed.starts_with(&[0x1f, 0x8b]) {
        return Ok(packed);
    }
    let mut image = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut image).context("Debian's kernel cannot be unpacked")?;
    Ok(image)
}

/// The initial file system: busybox and cyclictest, which measures and then switches off.
pub(crate) fn initramfs(arch: Arch) -> Result<Vec<u8>> {
    initramfs::make(&files(arch)?, arch)
}

/// The folder of the fetched files.
fn files(arch: Arch) -> Result<PathBuf> {
    let folder = workspace::folder(&format!("linux/{}", arch.debian()))?;
    // Scenarios that run side by side, or two terminals, may want it at once: one fetches, the others wait.
    let turn = File::create(folder.join("lock")).context("the folder for Linux cannot be written")?;
    turn.lock().context("the folder for Linux cannot be locked")?;
    fetch::ensure(&folder, arch)?;
    Ok(folder.join(fetch::FILES))
}
