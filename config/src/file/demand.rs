//! Whether the reserved budgets fit on the pCPUs, under policies with a `period` and a `budget` or `slice`.

use std::format;
use std::vec::Vec;

use sched::CpuSet;

use super::document::PoolText;
use super::problem::{Problem, Problems, Span};
use super::rows::show_cpus;
use super::schedulers;
use crate::resolved::ResolvedPartition;

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
pub(crate) fn check(pool: &PoolText, partitions: &[&(&Span, ResolvedPartition)], problems: &mut Problems) {
    for (index, scheduler) in schedulers().iter().enumerate() {
        let column = |name| scheduler.vcpu.iter().position(|key| key.name == name);
        let (Some(period), Some(budget)) = (column("period"), column("budget").or(column("slice"))) else { continue };
        let chosen = pool.scheduler.as_ref().is_some_and(|at| at.value == index);
        // A reservation that nobody wrote is no reason to warn.
        if !chosen && scheduler.vcpu[budget].default != Some(0) {
            continue;
        }
        let shares = partitions.iter().flat_map(|(place, partition)| {
            partition.vcpus.iter().map(move |vcpu| {
                let row = vcpu.rows[index].0;
                let share = u128::from(row[budget]) * WHOLE / u128::from(row[period].max(1));
                Share { place, partition: &partition.name, on: vcpu.affinity.hard, share }
            })
        });
        let shares: Vec<_> = shares.filter(|share| share.share > 0).collect();
        for set in overloaded(&shares) {
            let problem = overload(pool, scheduler.name, set, &shares);
            problems.push(if chosen { problem } else { problem.warning() });
        }
    }
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
