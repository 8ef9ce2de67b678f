//! A plan in the simulator: the same policies, parameters and guests' demand, without machine and images.
//!
//! Each pool is simulated by itself, for pools share nothing but the epoch. vCPUs are admitted and started in the
//! order in which the hypervisor does it at boot, and the recording is what its rings would hold: the same metrics,
//! table and replay take it.

mod costs;
mod demand;
mod tracer;

pub use costs::costs;
pub use demand::{Demand, demand};
pub use sched::sim::Costs;

use crate::plan::{Partition, Plan, PlanError, Pool};
use crate::replay;
use config::Bundle;
use sched::sim::{Load, Machine, NewVcpu, Sim};
use sched::{Change, Duration, Group, Instant, Vcpu, When};
use trace::{Recording, Ring, Unit};
use tracer::{Guest, Tracer};

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// A plan's bytes.
    pub plan: &'a [u8],
    /// What each of its partitions does.
    pub demands: &'a [Demand],
    /// The scheduler of each of its pools.
    pub schedulers: Vec<String>,
    /// When the system stops.
    pub stop: Instant,
    /// What the machine's own doings cost.
    pub costs: Costs,
    /// On what all randomness depends.
    pub seed: u64,
}

/// Why a plan cannot be simulated; its `Display` is a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SimulateError {
    /// The plan is not usable.
    Plan(PlanError),
    /// The scheduler of a pool (by name) cannot be built.
    Pool(String, String),
    /// The scheduler refuses a partition (by name), by this rule.
    Admission(String, &'static str),
}

impl core::fmt::Display for SimulateError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Plan(error) => error.fmt(f),
            Self::Pool(pool, sentence) => write!(f, "pool `{pool}`: {sentence}"),
            Self::Admission(partition, rule) => {
                write!(f, "partition `{partition}` is refused at boot: {rule}; `cargo xtask check` explains it")
            }
        }
    }
}

impl std::error::Error for SimulateError {}

/// Simulates a plan.
///
/// # Errors
/// The plan is not usable, or a scheduler refuses it.
pub fn simulate(request: &Request<'_>) -> Result<Recording, SimulateError> {
    let bundle = Bundle::read_plan(request.plan).map_err(|bad| SimulateError::Plan(PlanError::Bad(bad)))?;
    let cpus = bundle.system().cpus.iter().last().map_or(0, |last| usize::from(last.0) + 1);
    let mut recording = Recording {
        unit: Unit::Simulated,
        plan_hash: bundle.system().hash,
        schedulers: request.schedulers.clone(),
        epoch: 0,
        frequency: 1_000_000_000,
        ended: true,
        end_time: request.stop,
        rings: vec![Ring::default(); cpus],
    };
    let plan = Plan::read(request.plan, &recording).map_err(SimulateError::Plan)?;
    for (index, pool) in plan.pools.iter().enumerate() {
        let rings = std::mem::take(&mut recording.rings);
        recording.rings = simulate_pool(request, &plan, (index, pool), rings)?;
    }
    Ok(recording)
}

type Machinery = Sim<policies::Policy<policies::Heap>, Tracer>;

fn simulate_pool(
    request: &Request<'_>,
    plan: &Plan,
    (index, pool): (usize, &Pool),
    rings: Vec<Ring>,
) -> Result<Vec<Ring>, SimulateError> {
    let policy = replay::build(pool).map_err(|sentence| SimulateError::Pool(pool.name.clone(), sentence))?;
    let machine = Machine::new(rings.len() as u8, pool.vcpus as u16).costs(request.costs).seed(request.seed);
    let first = pool.cpus.first().unwrap_or_default();
    let mut sim = Sim::watched(policy, machine.pool(pool.cpus).sums_only(), Tracer::new(index as u8, first, rings));
    let own = || plan.partitions.iter().enumerate().filter(|(_, partition)| partition.pool == index);
    for (number, partition) in own() {
        let demand = request.demands.get(number).copied().unwrap_or(Demand::Nothing);
        admit(&mut sim, (number, partition), demand)?;
    }
    for (number, partition) in own() {
        sim.observer.started(number);
        sim.start(Vcpu(partition.first_vcpu));
    }
    // The system stops before it handles what happens at that instant.
    sim.run_until(request.stop - Duration::from_nanos(1));
    sim.observer.clock(request.stop);
    for v in (0..pool.vcpus as u16).map(Vcpu) {
        let (service, life) = (sim.pool().service(v, request.stop), *sim.pool().life(v));
        sim.observer.summary(v, service, life.times(request.stop));
    }
    sim.observer.violations(sim.pool().violations());
    Ok(sim.observer.rings)
}

/// Tells the policy a partition's parameters and vCPUs. Only its first vCPU will ever start: no demand starts more.
fn admit(sim: &mut Machinery, (number, partition): (usize, &Partition), demand: Demand) -> Result<(), SimulateError> {
    let refused = |rule: sched::Refused| SimulateError::Admission(partition.name.clone(), rule.rule);
    let group = Group(partition.group as u16);
    if !partition.params.keys.is_empty() {
        sim.change(&[Change::Group(group, partition.params.row)], When::Now).map_err(refused)?;
    }
    for (rank, vcpu) in partition.vcpus.iter().enumerate() {
        let load = if rank == 0 { demand.load() } else { Load::idle() };
        sim.observer.guests.push(Guest { partition: number as u16, vcpu: rank as u16, task: demand.task() });
        let new = NewVcpu::new(vcpu.params.row, load).group(group.0).affinity(vcpu.affinity).off();
        sim.admit(new).map_err(refused)?;
    }
    Ok(())
}
