//! Running a crate's tests and noting which passed: each test program is run here, in this run.

use super::crates::Crate;
use crate::process;
use crate::progress::Step;
use crate::setup::toolchain;
use crate::workspace;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// How a test ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    Passed,
    Failed,
    Ignored,
}

/// The tests that ran, and the programs that held them.
#[derive(Clone, Debug, Default)]
pub(super) struct Ran {
    pub(super) tests: BTreeMap<String, Outcome>,
    pub(super) programs: Vec<PathBuf>,
    /// Programs that did not end as their tests say.
    pub(super) broken: Vec<String>,
    /// The commands, as one would type them.
    pub(super) commands: Vec<String>,
    /// Where the counters of coverage were written, if they were asked for.
    pub(super) counters: Option<PathBuf>,
}

impl Ran {
    /// How many tests passed.
    pub(super) fn passed(&self) -> u64 {
        self.tests.values().filter(|outcome| **outcome == Outcome::Passed).count() as u64
    }
}

/// What compiles a program with counters for lines, branches and conditions. Conditions are not stable in
/// the compiler, hence the bootstrap variable; the product itself is never built with it.
const COVERAGE: &str = "-Cinstrument-coverage -Zcoverage-options=condition";

/// Builds and runs all tests of `one`, with counters if `counted`.
pub(super) fn run(one: &Crate, counted: bool) -> Result<Ran> {
    let mut command = Command::new(toolchain::host_cargo());
    command.args(["test", "--no-run", "--tests", "--message-format=json", "-p", &one.name]);
    command.current_dir(workspace::root());
    let mut ran = Ran::default();
    if counted {
        let folder = workspace::folder("certify")?.join(&one.name).join("counters");
        let _ = std::fs::remove_dir_all(&folder);
        workspace::make(&folder)?;
        command.arg("--target-dir").arg(workspace::folder("certify")?.join("coverage"));
        command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", COVERAGE).env_remove("CARGO_ENCODED_RUSTFLAGS");
        // Whatever build scripts write is of no interest.
        command.env("LLVM_PROFILE_FILE", folder.with_file_name("build-%p.profraw"));
        ran.counters = Some(folder);
    }
    let flags = if counted { format!("RUSTC_BOOTSTRAP=1 RUSTFLAGS='{COVERAGE}' ") } else { String::new() };
    ran.commands.push(flags + &process::line(&command));
    let built = {
        let _step = Step::begin(format!("Building the tests of {}", one.name));
        process::checked(&mut command, process::LONG)?
    };
    let programs = programs(&built.out)?;
    let _step = Step::begin(format!("Running the tests of {}", one.name));
    for (program, prefix) in programs {
        run_program(one, program, &prefix, &mut ran)?;
    }
    Ok(ran)
}

fn run_program(one: &Crate, program: PathBuf, prefix: &str, ran: &mut Ran) -> Result<()> {
    let mut command = Command::new(&program);
    command.current_dir(&one.folder).env("CARGO_MANIFEST_DIR", &one.folder);
    if let Some(folder) = &ran.counters {
        command.env("LLVM_PROFILE_FILE", folder.join("%p-%m.profraw"));
    }
    let finished = process::capture(&mut command, process::LONG)?;
    let tests = outcomes(&finished.out);
    let failed = tests.values().any(|outcome| *outcome == Outcome::Failed);
    if !finished.ok() && !failed {
        ran.broken.push(format!("{} ended early ({:?})", program.display(), finished.code()));
    }
    ran.tests.extend(tests.into_iter().map(|(name, outcome)| (format!("{prefix}{name}"), outcome)));
    ran.programs.push(program);
    Ok(())
}

/// Test programs with what stands before the names of their tests.
fn programs(messages: &str) -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line).context("a message of cargo cannot be read")?;
        let Some(program) = message["executable"].as_str().filter(|_| message["profile"]["test"] == true) else {
            continue;
        };
        let is_test = message["target"]["kind"][0] == "test";
        let name = message["target"]["name"].as_str().unwrap_or_default();
        found.push((program.into(), if is_test { format!("tests/{name}.rs::") } else { String::new() }));
    }
    if found.is_empty() {
        bail!("the crate has no test program");
    }
    Ok(found)
}

/// Reads libtest's lines "test NAME ... ok".
fn outcomes(output: &str) -> BTreeMap<String, Outcome> {
    let one = |line: &str| {
        let (name, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
        let outcome = match outcome.split([',', ' ']).next()? {
            "ok" => Outcome::Passed,
            "ignored" => Outcome::Ignored,
            _ => Outcome::Failed,
        };
        Some((name.trim_end_matches(" - should panic").to_string(), outcome))
    };
    output.lines().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_read_from_the_output() {
        let output = "running 4 tests\ntest a::b ... ok\ntest c - should panic ... ok\ntest d ... FAILED\n\
                      test e ... ignored, takes long\n\ntest result: FAILED. 2 passed; 1 failed;\n";
        let tests = outcomes(output);
        assert_eq!(tests.len(), 4);
        assert_eq!((tests["a::b"], tests["c"]), (Outcome::Passed, Outcome::Passed));
        assert_eq!((tests["d"], tests["e"]), (Outcome::Failed, Outcome::Ignored));
    }
}
