//! Whether a policy admits the vCPUs of its pool: it is asked itself, as it will be at boot.

use std::format;

use policies::{BuildError, Heap, Spec, build};
use sched::{Group, Instant, Refused, Scheduler, Vcpu};

use super::document::PoolText;
use super::problem::{Problem, Span};
use crate::resolved::{PoolRows, ResolvedPartition};

/// Builds the policy `name` for `pool`, which has `rows`, and adds the vCPUs of `partitions` in the order of
/// the boot. `None` if all are admitted.
pub(crate) fn check(
    (pool, name, at): (&PoolText, &'static str, usize),
    rows: &PoolRows,
    partitions: &[&(&Span, ResolvedPartition)],
) -> Option<Problem> {
    let vcpus: usize = partitions.iter().map(|(_, partition)| partition.vcpus.len()).sum();
    let spec = Spec {
        name,
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
        Err(BuildError::Refused(refused)) => return Some(problem(&pool.cpus.span, name, None, &refused)),
        // Neither is the file's fault: this tool has not the policy, or not the memory.
        Err(BuildError::Unknown | BuildError::Memory) => return None,
    };
    let mut next = 0;
    for (group, (place, partition)) in partitions.iter().enumerate() {
        for vcpu in &partition.vcpus {
            let (v, group) = (Vcpu(next), Group(u16::try_from(group).ok()?));
            next += 1;
            if let Err(refused) = policy.add(v, group, vcpu.rows[at], vcpu.affinity, Instant::ZERO) {
                return Some(problem(place, name, Some(&partition.name), &refused));
            }
        }
    }
    None
}

fn problem(place: &Span, name: &str, partition: Option<&str>, refused: &Refused) -> Problem {
    let whom = partition.map_or("the pool".into(), |partition| format!("a vCPU of `{partition}`"));
    let problem = Problem::new(place, format!("{name} does not admit {whom}: {}", refused.rule));
    problem.label(format!("it needs {}, there is {}", refused.needs, refused.has)).remedy(
        "reserve less, give the pool more pCPUs, or choose another `admission`, `placement` or scheduler for it",
    )
}
