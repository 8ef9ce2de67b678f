//! The initial file system of Linux guests.

use super::cpio::Archive;
use crate::arch::Arch;
use crate::workspace;
use anyhow::{Context, Result};
use std::path::Path;

/// The first process.
const INIT: &str = include_str!("init.sh");

/// Programs of Debian's packages and where they go.
const PROGRAMS: &[(&str, &str)] = &[("bin/busybox", "bin/busybox"), ("usr/bin/cyclictest", "bin/cyclictest")];
/// The libraries that cyclictest is linked with, below the architecture's folder, and where they go: Debian's libraries
/// are looked for in `/lib` whatever their folder was.
const LIBRARIES: &[(&str, &str)] =
    &[("lib", "libc.so.6"), ("lib", "libpthread.so.0"), ("lib", "librt.so.1"), ("usr/lib", "libnuma.so.1")];

/// The folder of an architecture's libraries, the loader there, and where programs look for it.
fn loader(arch: Arch) -> (&'static str, &'static str, &'static str) {
    match arch {
        Arch::Aarch64 => ("aarch64-linux-gnu", "ld-linux-aarch64.so.1", "lib"),
        Arch::X86_64 => ("x86_64-linux-gnu", "ld-linux-x86-64.so.2", "lib64"),
    }
}

/// Every file of the packages that is needed, and its place.
fn wanted(arch: Arch) -> Vec<(String, String)> {
    let (folder, loader, place) = loader(arch);
    let programs = PROGRAMS.iter().map(|(from, to)| (from.to_string(), to.to_string()));
    let libraries = LIBRARIES.iter().map(|(above, name)| (format!("{above}/{folder}/{name}"), format!("lib/{name}")));
    let loader = (format!("lib/{folder}/{loader}"), format!("{place}/{loader}"));
    programs.chain(libraries).chain([loader]).collect()
}

/// Makes the archive from the unpacked packages.
pub(super) fn make(files: &Path, arch: Arch) -> Result<Vec<u8>> {
    let mut archive = Archive::default();
    for folder in ["bin", "dev", "lib", "lib64", "proc", "sys", "tmp"] {
        archive.folder(folder);
    }
    archive.device("dev/console", 5, 1);
    archive.program("init", INIT.as_bytes());
    for (from, to) in wanted(arch) {
        let content = workspace::read(&files.join(from))
            .context("Debian's packages are incomplete; remove target/linux to fetch them again")?;
        archive.program(&to, &content);
    }
    Ok(archive.finish())
}
