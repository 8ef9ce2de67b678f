//! The crate's own source: functions, tests, tags, and the token `unsafe`.
//!
//! Files are followed from the roots through `mod` declarations, so that a test gets the name under which
//! libtest runs it. Tokens are walked and not the syntax tree: tests inside `proptest!` are tokens only.

mod tags;
mod tokens;

pub(super) use tags::{On, Tag, is_id};

use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A function with a body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    /// From its first attribute or comment for documentation to its closing brace, from 1.
    pub(super) lines: (usize, usize),
    /// The name under which it runs, if it is a test.
    pub(super) test: Option<String>,
    /// Compiled for tests only.
    pub(super) for_tests: bool,
}

/// Another item, or a function without a body: something a tag can stand above.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Item {
    pub(super) name: String,
    /// Its first attribute or comment for documentation, and the line that says what it is.
    pub(super) lines: (usize, usize),
    pub(super) for_tests: bool,
}

/// A source file of the crate.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    /// Relative to the crate, with `/`.
    pub(super) path: String,
    pub(super) lines: Vec<String>,
    pub(super) functions: Vec<Function>,
    pub(super) items: Vec<Item>,
    /// Lines that are compiled for tests only.
    pub(super) test_lines: Vec<(usize, usize)>,
    pub(super) unsafes: Vec<usize>,
    pub(super) tags: Vec<Tag>,
}

impl File {
    /// True if the line is compiled for tests only.
    pub(super) fn is_for_tests(&self, line: usize) -> bool {
        self.test_lines.iter().any(|(first, last)| (*first..=*last).contains(&line))
    }

    /// The line's text, without the space around it.
    pub(super) fn text(&self, line: usize) -> &str {
        self.lines.get(line.saturating_sub(1)).map_or("", |line| line.trim())
    }
}

/// Where a file stands: its module path, and what its tests are called by.
struct Place {
    file: PathBuf,
    /// The folder in which its modules lie.
    folder: PathBuf,
    module: Vec<String>,
    /// `tests/name.rs::` for integration tests.
    prefix: String,
    for_tests: bool,
}

/// Reads all files of the crate in `root`; also the files that no `mod` names.
pub(super) fn read(root: &Path) -> Result<(Vec<File>, Vec<String>)> {
    let files = walk(root, false)?;
    let seen: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let present = rust_files(&root.join("src"), true).into_iter().map(|file| relative(root, &file));
    let strays = present.filter(|path| !seen.contains(path.as_str())).collect();
    Ok((files, strays))
}

/// The names of all test functions that run with the crate in `root`, without modules; those in files of other crates
/// too.
pub(crate) fn test_functions(root: &Path) -> Result<BTreeSet<String>> {
    let files = walk(root, true)?;
    let tests = files.iter().flat_map(|file| &file.functions).filter(|function| function.test.is_some());
    Ok(tests.map(|function| function.name.clone()).collect())
}

/// All files from the roots of library and tests on; if `beyond`, those of other crates that `#[path]` names too.
fn walk(root: &Path, beyond: bool) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let src = root.join("src");
    let library =
        Place { file: src.join("lib.rs"), folder: src, module: vec![], prefix: String::new(), for_tests: false };
    follow(root, library, beyond, &mut files)?;
    for file in rust_files(&root.join("tests"), false) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let prefix = format!("tests/{name}::");
        let place = Place { file, folder: root.join("tests"), module: vec![], prefix, for_tests: true };
        follow(root, place, beyond, &mut files)?;
    }
    Ok(files)
}

/// Reads one file of another crate; its path begins at `root`.
pub(super) fn shared(root: &Path, path: &str) -> Result<File> {
    let text = fs::read_to_string(root.join(path)).with_context(|| format!("cannot read the shared file {path}"))?;
    Ok(parse(path, &text, &[], "", false)?.0)
}

fn follow(root: &Path, place: Place, beyond: bool, files: &mut Vec<File>) -> Result<()> {
    let path = relative(root, &place.file);
    let text = fs::read_to_string(&place.file).with_context(|| format!("cannot read {}", place.file.display()))?;
    let (file, modules) = parse(&path, &text, &place.module, &place.prefix, place.for_tests)?;
    files.push(file);
    for module in modules {
        let name = module.path.last().cloned().unwrap_or_default();
        let inside = &module.path[place.module.len()..module.path.len().saturating_sub(1)];
        let folder = inside.iter().fold(place.folder.clone(), |folder, part| folder.join(part));
        let beside = folder.join(format!("{name}.rs"));
        let within = folder.join(&name).join("mod.rs");
        let named = module.file.as_ref().map(|path| place.file.with_file_name(path));
        // `#[path]` to a file of another crate does not lead to this crate's source.
        let own = |file: &PathBuf| beyond || !file.components().any(|part| part == Component::ParentDir);
        let candidates = named.map_or(vec![beside, within], |file| vec![file]);
        let Some(file) = candidates.into_iter().find(|file| file.is_file() && own(file)) else { continue };
        let prefix = place.prefix.clone();
        let for_tests = place.for_tests || module.for_tests;
        let place = Place { file, folder: folder.join(&name), module: module.path, prefix, for_tests };
        follow(root, place, beyond, files)?;
    }
    Ok(())
}

/// Reads one file; also the modules that lie in files of their own.
fn parse(
    path: &str,
    text: &str,
    module: &[String],
    prefix: &str,
    for_tests: bool,
) -> Result<(File, Vec<tokens::Module>)> {
    let stream = text.parse().map_err(|error| anyhow::anyhow!("{path} is not Rust: {error}"))?;
    let found = tokens::walk(stream, module, prefix, for_tests);
    let lines: Vec<String> = text.lines().map(str::to_string).collect();
    let mut test_lines = found.test_lines;
    if for_tests {
        test_lines = vec![(1, lines.len())];
    }
    let mut file = File {
        path: path.to_string(),
        lines,
        functions: found.functions,
        items: found.items,
        test_lines,
        unsafes: found.unsafes,
        tags: Vec::new(),
    };
    file.tags = tags::find(&file);
    Ok((file, found.modules))
}

fn rust_files(folder: &Path, deep: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && deep {
            found.extend(rust_files(&path, true));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn relative(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
pub(super) fn parse_for_tests(path: &str, text: &str, module: &[&str], for_tests: bool) -> File {
    let module: Vec<String> = module.iter().map(ToString::to_string).collect();
    parse(path, text, &module, "", for_tests).expect("it is Rust").0
}
