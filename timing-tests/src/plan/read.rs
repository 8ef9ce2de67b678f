//! Reading what the numbers depend on out of the plan that a trace carries.

use super::{End, Expect, Partition, Plan, Pool, Values, VcpuPlan};
use config::{BadBundle, Bundle, plan};
use policies::Descriptor;
use sched::{AnyRow, Key};
use trace::Recording;

/// Why a plan does not fit a recording; its `Display` is a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlanError {
    /// The bytes are no plan.
    Bad(BadBundle),
    /// The recording was made with another plan.
    OtherPlan {
        /// The plan's hash.
        plan: u64,
        /// The hash in the recording.
        recording: u64,
    },
    /// The recording names another number of pools than the plan.
    Pools {
        /// Pools in the plan.
        plan: usize,
        /// Pools in the recording.
        recording: usize,
    },
    /// A scheduler that this tool does not know ran.
    Scheduler(String),
}

impl core::fmt::Display for PlanError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Bad(bad) => write!(f, "the plan cannot be read: {bad}"),
            Self::OtherPlan { plan, recording } => {
                write!(f, "the trace was made with plan {recording:016x}, but this is plan {plan:016x}")
            }
            Self::Pools { plan, recording } => {
                write!(f, "the trace names schedulers of {recording} pools, but the plan has {plan}")
            }
            Self::Scheduler(name) => write!(f, "scheduler {name} ran, which this tool does not know; build it in"),
        }
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// The plan in these bytes (a bundle's plan part), under the schedulers that ran in `recording`.
    ///
    /// # Errors
    /// The plan is damaged, or is not the one that ran.
    pub fn read(bytes: &[u8], recording: &Recording) -> Result<Self, PlanError> {
        let bundle = Bundle::read_plan(bytes).map_err(PlanError::Bad)?;
        let system = bundle.system();
        if system.hash != recording.plan_hash {
            return Err(PlanError::OtherPlan { plan: system.hash, recording: recording.plan_hash });
        }
        let (plan, recorded) = (usize::from(system.pools), recording.schedulers.len());
        if plan != recorded {
            return Err(PlanError::Pools { plan, recording: recorded });
        }
        let ran: Vec<&Descriptor> = recording.schedulers.iter().map(|name| find(name)).collect::<Result<_, _>>()?;
        let pools = bundle.pools().zip(&ran).zip(0..).map(|((pool, ran), index)| read_pool(&bundle, &pool, index, ran));
        let partitions = bundle.partitions().zip(0..).filter_map(|(partition, index)| {
            let ran = ran.get(usize::from(partition.pool))?;
            Some(read_partition(&bundle, &partition, index, ran))
        });
        Ok(Self {
            name: system.name.into(),
            hash: system.hash,
            pools: pools.collect(),
            partitions: partitions.collect(),
        })
    }
}

fn find(name: &str) -> Result<&'static Descriptor, PlanError> {
    policies::find(name).ok_or_else(|| PlanError::Scheduler(name.into()))
}

fn values(keys: &'static [Key], row: Option<AnyRow>) -> Values {
    row.map_or(Values::NONE, |row| Values { keys, row })
}

fn read_pool(bundle: &Bundle<'_>, pool: &plan::Pool<'_>, index: u16, ran: &Descriptor) -> Pool {
    let row = bundle.pool_row(index, ran.name);
    let entries = row.map_or(0, |row| row.entries);
    let keys = ran.table.map_or(&[][..], |(_, keys)| keys);
    Pool {
        name: pool.name.into(),
        scheduler: ran.name.into(),
        cpus: pool.cpus,
        groups: pool.groups.into(),
        vcpus: pool.vcpus.into(),
        params: row.map(|row| Values { keys: ran.pool, row: row.row }),
        table: (0..entries).map(|entry| values(keys, bundle.entry(index, ran.name, entry))).collect(),
    }
}

fn read_partition(bundle: &Bundle<'_>, partition: &plan::Partition<'_>, index: u16, ran: &Descriptor) -> Partition {
    let vcpu = |rank: u16| {
        let v = partition.first_vcpu.saturating_add(rank);
        let affinity = bundle.vcpu(partition.pool, v)?.affinity;
        Some(VcpuPlan { affinity, params: values(ran.vcpu, bundle.vcpu_row(partition.pool, ran.name, v)) })
    };
    Partition {
        name: partition.name.into(),
        pool: partition.pool.into(),
        group: partition.group.into(),
        first_vcpu: partition.first_vcpu,
        params: values(ran.group, bundle.group_row(partition.pool, ran.name, partition.group)),
        vcpus: (0..partition.vcpus).filter_map(vcpu).collect(),
        expect: read_expect(&bundle.expect(index, ran.name)),
    }
}

fn read_expect(expect: &plan::Expect) -> Expect {
    Expect {
        misses: expect.misses,
        jitter: expect.jitter,
        end: expect.end.map(|end| match end {
            plan::End::PowerOff => End::PowerOff,
            plan::End::Running => End::Running,
            plan::End::Idle => End::Idle,
        }),
        restarts: expect.restarts,
    }
}
