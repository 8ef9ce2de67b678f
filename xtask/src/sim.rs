//! The verb `sim`: a configuration in the simulator, measured and judged like a run on the emulator.

use crate::check;
use crate::cli::SimArgs;
use crate::images;
use crate::report::{self, Measured};
use crate::run::DEFAULT_SECONDS;
use crate::workspace;
use anyhow::{Context, Result, anyhow, bail};
use config::resolved::{Resolved, ResolvedPartition};
use config::{Bundle, Loaded};
use std::process::ExitCode;
use timing_tests::simulate::{Demand, Request, demand, simulate};
use trace::Recording;

/// A simulated run.
pub(crate) struct Simulated {
    /// What happened.
    pub(crate) recording: Recording,
    /// The plan's bytes.
    pub(crate) plan: Vec<u8>,
    /// The scheduler of the first pool.
    scheduler: String,
}

/// The verb.
pub(crate) fn run(arguments: &SimArgs) -> Result<ExitCode> {
    let Simulated { recording, plan, scheduler } = record(arguments)?;
    let trace = match &arguments.trace {
        Some(file) => file.clone(),
        None => workspace::folder("sim")?.join(run_name(arguments, &scheduler)),
    };
    report::save(&trace, &recording, &plan)?;
    report::conclude(&Measured::of(&recording, &plan)?, arguments.json.as_deref(), &trace)
}

/// Simulates; the configuration's warnings go to standard error.
pub(crate) fn record(arguments: &SimArgs) -> Result<Simulated> {
    let Loaded { plan: resolved, warnings } = checked(arguments)?;
    eprint!("{}", check::text(&warnings));
    let demands = demands(&resolved, &arguments.workloads)?;
    let bundle = config::write_bundle(&resolved);
    let bundle = Bundle::read(&bundle).map_err(|bad| anyhow!("the bundle just written is refused: {bad}"))?;
    let mut schedulers: Vec<String> = bundle.pools().map(|pool| pool.scheduler.to_string()).collect();
    let first = schedulers.first_mut().context("the configuration has no pool")?;
    if let Some(instead) = &arguments.sched {
        first.clone_from(instead);
    }
    let scheduler = first.clone();
    let seconds = arguments.seconds.map(|seconds| seconds.0).or(resolved.stop.map(|stop| stop.nanos()));
    let stop = sched::Instant::from_nanos(seconds.unwrap_or(DEFAULT_SECONDS.0));
    let (plan, costs, seed) = (bundle.plan_bytes(), arguments.costs, arguments.seed);
    let recording = simulate(&Request { plan, demands: &demands, schedulers, stop, costs, seed })?;
    Ok(Simulated { recording, plan: plan.to_vec(), scheduler })
}

/// The configuration; its images need not be there.
fn checked(arguments: &SimArgs) -> Result<Loaded> {
    let names = images::names()?;
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    config::check(&arguments.config, &known, config::Arch::default()).map_err(|report| {
        let (file, text) = (workspace::shown(&arguments.config), check::text(&report));
        anyhow!("{file} cannot be simulated because of {} errors:\n{text}", report.errors())
    })
}

/// Configuration and scheduler name a trace.
fn run_name(arguments: &SimArgs, scheduler: &str) -> String {
    let name = arguments.config.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{name}-{scheduler}.mft")
}

/// What each partition does: by its image, or as the command line says.
fn demands(plan: &Resolved, declared: &[String]) -> Result<Vec<Demand>> {
    let mut instead = Vec::new();
    for text in declared {
        let (name, workload) = text
            .split_once('=')
            .with_context(|| format!("`--as {text}` names no workload; write for example `--as {text}=hog`"))?;
        if !plan.partitions.iter().any(|partition| partition.name == name) {
            let names: Vec<&str> = plan.partitions.iter().map(|partition| partition.name.as_str()).collect();
            bail!("`--as {text}`: there is no partition `{name}`; there are {}", names.join(", "));
        }
        if instead.iter().any(|(other, _)| *other == name) {
            bail!("`--as` is given twice for partition `{name}`; leave one out");
        }
        instead.push((name, workload));
    }
    let one = |partition: &ResolvedPartition| {
        let said = instead.iter().find(|(name, _)| *name == partition.name).map(|(_, workload)| *workload);
        let (image, args) = match said {
            Some(workload) => workload.split_once(' ').unwrap_or((workload, "")),
            None => (partition.image.as_str(), partition.args.as_str()),
        };
        demand(image, args).map_err(|sentence| anyhow!("partition `{}`: {sentence}", partition.name))
    };
    plan.partitions.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn try_demands(declared: &[&str]) -> Result<Vec<Demand>, String> {
        let file = workspace::root().join("configs/shares.toml");
        let names = images::names().expect("the guests can be listed");
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let plan = config::check(&file, &known, config::Arch::default()).expect("a sound configuration").plan;
        let declared: Vec<String> = declared.iter().map(ToString::to_string).collect();
        demands(&plan, &declared).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_workload_on_the_command_line_stands_for_that_of_the_image() {
        assert_eq!(try_demands(&[]), Ok(vec![Demand::Hog; 2]));
        let demands = try_demands(&["light=periodic period=10ms work=1ms"]).expect("a sound workload");
        assert!(matches!(demands[..], [Demand::Periodic { .. }, Demand::Hog]));
    }

    #[test]
    fn a_workload_that_makes_no_sense_is_refused_with_a_remedy() {
        let cases = [
            ("light", "--as light=hog"),
            ("lite=hog", "there are light, heavy"),
            ("light=periodic work=1ms", "give period=..."),
            ("light=hostile", "--as PARTITION=WORKLOAD"),
        ];
        for (text, remedy) in cases {
            let sentence = try_demands(&[text]).expect_err(text);
            assert!(sentence.contains(remedy), "{sentence}");
        }
        assert!(try_demands(&["light=hog", "light=hog"]).is_err());
    }

    #[test]
    fn costs_on_the_command_line_are_checked_there() {
        let parse = |costs: &str| crate::cli::Cli::try_parse_from(["xtask", "sim", "x.toml", "--costs", costs]);
        assert!(parse("switch=2us,timer=0..50us").is_ok());
        assert!(parse("swich=2us").is_err_and(|error| error.to_string().contains("nothing is called `swich`")));
    }
}
