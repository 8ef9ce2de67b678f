//! Pools from the plan: the chosen policy of each, and the admission of its vCPUs.

use super::{
    line::Line,
    refusal::{self, Refusal},
};
use crate::{
    memory::Carver,
    system::{Lock, Pcpu, PoolCell, PoolState, System, pool::Policy, timers, vcpu::Waiting},
};
use config::bundle::Bundle;
use policies::Spec;
use sched::{Change, Group, Instant, Life, Pool, Vcpu, When};
use trace::Seam;

/// Builds every pool with the scheduler of the plan, the first one with that of the boot line if it has one.
#[inline(never)]
pub(super) fn build(
    carver: &mut Carver,
    bundle: &Bundle<'static>,
    line: &Line<'static>,
) -> Result<&'static [PoolCell], Refusal<'static>> {
    let count = bundle.system().pools as usize;
    let mut places = carver.slots::<PoolCell>(count).ok_or(Refusal::Memory("the pools", 0, carver.left()))?;
    for (index, plan) in bundle.pools().enumerate() {
        let wanted = if index == 0 { line.scheduler.unwrap_or(plan.scheduler) } else { plan.scheduler };
        let (state, scheduler) = build_one(carver, bundle, index as u16, wanted)?;
        places.push(PoolCell { index: index as u8, cpus: plan.cpus, scheduler, state: Lock::new(state) });
    }
    Ok(places.finish())
}

/// Not inlined: its temporaries are large, and the boot stack holds one set of them at a time.
#[inline(never)]
fn build_one(
    carver: &mut Carver,
    bundle: &Bundle<'static>,
    index: u16,
    wanted: &'static str,
) -> Result<(PoolState, &'static str), Refusal<'static>> {
    let Some(plan) = bundle.pool(index) else { return Err(Refusal::Scheduler(wanted)) };
    let Some(known) = policies::find(wanted) else { return Err(Refusal::Scheduler(wanted)) };
    let Some(row) = bundle.pool_row(index, known.name) else {
        return Err(Refusal::NoParameters(known.name, plan.name));
    };
    let spec = Spec {
        name: known.name,
        row: row.row,
        table: (0..row.entries).filter_map(|at| bundle.entry(index, known.name, at)),
        entries: row.entries as usize,
        cpus: plan.cpus,
        vcpus: plan.vcpus as usize,
        groups: plan.groups as usize,
        now: Instant::ZERO,
    };
    let policy: Policy =
        policies::build(carver, spec).map_err(|error| refusal::from_build(error, wanted, plan.name))?;
    let short = Refusal::Memory("the pools", 0, carver.left());
    let Some(lives) = carver.slice(plan.vcpus as usize, Life::ABSENT) else { return Err(short) };
    let Some(slots) = carver.slice(plan.vcpus as usize, timers::Slot::EMPTY) else { return Err(short) };
    let pool = Pool::new(policy, lives, Instant::ZERO);
    Ok((PoolState { pool, timers: timers::Timers::new(slots), hosted: Instant::MAX, told: 0, vcpus: &[] }, known.name))
}

/// Tells every policy its groups' parameters and vCPUs, and starts each partition's first vCPU.
#[inline(never)]
pub(super) fn admit(
    cpu: &'static Pcpu,
    bundle: &Bundle<'static>,
    system: &'static System,
) -> Result<(), Refusal<'static>> {
    for pool in system.pools {
        admit_pool(cpu, bundle, pool)?;
    }
    for partition in system.partitions {
        if let Some(first) = partition.vcpus().first() {
            first.start[0].store(partition.entry.0, core::sync::atomic::Ordering::Relaxed);
            first.start[1].store(partition.entry.1, core::sync::atomic::Ordering::Relaxed);
            first.set_waiting(Waiting::Start);
            partition.starts.store(1, core::sync::atomic::Ordering::Relaxed);
            partition.set_stage(crate::system::partition::Stage::Normal);
            crate::dispatch::life::note(cpu, partition, Instant::ZERO, trace::event::LifeStep::Started, (0, 0));
            let mut sink = &cpu.ring;
            let log = &mut Seam::new(cpu.id.0, partition.pool.index, &mut sink);
            partition.pool.state.lock().pool.wake(first.id, Instant::ZERO, log);
        }
    }
    Ok(())
}

fn admit_pool(cpu: &'static Pcpu, bundle: &Bundle<'static>, pool: &'static PoolCell) -> Result<(), Refusal<'static>> {
    let mut sink = &cpu.ring;
    let log = &mut Seam::new(cpu.id.0, pool.index, &mut sink);
    let mut state = pool.state.lock();
    let index = u16::from(pool.index);
    for plan in bundle.partitions().filter(|plan| plan.pool == index) {
        let group = Group(plan.group);
        if let Some(row) = bundle.group_row(index, pool.scheduler, plan.group)
            && policies::find(pool.scheduler).is_some_and(|known| !known.group.is_empty())
        {
            let answer = state.pool.change(&[Change::Group(group, row)], When::Now, Instant::ZERO, log);
            if let Some(refused) = answer.refused {
                return Err(Refusal::Admission(plan.name, refused));
            }
        }
        for at in plan.first_vcpu..plan.first_vcpu + plan.vcpus {
            let row = bundle.vcpu_row(index, pool.scheduler, at).unwrap_or_default();
            let affinity = bundle.vcpu(index, at).map_or(sched::Affinity::ANY, |vcpu| vcpu.affinity);
            let added = state.pool.add(Vcpu(at), group, row, affinity, Instant::ZERO, log);
            added.map_err(|refused| Refusal::Admission(plan.name, refused))?;
        }
    }
    Ok(())
}
