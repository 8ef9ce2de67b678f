//! What is checked without a machine: format, acceptance cases, lints for host and target, unit tests, the schedulers'
//! evidence.

use super::tally::Count;
use crate::acceptance;
use crate::arch::Arch;
use crate::build;
use crate::certify;
use crate::process;
use crate::progress::Step;
use crate::setup::{self, toolchain};
use crate::workspace;
use anyhow::{Result, bail};
use clap::ValueEnum;
use std::process::Command;

/// A step.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) run: fn() -> Result<Count>,
}

/// All of them, the fast ones first.
pub(super) const ALL: &[Check] = &[
    Check { name: "format", run: format },
    Check { name: "acceptance_cases", run: acceptance_cases },
    Check { name: "lints_on_the_host", run: host_lints },
    Check { name: "lints_for_the_target", run: target_lints },
    Check { name: "unit_tests", run: unit_tests },
    Check { name: "schedulers", run: schedulers },
];

const DENY: &[&str] = &["--", "-D", "warnings"];

fn format() -> Result<Count> {
    one(host("fmt").args(["--all", "--check", "--", "--color", "never"]), "Checking the format")
}

fn host_lints() -> Result<Count> {
    one(host("clippy").args(["--quiet", "--all-targets"]).args(DENY), "Linting for the host")
}

fn acceptance_cases() -> Result<Count> {
    acceptance::check()?;
    Ok(Count { passed: 1, failed: 0 })
}

/// The distribution's compiler needs the distribution's linter.
fn target_lints() -> Result<Count> {
    let mut sum = Count::default();
    for arch in Arch::value_variants().iter().copied() {
        let compiler = setup::compiler(arch)?;
        if compiler == toolchain::Toolchain::Distribution {
            setup::distribution_linter()?;
        }
        let mut command = compiler.cargo(arch, "clippy");
        command.args(["--quiet", "-p", "kernel", "-p", "guests", "--bins"]);
        command.arg("--target-dir").arg(build::target_folder(arch)).args(DENY);
        sum.passed += one(&mut command, &format!("Linting for {}", arch.name()))?.passed;
    }
    Ok(sum)
}

/// Runs on when a test fails, so that the numbers are complete. The schedulers' own tests are run by the next step,
/// and `probe` exists only for the target.
fn unit_tests() -> Result<Count> {
    let _step = Step::begin("Running the unit tests");
    let mut command = host("test");
    command.args(["--quiet", "--no-fail-fast", "--workspace", "--exclude", "probe", "--exclude", "sched-*"]);
    let finished = process::capture(&mut command, process::LONG)?;
    let count = count(&finished.out);
    if !finished.ok() {
        eprint!("{}{}", finished.out, finished.err);
        if count.failed == 0 {
            bail!("the unit tests could not be built or run");
        }
    }
    Ok(count)
}

/// The tests of every scheduler crate, and the quick part of its evidence: something missing is a failure.
fn schedulers() -> Result<Count> {
    certify::quick().map(|(passed, failed)| Count { passed, failed })
}

fn host(verb: &str) -> Command {
    let mut command = Command::new(toolchain::host_cargo());
    command.arg(verb).current_dir(workspace::root());
    command
}

fn one(command: &mut Command, doing: &str) -> Result<Count> {
    let _step = Step::begin(doing);
    process::checked(command, process::LONG)?;
    Ok(Count { passed: 1, failed: 0 })
}

/// Adds up cargo's lines "test result: ok. 12 passed; 0 failed; …".
fn count(output: &str) -> Count {
    let results = output.lines().filter_map(|line| line.trim().strip_prefix("test result: "));
    results.fold(Count::default(), |sum, line| Count {
        passed: sum.passed + number_before(line, " passed"),
        failed: sum.failed + number_before(line, " failed"),
    })
}

fn number_before(line: &str, word: &str) -> u64 {
    let before = line.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_added_up() {
        let output = "\nrunning 2 tests\n..\ntest result: ok. 2 passed; 0 failed; 0 ignored;\n\n\
                      test result: FAILED. 11 passed; 3 failed; 0 ignored;\n";
        assert_eq!(count(output), Count { passed: 13, failed: 3 });
    }
}
