//! The share of CPU time that a policy's parameters promise to a partition.
//!
//! Parameters are known by their names, so a policy that uses the same words is understood as it comes:
//!
//! - `budget` and `period` of a vCPU: a reservation; the promise is the sum of budget / period.
//! - `major_frame` of a pool and `partition`, `start`, `length`, `cpus` of its table: the sum of the windows.
//! - `weight` (and `cap`, per cent of one pCPU) of a group: what partitions that always want to run leave to
//!   one another, in proportion to their weights. A partition that sometimes waits has no such promise.

use super::{PartitionReport, Run, lives, ppm};
use crate::plan::{Partition, Pool};

/// Fills in the promised shares.
pub(crate) fn promise(run: &Run<'_>, reports: &mut [PartitionReport]) {
    for (index, pool) in run.plan.pools.iter().enumerate() {
        let members: Vec<usize> = (0..run.plan.partitions.len().min(reports.len()))
            .filter(|number| run.plan.partitions[*number].pool == index)
            .collect();
        for &number in &members {
            let partition = &run.plan.partitions[number];
            reports[number].promised = reserved(partition).or_else(|| windows(pool, partition));
        }
        weighted(run, pool, &members, reports);
    }
}

/// Σ budget / period; `None` if nothing is reserved.
fn reserved(partition: &Partition) -> Option<u64> {
    let one = |vcpu: &crate::plan::VcpuPlan| {
        let (budget, period) = (vcpu.params.get("budget")?, vcpu.params.get("period")?);
        Some(ppm(budget, period))
    };
    let sum: u64 = partition.vcpus.iter().filter_map(one).sum();
    (sum > 0).then_some(sum)
}

/// Σ length × pCPUs / major frame.
fn windows(pool: &Pool, partition: &Partition) -> Option<u64> {
    let frame = pool.params?.get("major_frame")?;
    let mut sum = 0_u64;
    let entries = pool.entries_in_force().map(|(_, entry)| entry);
    for entry in entries.filter(|entry| entry.get("partition") == Some(partition.group as u64)) {
        let cpus = sched::CpuSet::from_bits(entry.get("cpus").unwrap_or(u64::MAX)).and(pool.cpus);
        let used = cpus.len().min(partition.vcpus.len()) as u64;
        sum = sum.saturating_add(entry.get("length")?.saturating_mul(used));
    }
    Some(ppm(sum, frame))
}

/// A partition that always wants to run.
struct Contender {
    number: usize,
    weight: u128,
    /// The most it can get, ns.
    most: u128,
}

/// Shares by weight: what those who sometimes wait leave over is divided among the others, by weight, up to
/// what each can use; what one cannot use goes to the rest.
fn weighted(run: &Run<'_>, pool: &Pool, members: &[usize], reports: &mut [PartitionReport]) {
    let elapsed = u128::from(run.known.length());
    let bound = |number: &usize| {
        run.plan.partitions[*number].vcpus.iter().any(|vcpu| !pool.cpus.without(vcpu.affinity.hard).is_empty())
    };
    if elapsed == 0 || members.iter().any(bound) {
        return;
    }
    let mut room = elapsed * pool.cpus.len() as u128;
    let mut rest = Vec::new();
    for &number in members {
        match contender(run, number, elapsed) {
            Some(contender) => rest.push(contender),
            None => room = room.saturating_sub(reports[number].cpu_time.into()),
        }
    }
    while let Some(full) = first_full(&rest, room) {
        let full = rest.swap_remove(full);
        room = room.saturating_sub(full.most);
        reports[full.number].promised = Some((full.most * 1_000_000 / elapsed) as u64);
    }
    let weights: u128 = rest.iter().map(|contender| contender.weight).sum();
    for contender in rest {
        reports[contender.number].promised = Some((room * contender.weight * 1_000_000 / weights / elapsed) as u64);
    }
}

/// A contender whose part by weight is more than it can use.
fn first_full(rest: &[Contender], room: u128) -> Option<usize> {
    let weights: u128 = rest.iter().map(|contender| contender.weight).sum();
    rest.iter().position(|contender| room * contender.weight > contender.most * weights)
}

/// The partition as a contender: its policy knows weights, and its vCPUs were ready or running all the time
/// but for one part in a thousand. vCPUs that were never switched on do not count.
fn contender(run: &Run<'_>, number: usize, elapsed: u128) -> Option<Contender> {
    let partition = run.plan.partitions.get(number)?;
    let group = partition.params.get("weight")?;
    let (mut weight, mut most) = (0, 0);
    for (index, vcpu) in partition.vcpus.iter().enumerate() {
        let (at, times) = lives::ledger(run, partition, index)?;
        let span = u128::from(at.nanos());
        let wanted = u128::from(times.running.nanos()) + u128::from(times.ready.nanos());
        if wanted == 0 && times.blocked.is_zero() {
            continue;
        }
        if wanted + span / 1000 < span {
            return None;
        }
        weight += u128::from(vcpu.params.get("weight").filter(|own| *own > 0).unwrap_or(group));
        most += elapsed;
    }
    let cap = partition.params.get("cap").filter(|cap| *cap > 0);
    let most = cap.map_or(most, |cap| most.min(elapsed * u128::from(cap) / 100));
    (weight > 0).then_some(Contender { number, weight, most })
}
