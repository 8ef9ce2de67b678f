//! Measuring: all runs that are wanted, two at a time, and what becomes of their rows.

use super::about;
use super::check;
use super::rows;
use super::runner;
use super::scenario::{Case, Scenarios};
use crate::arch::Arch;
use crate::build::{self, Artifacts};
use crate::cli::{MeasureArgs, Target};
use crate::workspace;
use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Instant;
use timing_tests::bench::{self, Results, Rivals, Row, page};

/// The emulator uses one core when it counts instructions.
const AT_A_TIME: usize = 2;
/// The folder of the verb's runs below `target/run`.
const FOLDER: &str = "bench";

/// Rows of a run, or why there are none.
type Made = Option<Result<Vec<Row>>>;

/// The verb.
pub(super) fn run(arguments: &MeasureArgs) -> Result<ExitCode> {
    let exact = arguments.target == Target::Qemu;
    ensure!(exact || !arguments.check, "the specification is about instructions; leave `--check` or `--target` away");
    let scenarios = Scenarios::load()?;
    let cases = chosen(&scenarios, arguments)?;
    let built = match arguments.target {
        Target::Sim => Vec::new(),
        _ => archs(&cases).into_iter().map(build::all).collect::<Result<Vec<_>>>()?,
    };
    let (results, failures) = all(&cases, &scenarios, arguments.target, &built, FOLDER)?;
    let file = arguments.out.join("results.json");
    workspace::make(&arguments.out)?;
    workspace::write(&file, bench::write(&results).as_bytes())?;
    let shown = arguments.out.join("report.html");
    workspace::write(&shown, page(&results, &[], &Rivals::known()).as_bytes())?;
    println!("{} has {} rows; {} shows them", workspace::shown(&file), results.rows.len(), workspace::shown(&shown));
    ensure!(failures.is_empty(), "{} of {} runs failed:\n{}", failures.len(), cases.len(), failures.join("\n"));
    if arguments.check {
        println!("{} figures of {} hold", check::check(&results)?, check::FILE);
    }
    Ok(ExitCode::SUCCESS)
}

/// For the tests: whether the quick figures of the specification hold on one architecture.
pub(crate) fn holds(built: &Artifacts, name: &str) -> Result<()> {
    let results = quick(built, &format!("test/{name}"), |_| true)?;
    check::check(&results).map(|_| ())
}

/// For the tests: whether two runs give the same figures, to the byte.
pub(crate) fn repeats(built: &Artifacts, name: &str, scenario: &str) -> Result<()> {
    let [first, second] =
        [1, 2].map(|run| quick(built, &format!("test/{name}-{run}"), |case| case.scenario.name == scenario));
    let [first, second] = [first?, second?].map(|results| bench::write(&results));
    ensure!(!first.is_empty(), "scenario `{scenario}` gave no row");
    let differs = first.lines().zip(second.lines()).find(|(one, other)| one != other);
    ensure!(first == second, "a second run gave other figures: {differs:?}");
    Ok(())
}

fn quick(built: &Artifacts, folder: &str, wanted: impl Fn(&Case<'_>) -> bool) -> Result<Results> {
    let scenarios = Scenarios::load()?;
    let mut cases = scenarios.cases(&[built.arch])?;
    cases.retain(|case| case.is_quick() && wanted(case));
    let (results, failures) = all(&cases, &scenarios, Target::Qemu, std::slice::from_ref(built), folder)?;
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(results)
}

/// The runs that the command line asks for; none is a mistake.
fn chosen<'a>(scenarios: &'a Scenarios, arguments: &MeasureArgs) -> Result<Vec<Case<'a>>> {
    let every: Vec<Arch> = match (arguments.target, arguments.arch) {
        (Target::Sim, _) => vec![Arch::Aarch64],
        (_, Some(arch)) => vec![arch],
        (_, None) => Arch::value_variants().to_vec(),
    };
    let mut cases = scenarios.cases(&every)?;
    cases.retain(|case| {
        let filter = arguments.filter.as_ref().is_none_or(|text| case.name().contains(text.as_str()));
        filter && (case.is_quick() || !arguments.quick) && (case.scenario.sim || arguments.target != Target::Sim)
    });
    if cases.is_empty() {
        bail!("nothing is left to measure; `--filter` looks for a text in names such as task-and-hogs-aarch64-rtds");
    }
    Ok(cases)
}

fn archs(cases: &[Case<'_>]) -> Vec<Arch> {
    Arch::value_variants().iter().copied().filter(|arch| cases.iter().any(|case| case.arch == *arch)).collect()
}

/// Makes all runs; the rows come in the order of the runs whatever ended first. Failures are sentences.
fn all(
    cases: &[Case<'_>],
    scenarios: &Scenarios,
    target: Target,
    built: &[Artifacts],
    folder: &str,
) -> Result<(Results, Vec<String>)> {
    let made: Vec<Mutex<Made>> = cases.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let next = || {
        let at = next.fetch_add(1, Relaxed);
        cases.get(at).zip(made.get(at))
    };
    let work = || {
        while let Some((case, place)) = next() {
            let begun = Instant::now();
            let built = built.iter().find(|built| built.arch == case.arch);
            let rows = runner::run(case, scenarios, target, built, folder);
            let how = if rows.is_ok() { "measured" } else { "FAILED" };
            eprintln!("{how} {} ({:.1} s)", case.name(), begun.elapsed().as_secs_f64());
            *place.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(rows);
        }
    };
    thread::scope(|scope| (0..AT_A_TIME).for_each(|_| drop(scope.spawn(work))));
    let made = made.into_iter().map(|one| one.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()));
    collect(cases, made.collect(), target)
}

fn collect(cases: &[Case<'_>], made: Vec<Made>, target: Target) -> Result<(Results, Vec<String>)> {
    let name = target.to_possible_value().context("a target without a name")?.get_name().to_string();
    let mut results = Results::new(about::about(&name));
    let mut failures = Vec::new();
    for (case, made) in cases.iter().zip(made) {
        match made.context("a run was not made")? {
            Ok(rows) => rows.into_iter().for_each(|row| results.push(row)),
            Err(error) => failures.push(format!("{}: {error:#}", case.name())),
        }
    }
    for group in cases.chunk_by(|one, other| one.scenario.name == other.scenario.name && one.arch == other.arch) {
        if group.first().is_some_and(|case| case.scenario.fleet) && failures.is_empty() {
            match rows::fleet(group, &results) {
                Ok(rows) => rows.into_iter().for_each(|row| results.push(row)),
                Err(error) => failures.push(format!("{error:#}")),
            }
        }
    }
    Rivals::known().promise(&mut results);
    Ok((results, failures))
}
