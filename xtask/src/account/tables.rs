//! The accounts in the documents: paths of `bench/account.toml`, made and written between marks.

use super::kinds::{self, Kind};
use super::{Made, made};
use crate::arch::Arch;
use crate::bench::{self, Chosen};
use crate::build;
use crate::marks;
use crate::workspace;
use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use std::collections::HashMap;
use std::process::ExitCode;

/// The paths, from the project's root.
const FILE: &str = "bench/account.toml";
/// The document with the tables.
const DOCUMENT: &str = "docs/src/timing.md";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paths {
    path: Vec<Shown>,
    /// Scenarios whose longest stretch is shown.
    longest: Vec<String>,
}

/// A row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    /// What it is, for people.
    title: String,
    /// The scenario of `bench/scenarios.toml` in which it happens.
    scenario: String,
    /// Under this scheduler instead of the first.
    sched: Option<String>,
    aarch64: Which,
    x86_64: Which,
}

/// Which kind of stretch it is: the most frequent one that fits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// How long the run has to be.
    seconds: String,
    /// How what begins it is called.
    reason: String,
    /// A function that it passes.
    passes: Option<String>,
    /// One that it does not pass.
    without: Option<String>,
}

impl Shown {
    fn on(&self, arch: Arch) -> &Which {
        match arch {
            Arch::Aarch64 => &self.aarch64,
            Arch::X86_64 => &self.x86_64,
        }
    }

    /// The run in which it happens, as one would ask for it.
    fn command(&self, arch: Arch) -> String {
        let sched = self.sched.as_ref().map(|sched| format!(" --sched {sched}")).unwrap_or_default();
        let (scenario, seconds) = (&self.scenario, &self.on(arch).seconds);
        format!("--scenario {scenario}{sched} --arch {} --seconds {seconds}", arch.name())
    }
}

impl Which {
    fn is(&self, kind: &Kind<'_>) -> bool {
        let passes = |name: &String| kind.functions.iter().any(|function| function.ends_with(name.as_str()));
        kind.reason.to_string().starts_with(&self.reason)
            && self.passes.as_ref().is_none_or(passes)
            && !self.without.as_ref().is_some_and(passes)
    }
}

/// Makes the runs and writes the tables of these architectures.
pub(super) fn run(archs: &[Arch]) -> Result<ExitCode> {
    let text = String::from_utf8(workspace::read(&workspace::root().join(FILE))?)?;
    let paths: Paths =
        toml::from_str(&text).with_context(|| format!("{FILE} says something that is not understood"))?;
    for arch in archs {
        let table = table(&paths, *arch)?;
        let file = workspace::root().join(DOCUMENT);
        let document = String::from_utf8(workspace::read(&file)?)?;
        let begin = format!("<!-- account of {}: made by `cargo xtask account --tables` -->\n", arch.name());
        let end = format!("<!-- end of the account of {} -->\n", arch.name());
        let filled =
            marks::fill(&document, (&begin, &end), &table).with_context(|| format!("{DOCUMENT} is not filled"))?;
        workspace::write(&file, filled.as_bytes())?;
        println!("{DOCUMENT} has the account of {}", arch.name());
    }
    Ok(ExitCode::SUCCESS)
}

fn table(paths: &Paths, arch: Arch) -> Result<String> {
    let built = build::all(arch)?;
    let mut runs: HashMap<String, Made> = HashMap::new();
    let mut text = String::from("| path | instructions | where they go |\n|---|---|---|\n");
    let mut commands: Vec<String> = Vec::new();
    for shown in &paths.path {
        let command = shown.command(arch);
        if !runs.contains_key(&command) {
            let chosen = bench::chosen(&shown.scenario, arch, shown.sched.as_deref())?;
            let seconds = shown.on(arch).seconds.parse().map_err(|wrong: String| anyhow!(wrong))?;
            runs.insert(command.clone(), made(&Chosen { seconds, ..chosen }, built.clone())?);
            commands.push(command.clone());
        }
        let run = runs.get(&command).context("a run was made and is gone")?;
        let row = row(run, shown.on(arch)).with_context(|| format!("`{}` on {}", shown.title, arch.name()))?;
        text += &format!("| {} | {row}", shown.title);
    }
    text += "\n| longest stretch of | instructions | begun by | where they go |\n|---|---|---|---|\n";
    for scenario in &paths.longest {
        let chosen = bench::chosen(scenario, arch, None)?;
        text += &format!("| `{scenario}` | {}", longest(&made(&chosen, built.clone())?)?);
    }
    let listed = commands.iter().map(|command| format!("    cargo xtask account {command}\n"));
    Ok(format!("\n{text}\n{}\n", listed.collect::<String>()))
}

