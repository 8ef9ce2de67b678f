//! Measuring: the runs that are wanted, where they are made, and what becomes of their rows.

use super::batch::{self, Batch};
use super::board::Board;
use super::case::Case;
use super::check;
use super::runner::Trace;
use super::scenario::Scenarios;
use crate::arch::Arch;
use crate::build;
use crate::cli::{MeasureArgs, Target};
use crate::workspace;
use anyhow::{Result, bail, ensure};
use clap::ValueEnum;
use std::process::ExitCode;
use timing_tests::bench::{self, Rivals, Shown, page};

/// The folder of the verb's runs below `target/run`.
const FOLDER: &str = "bench";

/// The verb.
pub(super) fn run(arguments: &MeasureArgs) -> Result<ExitCode> {
    sensible(arguments)?;
    let scenarios = Scenarios::load()?;
    let cases = chosen(&scenarios, arguments)?;
    let built = match arguments.target {
        Target::Sim => Vec::new(),
        _ => archs(&cases).into_iter().map(build::all).collect::<Result<Vec<_>>>()?,
    };
    let file = arguments.out.join("results.json");
    workspace::make(&arguments.out)?;
    let Batch { results, failures, traces } = match &arguments.target {
        Target::Serial(line) => Board { arguments, line }.all(&cases, &scenarios, &built, &file)?,
        target => {
            let batch = batch::all(&cases, &scenarios, target, &built, FOLDER)?;
            workspace::write(&file, bench::write(&batch.results).as_bytes())?;
            batch
        }
    };
    let shown = arguments.out.join("report.html");
    let traces: Vec<Shown<'_>> = traces.iter().map(Trace::shown).collect();
    workspace::write(&shown, page(&results, &traces, &Rivals::known()).as_bytes())?;
    println!("{} has {} rows; {} shows them", workspace::shown(&file), results.rows.len(), workspace::shown(&shown));
    ensure!(failures.is_empty(), "{} of {} runs failed:\n{}", failures.len(), cases.len(), failures.join("\n"));
    if arguments.check {
        println!("{} figures of {} hold", check::check(&results)?, check::FILE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses what would mean nothing.
fn sensible(arguments: &MeasureArgs) -> Result<()> {
    let MeasureArgs { target, board, check, .. } = arguments;
    if *check && *target != Target::Qemu {
        bail!("the specification counts instructions, and `{target}` does not; leave `--check` or `--target` away");
    }
    if board.is_some() && !matches!(target, Target::Serial(_)) {
        bail!("`--board` describes a machine at a serial line; add `--target serial:DEVICE,BAUD`, or leave it away");
    }
    Ok(())
}

/// The runs that the command line asks for; none is a mistake.
fn chosen<'a>(scenarios: &'a Scenarios, arguments: &MeasureArgs) -> Result<Vec<Case<'a>>> {
    let every: Vec<Arch> = match (&arguments.target, arguments.arch) {
        (Target::Sim, _) => vec![Arch::Aarch64],
        (_, Some(arch)) => vec![arch],
        (Target::Serial(_), None) => vec![Arch::Aarch64],
        (_, None) => Arch::value_variants().to_vec(),
    };
    let mut cases = scenarios.cases(&every)?;
    cases.retain(|case| {
        let filter = arguments.filter.as_ref().is_none_or(|text| case.name().contains(text.as_str()));
        filter && (case.is_quick() || !arguments.quick) && case.scenario.is_for(&arguments.target)
    });
    if cases.is_empty() {
        bail!(
            "nothing is left to measure; `--filter` looks for a text in names such as task-and-hogs-aarch64-rtds, and \
             `--target` takes scenarios that bench/scenarios.toml has for it (`sim`, `board`)"
        );
    }
    Ok(cases)
}

fn archs(cases: &[Case<'_>]) -> Vec<Arch> {
    Arch::value_variants().iter().copied().filter(|arch| cases.iter().any(|case| case.arch == *arch)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{BenchArgs, Cli, Verb};
    use clap::Parser;

    fn arguments(words: &[&str]) -> MeasureArgs {
        let words = ["xtask", "bench"].iter().chain(words);
        match Cli::try_parse_from(words).expect("a command line").verb {
            Verb::Bench(BenchArgs { verb: None, measure }) => measure,
            other => panic!("{other:?}"),
        }
    }

    const LINE: &str = "serial:/dev/ttyUSB0,115200";

    #[test]
    fn what_would_mean_nothing_is_refused_with_a_remedy() {
        let refused = |words: &[&str]| sensible(&arguments(words)).expect_err("refused").to_string();
        assert!(refused(&["--check", "--target", LINE]).contains("`serial:/dev/ttyUSB0,115200` does not; leave"));
        assert!(refused(&["--check", "--target", "sim"]).contains("`sim` does not"));
        assert!(refused(&["--board", "mine"]).contains("add `--target serial:DEVICE,BAUD`"));
        assert!(sensible(&arguments(&["--check"])).is_ok());
        assert!(sensible(&arguments(&["--target", LINE, "--board", "mine"])).is_ok());
    }

    #[test]
    fn the_page_has_room_for_the_schedules_of_all_runs_that_are_shown() {
        let scenarios = Scenarios::load().expect("the file");
        let cases = chosen(&scenarios, &arguments(&[])).expect("runs");
        let shown = cases.iter().filter(|case| case.shown);
        let mut once: Vec<_> = shown.map(|case| (&case.scenario.name, case.arch.name(), case.scheduler)).collect();
        assert_eq!(once.len(), timing_tests::bench::TRACES_MAX);
        once.sort();
        once.dedup();
        assert_eq!(once.len(), timing_tests::bench::TRACES_MAX, "a scheduler is shown twice");
    }

    #[test]
    fn a_board_gets_runs_for_one_architecture_whose_trace_a_line_can_carry() {
        let scenarios = Scenarios::load().expect("the file");
        let arguments = arguments(&["--target", LINE]);
        let cases = chosen(&scenarios, &arguments).expect("runs");
        assert!(cases.iter().all(|case| case.arch == Arch::Aarch64 && case.scenario.board));
        let nothing = MeasureArgs { filter: Some("switch-aarch64".into()), ..arguments };
        assert!(chosen(&scenarios, &nothing).err().is_some_and(|error| error.to_string().contains("`board`")));
    }
}
