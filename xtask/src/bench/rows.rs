//! The rows of a run: those that its recording gives, under the names of its scenario, and what follows from them.

use super::case::Case;
use super::scenario::Scenarios;
use crate::cli::Target;
use anyhow::{Context, Result};
use timing_tests::Plan;
use timing_tests::bench::{Better, Figures, Results, Row, Setting, Unit, measured};
use timing_tests::metrics::PartitionReport;
use trace::Recording;

/// What all rows of the hypervisor are about.
const HYPERVISOR: &str = "hypervisor";
/// The same of a system with many partitions.
const SYSTEM: &str = "system";
/// What must be 0 in every run.
const REFUSED: &str = "choices refused";

/// In which circumstances a run is made.
pub(super) fn setting(case: &Case<'_>, target: &Target) -> Setting {
    let at = if *target == Target::Qemu { String::new() } else { format!("--target {target} ") };
    Setting {
        arch: case.arch.name().into(),
        scenario: case.scenario.name.clone(),
        scheduler: case.scheduler.into(),
        command: format!("cargo xtask bench {at}--filter {}", case.name()),
    }
}

/// All rows of a run.
pub(super) fn rows(
    case: &Case<'_>,
    scenarios: &Scenarios,
    target: &Target,
    recording: &Recording,
    plan: &Plan,
) -> Vec<Row> {
    let setting = setting(case, target);
    let mut rows = measured(recording, plan, &setting);
    let scenario = case.scenario;
    rows.retain(|row| match row.key.subject.as_str() {
        HYPERVISOR => scenario.own || scenario.fleet || row.key.quantity == REFUSED,
        _ => true,
    });
    for row in &mut rows {
        name(row, case, scenarios);
    }
    rows.retain(|row| row.key.subject.starts_with(&scenario.subjects));
    if scenario.shares {
        let report = timing_tests::measure(recording, plan);
        rows.extend(report.partitions.iter().filter_map(|one| share(one, &setting, plan.hash, recording)));
    }
    rows
}

/// The longest stretch with interrupts masked, in instructions.
pub(super) fn masked(case: &Case<'_>, target: &Target, plan_hash: u64, longest: u64) -> Row {
    let figures = Figures::of_value(longest);
    let (scenario, arch, sched) = (&case.scenario.name, case.arch.name(), case.scheduler);
    // What shows where it goes.
    let command = format!("cargo xtask account --scenario {scenario} --sched {sched} --arch {arch}");
    let setting = Setting { command, ..setting(case, target) };
    setting.row(plan_hash, HYPERVISOR, "longest stretch with interrupts masked", Unit::VirtualNs, figures)
}

/// A guest's own measurement gets its name, and each row the variant of the run.
fn name(row: &mut Row, case: &Case<'_>, scenarios: &Scenarios) {
    let guests_own = row.key.subject.strip_prefix("value ").and_then(|rest| rest.split_once(", "));
    let known = guests_own.and_then(|(which, by)| Some((scenarios.values.get(which)?, by.to_string())));
    if let Some((value, by)) = known {
        row.key.subject = format!("{}{}, {by}", value.subject, case.scenario.suffix);
        row.key.quantity = value.quantity.clone();
        row.unit = value.unit.unwrap_or(row.unit);
    }
    if case.scenario.fleet {
        // What is promised of the hypervisor's boot is about a small system.
        row.key.subject = SYSTEM.into();
    }
    row.key.subject += &case.variant();
}

/// How far a share is from the promised one, in millionths of a pCPU.
fn share(one: &PartitionReport, setting: &Setting, hash: u64, recording: &Recording) -> Option<Row> {
    let off = Figures::of_value(one.share.abs_diff(one.promised?));
    let row = setting.row(hash, &format!("share of {}", one.name), "off the promise", Unit::Ppm, off);
    Some(Row { exact: recording.unit != trace::Unit::RealTime, ..row })
}

/// What a further partition costs at boot, and how many booted: from the smallest and the largest run of a fleet.
pub(super) fn fleet(cases: &[Case<'_>], results: &Results) -> Result<Vec<Row>> {
    let time = |case: &Case<'_>| -> Option<u64> {
        let of = |quantity| find(results, case, quantity).map(|row| row.figures.mean.0 / 1000);
        Some(of("boot")? + of("scrubbing and loading")?)
    };
    let (first, last) = (cases.first().context("no run")?, cases.last().context("no run")?);
    let further = last.copies.unwrap_or(0).checked_sub(first.copies.unwrap_or(0)).filter(|further| *further > 0);
    let further = further.context("the copies of a fleet are not in ascending order")?;
    let (small, large) = (time(first).context("no boot time")?, time(last).context("no boot time")?);
    let one = Figures::of_value(large.saturating_sub(small).div_ceil(further.into()));
    let model = find(results, last, "boot").context("no boot time")?;
    let row = |quantity: &str, unit, better, figures| {
        let mut row = Row { unit, better, figures, ..model.clone() };
        (row.key.subject, row.key.quantity) = (HYPERVISOR.into(), quantity.into());
        row
    };
    let booted = Figures::of_value(u64::from(last.copies.unwrap_or(0)) + 1);
    Ok(vec![
        row("boot for each further partition", model.unit, Better::Lower, one),
        row("partitions that boot", Unit::Count, Better::Higher, booted),
    ])
}

fn find<'a>(results: &'a Results, case: &Case<'_>, quantity: &str) -> Option<&'a Row> {
    let subject = format!("{SYSTEM}{}", case.variant());
    results.rows.iter().find(|row| {
        let key = &row.key;
        let here = key.scenario == case.scenario.name && key.arch == case.arch.name();
        here && key.scheduler == case.scheduler && key.subject == subject && key.quantity == quantity
    })
}
