//! Where all of it comes from: sources, dependencies with licences, tools, and how to repeat it.

use super::report::{Section, Table};
use super::subject::Subject;
use crate::arch::Arch;
use crate::process;
use crate::setup::{self, toolchain};
use crate::workspace;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The only crate that a policy may depend on.
const SEAM: &str = "sched";

/// The section.
pub(super) fn section(subject: &Subject, quick: bool) -> Result<Section> {
    let mut section = Section::new("origin", "Sources, dependencies and tools").says(
        "The hash of a crate is SHA-256 over its files in the order of their paths: each path, a zero byte, the \
         length as eight bytes, the content. No file of the crate, and none that it shares, may hold the token `unsafe`.",
    );
    let mut hashes = Table::new("hashes", "Sources", &["crate", "sha256", "files"]);
    for folder in [&subject.one.folder, &workspace::root().join(SEAM)] {
        let (hash, files) = hash(folder)?;
        hashes.row(&[&folder.file_name().unwrap_or_default().to_string_lossy(), &hash, &files]);
    }
    for file in subject.files.iter().chain(&subject.shared) {
        for line in &file.unsafes {
            section.miss(format!("{}:{line}: the token `unsafe`", file.path));
        }
    }
    let dependencies = dependencies(&subject.one.name, &mut section)?;
    section.tables = vec![hashes, dependencies, tools(quick)?, commands(subject)];
    Ok(section)
}

/// SHA-256 over all files of a crate, and their number.
pub(super) fn hash(folder: &Path) -> Result<(String, usize)> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut hash = Sha256::new();
    for file in &files {
        let path = file.strip_prefix(folder).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let bytes = workspace::read(file)?;
        hash.update(path.as_bytes());
        hash.update([0]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(&bytes);
    }
    let text = hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    Ok((text, files.len()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", workspace::shown(folder)))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// All crates that are linked into the product or used by the tests, as cargo resolves them for each.
fn dependencies(name: &str, section: &mut Section) -> Result<Table> {
    let (product, tests) = (tree(name, "normal")?, tree(name, "normal,dev")?);
    let mut table = Table::new("dependencies", "Dependencies", &["crate and version", "licence", "used by"]);
    for one in product.union(&tests).filter(|one| one.split(' ').next() != Some(name)) {
        let (package, licence) = one.split_once('|').unwrap_or((one, ""));
        let linked = product.contains(one);
        table.row(&[&package, &licence, &if linked { "product" } else { "tests" }]);
        if linked && package.split(' ').next() != Some(SEAM) {
            section.miss(format!("the crate depends on `{package}`; a policy depends on `{SEAM}` alone"));
        }
        if licence.is_empty() {
            section.miss(format!("`{package}` has no licence in its manifest"));
        }
    }
    Ok(table)
}

/// The crates below `name` by these kinds of dependency, each as "name version|licence".
fn tree(name: &str, kinds: &str) -> Result<BTreeSet<String>> {
    let mut command = Command::new(toolchain::host_cargo());
    command.args(["tree", "--locked", "--prefix", "none", "--format", "{p}|{l}", "-p", name, "-e", kinds]);
    let answer = process::checked(command.current_dir(workspace::root()), process::LONG)?;
    // A path tells where the workspace lies, and a star that the crate was listed before.
    let plain = |line: &str| {
        let (package, licence) = line.trim_end_matches(" (*)").split_once('|')?;
        Some(format!("{}|{licence}", package.split(" (").next()?))
    };
    Ok(answer.out.lines().filter_map(plain).collect())
}

/// The tools with their versions.
fn tools(quick: bool) -> Result<Table> {
    let mut table = Table::new("tools", "Tools", &["tool", "version"]);
    let mut tool = |name: &str, program: &Path, arguments: &[&str]| -> Result<()> {
        let answer = process::checked(Command::new(program).args(arguments), process::LONG)?;
        let lines: Vec<&str> = answer.out.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        table.row(&[&name, &lines.join("; ")]);
        Ok(())
    };
    tool("rustc on the host", Path::new("rustc"), &["-vV"])?;
    tool("cargo", Path::new(&toolchain::host_cargo()), &["-V"])?;
    if !quick {
        tool("llvm-cov", &setup::coverage_tools()?.join("llvm-cov"), &["--version"])?;
        tool("the emulator", Path::new(Arch::Aarch64.emulator()), &["--version"])?;
    }
    table.row(&[&"compiler for the target", &setup::compiler(Arch::Aarch64)?.describe()]);
    table.row(&[&"this verb", &env!("CARGO_PKG_VERSION")]);
    Ok(table)
}

fn commands(subject: &Subject) -> Table {
    let mut table = Table::new("commands", "To repeat it", &["command"]);
    table.row(&[&format!("cargo xtask certify {}", subject.one.name)]);
    for command in subject.ran.iter().flat_map(|ran| &ran.commands) {
        table.row(&[command]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_depends_on_names_and_contents() {
        let folder = std::env::temp_dir().join(format!("certify-hash-{}", std::process::id()));
        workspace::make(&folder.join("src")).expect("a temporary folder");
        workspace::write(&folder.join("src/a"), b"1").expect("it is writable");
        let first = hash(&folder).expect("it is readable");
        workspace::write(&folder.join("src/a"), b"2").expect("it is writable");
        let second = hash(&folder).expect("it is readable");
        std::fs::rename(folder.join("src/a"), folder.join("src/b")).expect("it can be renamed");
        let third = hash(&folder).expect("it is readable");
        std::fs::remove_dir_all(&folder).expect("it can be removed");
        assert!(first.0 != second.0 && second.0 != third.0 && third.1 == 1 && third.0.len() == 64);
    }
}
