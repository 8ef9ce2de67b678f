//! Whether a policy admits the vCPUs of its pool: it is asked itself, as it will be at boot.

use std::format;
use std::string::String;

use policies::{BuildError, Descriptor, Heap, Spec, build};
use sched::{Group, Instant, Kind, Refused, Scheduler, Vcpu};

use super::document::PoolText;
use super::problem::{Problem, Span};
use crate::resolved::{PoolRows, ResolvedPartition};

/// Builds the policy `scheduler`, number `at`, for `pool`, which has `rows`, and adds the vCPUs of `partitions` in the order of
/// the boot. `None` if all are admitted.
pub(crate) fn check(
    (pool, scheduler, at): (&PoolText, &Descriptor, usize),
    rows: &PoolRows,
    partitions: &[&(&Span, ResolvedPartition)],
) -> Option<Problem> {
    let vcpus: usize = partitions.iter().map(|(_, partition)| partition.vcpus.len()).sum();
    let spec = Spec {
        name: scheduler.name,
        row: rows.row,
        table: rows.entries.iter().copied(),
        entries: rows.entries.len(),
        cpus: sched::CpuSet::from_bits(pool.cpus.value),
        vcpus: vcpus.max(partitions.len()),
        groups: partitions.len(),
        now: Instant::ZERO,
    };
    let mut policy = match build(&mut Heap, spec) {
        Ok(policy) => policy,
        Err(BuildError::Refused(refused)) => return Some(problem(&pool.cpus.span, scheduler, None, &refused)),
        // Neither is the file's fault: this tool has not the policy, or not the memory.
        Err(BuildError::Unknown | BuildError::Memory) => return None,
    };
    let mut next = 0;
    for (group, (place, partition)) in partitions.iter().enumerate() {
        for vcpu in &partition.vcpus {
            let (v, group) = (Vcpu(next), Group(u16::try_from(group).ok()?));
            next += 1;
            if let Err(refused) = policy.add(v, group, vcpu.rows[at], vcpu.affinity, Instant::ZERO) {
                return Some(problem(place, scheduler, Some(&partition.name), &refused));
            }
        }
    }
    None
}

fn problem(place: &Span, scheduler: &Descriptor, partition: Option<&str>, refused: &Refused) -> Problem {
    let whom = partition.map_or("the pool".into(), |partition| format!("a vCPU of `{partition}`"));
    let problem = Problem::new(place, format!("{} does not admit {whom}: {}", scheduler.name, refused.rule));
    let choices = scheduler.pool.iter().filter(|key| matches!(key.kind, Kind::Choice(_)));
    let choices: String = choices.map(|key| format!("another `{}`, ", key.name)).collect();
    problem
        .label(format!("it needs {}, there is {}", refused.needs, refused.has))
        .remedy(format!("ask for less, or choose more pCPUs, {choices}or another scheduler for the pool"))
}
