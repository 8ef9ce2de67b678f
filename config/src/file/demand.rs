//! Whether the reserved budgets fit on the pCPUs, under policies with a `period` and a `budget`.

use std::format;
use std::vec::Vec;

use sched::CpuSet;

use super::document::PoolText;
use super::problem::{Problem, Problems};
use super::rows::show_cpus;
use super::schedulers;
use crate::resolved::ResolvedPartition;

/// The unit of shares: 10⁻¹² of a pCPU. Shares round down, so that an exact fit is never refused.
const WHOLE: u128 = 1_000_000_000_000;

/// Checks a pool: the vCPUs that may run only inside a set of pCPUs must not reserve more than the set has.
/// That is an error for the pool's own scheduler and a warning for others.
pub(crate) fn check(pool: &PoolText, partitions: &[&ResolvedPartition], problems: &mut Problems) {
    for (index, scheduler) in schedulers().iter().enumerate() {
        let column = |name| scheduler.vcpu.iter().position(|key| key.name == name);
        let (Some(period), Some(budget)) = (column("period"), column("budget")) else { continue };
        let vcpus = partitions.iter().flat_map(|partition| &partition.vcpus);
        let shares: Vec<(CpuSet, u128)> = vcpus
            .map(|vcpu| {
                let row = vcpu.rows[index].0;
                (vcpu.affinity.hard, u128::from(row[budget]) * WHOLE / u128::from(row[period].max(1)))
            })
            .collect();
        let chosen = pool.scheduler.as_ref().is_some_and(|at| at.value == index);
        for (set, share) in overloads(&shares) {
            let problem = overload(pool, scheduler.name, set, share);
            problems.push(if chosen { problem } else { problem.warning() });
        }
    }
}

/// The sets of pCPUs of which more is reserved than they have, and how much.
fn overloads(shares: &[(CpuSet, u128)]) -> Vec<(CpuSet, u128)> {
    let mut found: Vec<(CpuSet, u128)> = Vec::new();
    for (set, _) in shares {
        let inside = shares.iter().filter(|(other, _)| other.without(*set).is_empty());
        let share: u128 = inside.map(|(_, share)| share).sum();
        let new = !found.iter().any(|(other, _)| other == set);
        if new && share > WHOLE * set.len() as u128 {
            found.push((*set, share));
        }
    }
    found
}

fn overload(pool: &PoolText, scheduler: &str, set: CpuSet, share: u128) -> Problem {
    let percent = share.div_ceil(WHOLE / 100);
    let sentence = format!(
        "{scheduler}: the budgets on pCPUs {} of pool `{}` need {percent}% of a pCPU",
        show_cpus(set.bits()),
        pool.name.value
    );
    let problem = Problem::new(&pool.cpus.span, sentence).label(format!("there are {}%", set.len() * 100));
    problem.remedy("lower budgets, lengthen periods, or give the pool more pCPUs")
}
