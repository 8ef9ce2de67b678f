//! Tools that only `certify` needs: LLVM's readers of coverage, and cargo-mutants.

use super::{apt, toolchain};
use crate::process;
use crate::progress::Step;
use crate::workspace;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest LLVM that reads what the compiler writes; newer ones read it too.
const OLDEST_LLVM: u32 = 19;
const NEWEST_LLVM: u32 = 40;
const MUTANTS: &str = "cargo-mutants";
const MUTANTS_VERSION: &str = "27.1.0";

/// The folder of llvm-cov and llvm-profdata: rustup's component, else Debian's newest, else installed now.
pub(crate) fn coverage_tools() -> Result<PathBuf> {
    if let Some(folder) = of_rustup()?.or_else(of_debian) {
        return Ok(folder);
    }
    let package = format!("llvm-{OLDEST_LLVM}");
    apt::install(&[&package])?;
    match of_debian() {
        Some(folder) => Ok(folder),
        None => bail!("{package} is installed but has no llvm-cov; `rustup component add llvm-tools` would do as well"),
    }
}

/// cargo-mutants, built once from its registry into our own folder.
pub(crate) fn mutants() -> Result<PathBuf> {
    let root = workspace::folder("setup")?.join(format!("{MUTANTS}-{MUTANTS_VERSION}"));
    let program = root.join("bin").join(MUTANTS);
    if !program.exists() {
        let _step = Step::begin(format!("Installing {MUTANTS} {MUTANTS_VERSION}"));
        let mut command = Command::new(toolchain::host_cargo());
        command
            .args(["install", "--quiet", "--locked", "--version", MUTANTS_VERSION, "--root"])
            .arg(&root)
            .arg(MUTANTS);
        process::checked(&mut command, process::LONG)?;
    }
    Ok(program)
}

/// The component `llvm-tools` of the compiler that runs us.
fn of_rustup() -> Result<Option<PathBuf>> {
    let answer = process::checked(Command::new("rustc").args(["--print", "target-libdir"]), process::LONG)?;
    let library = PathBuf::from(answer.out.trim());
    Ok(library.parent().map(|target| target.join("bin")).filter(|folder| has_tools(folder)))
}

fn of_debian() -> Option<PathBuf> {
    let folders = (OLDEST_LLVM..NEWEST_LLVM).rev().map(|version| PathBuf::from(format!("/usr/lib/llvm-{version}/bin")));
    folders.into_iter().find(|folder| has_tools(folder))
}

fn has_tools(folder: &Path) -> bool {
    ["llvm-cov", "llvm-profdata"].iter().all(|tool| folder.join(tool).is_file())
}