/// The most frequent path of the kind.
fn row(run: &Made, which: &Which) -> Result<String> {
    let kinds = kinds::kinds(&run.stretches, &run.image);
    let kind = kinds.iter().find(|kind| which.is(kind));
    let kind = kind.with_context(|| format!("no stretch is begun by `{}` and fits otherwise", which.reason))?;
    let (path, _) = kind.paths.first().context("a kind without a path")?;
    Ok(format!("{} | {} |\n", run.stretches.length(&path.pieces), parts(run, path)))
}

fn longest(run: &Made) -> Result<String> {
    let longest = kinds::longest(&run.stretches, 1).pop().context("no stretch was logged")?;
    let (length, path, _) = longest;
    Ok(format!("{length} | {} | {} |\n", path.reason, parts(run, path)))
}

/// Each function with its instructions, the largest first; a small rest together.
fn parts(run: &Made, path: &super::stretch::Path) -> String {
    let parts = kinds::account(&run.stretches, &run.image, path, None);
    let all: u64 = parts.iter().map(|part| part.instructions).sum();
    let (large, small): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.instructions * 50 >= all);
    let rest: u64 = small.iter().map(|part| part.instructions).sum();
    let shown = large.iter().map(|part| format!("`{}` {}", short(&part.function), part.instructions));
    let rest = (rest > 0).then(|| format!("{} more {rest}", small.len()));
    shown.chain(rest).collect::<Vec<_>>().join(", ")
}

/// The last two words of a function's name, without generics: `Rtds::wake` of an `impl Scheduler for Rtds<M>`.
fn short(name: &str) -> String {
    let name = name.replace("::{{closure}}", "");
    let Some((owner, function)) = split(&name) else { return name };
    let owner = owner.rsplit_once(" for ").map_or(owner, |(_, owner)| owner);
    let owner = owner.split_once(" as ").map_or(owner, |(owner, _)| owner);
    let owner = owner.rsplit_once("<impl ").map_or(owner, |(_, owner)| owner);
    let owner = owner.trim_start_matches('<').split('<').next().unwrap_or(owner).trim_end_matches('>');
    let owner = owner.rsplit("::").next().unwrap_or(owner);
    if owner.is_empty() { function.into() } else { format!("{owner}::{function}") }
}

/// A name in front of and behind its last `::` that is in no angle brackets.
fn split(name: &str) -> Option<(&str, &str)> {
    let (owner, function) = name.rsplit_once("::")?;
    (!function.contains('>')).then_some((owner, function))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_short() {
        for (long, is) in [
            ("exit_sync", "exit_sync"),
            ("kernel::dispatch::enter", "dispatch::enter"),
            ("sched_rtds::line::Rtds<M>::enqueue", "Rtds::enqueue"),
            ("<policies::policy::Policy<St> as sched::scheduler::Scheduler>::turn", "Policy::turn"),
            (
                "sched_rtds::policy::<impl sched::scheduler::Scheduler for sched_rtds::line::Rtds<M>>::wake",
                "Rtds::wake",
            ),
            ("kernel::devices::vgic::delivery::<impl kernel::devices::vgic::Vgic>::sync", "Vgic::sync"),
            ("kernel::console::Output::put::{{closure}}", "Output::put"),
        ] {
            assert_eq!(short(long), is, "{long}");
        }
    }

    #[test]
    fn the_file_names_scenarios_that_there_are() {
        let text = String::from_utf8(workspace::read(&workspace::root().join(FILE)).expect("there")).expect("text");
        let paths: Paths = toml::from_str(&text).expect("understood");
        for arch in [Arch::Aarch64, Arch::X86_64] {
            for shown in &paths.path {
                bench::chosen(&shown.scenario, arch, shown.sched.as_deref()).expect("a scenario");
                shown.on(arch).seconds.parse::<crate::units::Seconds>().expect("a time");
            }
            paths.longest.iter().for_each(|name| drop(bench::chosen(name, arch, None).expect("a scenario")));
        }
    }
}
