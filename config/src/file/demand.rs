//! Whether the reserved budgets fit on the pCPUs, under policies with a `period` and a `budget` or `slice`.

use std::format;
use std::vec::Vec;

use policies::Descriptor;
use sched::CpuSet;

use super::admission;
use super::document::PoolText;
use super::problem::{Problem, Problems, Span};
use super::rows::show_cpus;
use super::schedulers;
use crate::resolved::{PoolRows, ResolvedPartition, ResolvedPool};

/// The unit of shares: 10⁻¹² of a pCPU. Shares round down, so that an exact fit is never refused.
const WHOLE: u128 = 1_000_000_000_000;
/// How many partitions are named as the cause.
const NAMED: usize = 8;

/// What one vCPU reserves, and on which pCPUs.
struct Share<'p> {
    place: &'p Span,
    partition: &'p str,
    on: CpuSet,
    share: u128,
}

/// Checks a pool: the vCPUs that may run only inside a set of pCPUs must not reserve more than the set has.
/// That is an error for the pool's own scheduler and a warning for others.
pub(crate) fn check(
    pool: &PoolText,
    resolved: Option<&ResolvedPool>,
    partitions: &[&(&Span, ResolvedPartition)],
    problems: &mut Problems,
) {
    for (index, scheduler) in schedulers().iter().enumerate() {
        let rows = resolved.and_then(|pool| pool.rows[index].as_ref());
        let chosen = pool.scheduler.as_ref().is_some_and(|at| at.value == index);
        // A reservation that nobody wrote is no reason to warn.
        let unasked = columns(scheduler).is_some_and(|(_, budget)| scheduler.vcpu[budget].default != Some(0));
        if !chosen && unasked {
            continue;
        }
        let as_chosen = |problem: Problem| if chosen { problem } else { problem.warning() };
        if overloads(pool, index, rows, partitions, as_chosen, problems) {
            continue;
        }
        // A file with errors has better news for its reader than that the policy refuses the consequences.
        let rows = rows.filter(|_| !problems.fatal());
        let refusal = rows.and_then(|rows| admission::check((pool, scheduler, index), rows, partitions));
        if let Some(problem) = refusal {
            problems.push(as_chosen(problem));
        }
    }
}

/// The places of the period and of what is reserved in it, in the row of a vCPU.
fn columns(scheduler: &Descriptor) -> Option<(usize, usize)> {
    let column = |name| scheduler.vcpu.iter().position(|key| key.name == name);
    column("period").zip(column("budget").or(column("slice")))
}

/// Complains about each overloaded set; true if there is one. Where admission is off, that is a warning.
fn overloads(
    pool: &PoolText,
    index: usize,
    rows: Option<&PoolRows>,
    partitions: &[&(&Span, ResolvedPartition)],
    as_chosen: impl Fn(Problem) -> Problem,
    problems: &mut Problems,
) -> bool {
    let scheduler = &schedulers()[index];
    let Some((period, budget)) = columns(scheduler) else { return false };
    let shares = partitions.iter().flat_map(|(place, partition)| {
        partition.vcpus.iter().map(move |vcpu| {
            let row = vcpu.rows[index].0;
            let share = u128::from(row[budget]) * WHOLE / u128::from(row[period].max(1));
            Share { place, partition: &partition.name, on: vcpu.affinity.hard, share }
        })
    });
    let shares: Vec<_> = shares.filter(|share| share.share > 0).collect();
    let off = scheduler.pool.iter().position(|key| key.name == "admission");
    let off = off.zip(rows).is_some_and(|(column, rows)| rows.row.0[column] == 0);
    let sets = overloaded(&shares);
    for set in &sets {
        let problem = as_chosen(overload(pool, scheduler.name, *set, &shares));
        problems.push(if off { problem.warning() } else { problem });
    }
    !sets.is_empty()
}

fn inside<'s>(shares: &'s [Share], set: CpuSet) -> impl Iterator<Item = &'s Share<'s>> {
    shares.iter().filter(move |share| share.on.without(set).is_empty())
}

/// The sets of pCPUs of which more is reserved than they have.
fn overloaded(shares: &[Share]) -> Vec<CpuSet> {
    let mut found = Vec::new();
    for Share { on, .. } in shares {
        let share: u128 = inside(shares, *on).map(|share| share.share).sum();
        if share > WHOLE * on.len() as u128 && !found.contains(on) {
            found.push(*on);
        }
    }
    found
}

fn percent(share: u128) -> u128 {
    share.div_ceil(WHOLE / 100)
}

fn overload(pool: &PoolText, scheduler: &str, set: CpuSet, shares: &[Share]) -> Problem {
    let (need, has) = (percent(inside(shares, set).map(|share| share.share).sum()), set.len() * 100);
    let cpus = show_cpus(set.bits());
    let sentence = format!("{scheduler}: the budgets on pCPUs {cpus} add up to {need}% of a pCPU; there are {has}%");
    let mut problem = Problem::new(&pool.cpus.span, sentence);
    for share in inside(shares, set).take(NAMED) {
        problem =
            problem.with(share.place, format!("a vCPU of `{}` reserves {}%", share.partition, percent(share.share)));
    }
    problem.remedy("lower budgets, lengthen periods, or give the pool more pCPUs")
}
