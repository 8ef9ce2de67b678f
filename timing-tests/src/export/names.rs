//! Who is meant by the numbers in events.

use crate::Plan;
use sched::Vcpu;

/// The vCPU `v` of pool `pool`: index of its partition, and its own index there; `None` if the plan has no such one.
pub(super) fn place(plan: &Plan, pool: usize, v: Vcpu) -> Option<(usize, usize)> {
    let inside = |partition: &crate::plan::Partition| {
        let own = v.index().checked_sub(partition.first_vcpu.into())?;
        (partition.pool == pool && own < partition.vcpus.len()).then_some(own)
    };
    plan.partitions.iter().enumerate().find_map(|(index, partition)| Some((index, inside(partition)?)))
}

/// "PARTITION.vCPU", or the number if the plan has no such vCPU.
pub(super) fn vcpu(plan: &Plan, pool: usize, v: Vcpu) -> String {
    match place(plan, pool, v) {
        Some((partition, own)) => format!("{}.{own}", plan.partition_name(partition)),
        None => format!("vCPU {}", v.0),
    }
}

/// The name of a pool, or its number if the plan has no such pool.
pub(super) fn pool(plan: &Plan, pool: usize) -> String {
    plan.pools.get(pool).map_or_else(|| format!("pool {pool}"), |pool| pool.name.clone())
}
