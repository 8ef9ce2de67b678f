//! The initial file system of Linux guests.

use super::cpio::Archive;
use crate::workspace;
use anyhow::{Context, Result};
use std::path::Path;

/// The first process.
const INIT: &str = include_str!("init.sh");

/// Files of Debian's packages and where they go. cyclictest is linked dynamically; Debian's libraries
/// are looked for in `/lib` whatever their folder was.
const PROGRAMS: &[(&str, &str)] = &[
    ("bin/busybox", "bin/busybox"),
    ("usr/bin/cyclictest", "bin/cyclictest"),
    ("lib/aarch64-linux-gnu/ld-linux-aarch64.so.1", "lib/ld-linux-aarch64.so.1"),
    ("lib/aarch64-linux-gnu/libc.so.6", "lib/libc.so.6"),
    ("lib/aarch64-linux-gnu/libpthread.so.0", "lib/libpthread.so.0"),
    ("lib/aarch64-linux-gnu/librt.so.1", "lib/librt.so.1"),
    ("usr/lib/aarch64-linux-gnu/libnuma.so.1", "lib/libnuma.so.1"),
];

/// Makes the archive from the unpacked packages.
pub(super) fn make(files: &Path) -> Result<Vec<u8>> {
    let mut archive = Archive::default();
    for folder in ["bin", "dev", "lib", "proc", "sys", "tmp"] {
        archive.folder(folder);
    }
    archive.device("dev/console", 5, 1);
    archive.program("init", INIT.as_bytes());
    for (from, to) in PROGRAMS {
        let content = workspace::read(&files.join(from))
            .context("Debian's packages are incomplete; remove target/linux to fetch them again")?;
        archive.program(to, &content);
    }
    Ok(archive.finish())
}
