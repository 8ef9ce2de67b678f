//! The benchmark: its quick figures hold what the specification promises, and repeat; its measures can see what they
//! look for; and it runs in the simulator.

use super::lab::Lab;
use super::verbs::ourselves;
use super::{Scenario, quick};
use crate::arch::Arch;
use crate::bench;
use crate::cli::Target;
use crate::trial;
use crate::workspace;
use anyhow::{Context, Result, ensure};
use timing_tests::bench::{Row, Thousandths, Unit};

/// What the task of `disturbed-guest` takes, and what it may take with its start and the hypervisor's part, in ppm.
const TAKEN: [Thousandths; 2] = [Thousandths::whole(10_000), Thousandths::whole(15_000)];

pub(super) fn all() -> Vec<Scenario> {
    vec![
        quick("the_figures_of_the_specification_hold", |lab, name| bench::holds(&lab.built, name)),
        quick("a_benchmark_gives_the_same_figures_twice", |lab, name| bench::repeats(&lab.built, name, "timer")),
        quick("time_that_is_taken_from_a_guest_is_seen", taken),
        quick("the_benchmark_runs_in_the_simulator", simulated).only(Arch::Aarch64),
    ]
}

/// The measure that finds nothing beside a lone guest finds what a task takes.
fn taken(lab: &Lab, name: &str) -> Result<()> {
    for scheduler in ["rtds", "credit", "credit2"] {
        let run = format!("disturbed-guest-{}-{scheduler}", lab.built.arch.name());
        let rows = bench::rows(&lab.built, name, &run, &Target::Qemu, "")?;
        let row = rows.iter().find(|row| row.key.quantity == "time taken").context("nothing was measured")?;
        let [least, most] = TAKEN;
        let (mean, unit) = (row.figures.mean, row.unit);
        ensure!(unit == Unit::Ppm && least <= mean && mean <= most, "under {scheduler} it sees {mean} {unit}");
    }
    Ok(())
}

/// Every run of the simulator, twice; no job of the benchmark misses its deadline there.
fn simulated(_: &Lab, name: &str) -> Result<()> {
    let mut texts = Vec::new();
    for which in ["first", "second"] {
        let out = trial::folder(&format!("test/{name}"))?.join(which);
        let finished = ourselves(&["bench", "--target", "sim", "--out", &out.to_string_lossy()])?;
        ensure!(finished.ok(), "it failed:\n{}", finished.err);
        let page = String::from_utf8(workspace::read(&out.join("report.html"))?)?;
        ensure!(page.contains("task-and-hogs under arinc653 on simulator"), "the page shows no schedule");
        texts.push(String::from_utf8(workspace::read(&out.join("results.json"))?)?);
    }
    ensure!(texts.first() == texts.last(), "two runs differ");
    let text = texts.pop().unwrap_or_default();
    let rows: Vec<Row> = timing_tests::bench::read(&text).runs.into_iter().flat_map(|run| run.rows).collect();
    for scenario in ["task-and-hogs", "slow-task-and-hogs", "windows-short", "shares"] {
        ensure!(rows.iter().any(|row| row.key.scenario == scenario), "{scenario} was not simulated");
    }
    for row in &rows {
        let counted = row.key.arch == "simulator" && !matches!(row.unit, Unit::VirtualNs | Unit::Ns);
        ensure!(counted && row.exact, "{} is in {}", row.key, row.unit);
        ensure!(
            row.key.quantity != "misses" || row.figures.mean == Thousandths(0),
            "{}: {}",
            row.key,
            row.figures.mean
        );
    }
    Ok(())
}
