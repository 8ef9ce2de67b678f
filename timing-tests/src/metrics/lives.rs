//! Partitions: their CPU time, their life, and how each of their vCPUs was served.

use super::{PartitionReport, Run, ServerReport, ppm, running::Running};
use crate::plan::{End, Partition};
use sched::{Instant, Times, Vcpu};
use trace::{
    Event,
    event::{FaultCause, LifeStep},
};

/// The partitions of the plan, without tasks, promises and verdicts.
pub(crate) fn partitions(run: &Run<'_>, running: &[Running]) -> Vec<PartitionReport> {
    let lives = Life::all(run);
    let one = |(partition, life): (&Partition, Life)| report(run, partition, life, running.get(partition.pool));
    run.plan.partitions.iter().zip(lives).map(one).collect()
}

fn report(run: &Run<'_>, partition: &Partition, life: Life, running: Option<&Running>) -> PartitionReport {
    let vcpus = partition.vcpus.len();
    let servers: Vec<_> = (0..vcpus).map(|vcpu| server(run, partition, vcpu, running)).collect();
    let cpu_time = servers.iter().map(|server| server.cpu_time).fold(0, u64::saturating_add);
    PartitionReport {
        name: partition.name.clone(),
        pool: run.plan.pools.get(partition.pool).map(|pool| pool.name.clone()).unwrap_or_default(),
        cpu_time,
        share: ppm(cpu_time, run.known.length()),
        promised: None,
        ledger_difference: ledger_difference(run, partition, running),
        starts: life.starts,
        restarts: life.restarts,
        faults: life.faults,
        last_fault: life.last_fault,
        end: end_name(life.end),
        servers,
        tasks: Vec::new(),
        verdicts: Vec::new(),
    }
}

/// How an end is written.
pub(crate) fn end_name(end: End) -> &'static str {
    match end {
        End::NeverStarted => "never started",
        End::Running => "running",
        End::PowerOff => "poweroff",
        End::Down => "down",
        End::Idle => "idle",
    }
}

/// The vCPU's number in its pool.
fn in_pool(partition: &Partition, vcpu: usize) -> Vcpu {
    Vcpu(partition.first_vcpu.saturating_add(vcpu as u16))
}

fn server(run: &Run<'_>, partition: &Partition, vcpu: usize, running: Option<&Running>) -> ServerReport {
    let v = in_pool(partition, vcpu);
    let service = run.services.get(&(partition.pool, v));
    ServerReport {
        vcpu,
        cpu_time: running.map_or(0, |running| running.measured(v.index(), &run.known)),
        shortfalls: service.map(|service| service.shortfalls),
        overruns: service.map(|service| service.overruns),
        worst_lateness: service.map(|service| service.worst_lateness.nanos()),
    }
}

/// The hypervisor's ledger of a vCPU, and up to when.
pub(crate) fn ledger(run: &Run<'_>, partition: &Partition, vcpu: usize) -> Option<(Instant, Times)> {
    run.ledgers.get(&(partition.pool, in_pool(partition, vcpu))).copied()
}

fn ledger_difference(run: &Run<'_>, partition: &Partition, running: Option<&Running>) -> Option<u64> {
    let running = running.filter(|_| run.is_complete())?;
    let differences = (0..partition.vcpus.len()).filter_map(|vcpu| {
        let (now, times) = ledger(run, partition, vcpu)?;
        let counted = running.of_vcpu(in_pool(partition, vcpu).index(), now);
        Some(counted.abs_diff(times.running.nanos()))
    });
    differences.max()
}

/// What a partition went through.
struct Life {
    starts: u64,
    restarts: u64,
    faults: u64,
    last_fault: Option<String>,
    end: End,
}

impl Life {
    /// The lives of all partitions.
    fn all(run: &Run<'_>) -> Vec<Self> {
        let new = |_| Self { starts: 0, restarts: 0, faults: 0, last_fault: None, end: End::NeverStarted };
        let mut lives: Vec<Self> = run.plan.partitions.iter().map(new).collect();
        for event in &run.events {
            if let Event::Life { partition, step, detail, address, .. } = *event
                && let Some(life) = lives.get_mut(usize::from(partition))
            {
                life.take(step, detail, address);
            }
        }
        lives
    }

    fn take(&mut self, step: u8, detail: u8, address: u64) {
        let is = |candidate: LifeStep| step == candidate as u8;
        if is(LifeStep::Started) || is(LifeStep::Restarted) {
            self.starts += 1;
            self.restarts += u64::from(is(LifeStep::Restarted));
            self.end = End::Running;
        } else if is(LifeStep::PowerOff) {
            self.end = End::PowerOff;
        } else if is(LifeStep::Idle) {
            self.end = End::Idle;
        } else if is(LifeStep::Reset) {
            self.end = End::Down;
        } else if is(LifeStep::Faulted) {
            self.faults += 1;
            self.last_fault = Some(fault_text(detail, address));
            self.end = End::Down;
        }
    }
}

fn fault_text(cause: u8, address: u64) -> String {
    let is = |candidate: FaultCause| cause == candidate as u8;
    if is(FaultCause::Abort) {
        format!("declared itself faulty with code {address:#x}")
    } else if is(FaultCause::Memory) {
        format!("touched memory at {address:#x}, which it does not have")
    } else if is(FaultCause::Exit) {
        format!("did something forbidden at {address:#x}")
    } else if is(FaultCause::ExitRate) {
        "caused more exits per second than its plan allows".into()
    } else if is(FaultCause::Vector) {
        format!("has an exception vector at {address:#x} that cannot be executed")
    } else {
        format!("unknown cause {cause} at {address:#x}")
    }
}
