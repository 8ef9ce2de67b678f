//! The part of a plan that the numbers depend on, with parameters by name.
//!
//! A plan holds parameters for several schedulers side by side; here stand those of the schedulers that
//! ran. The meaning of a parameter comes from the policy's own keys.

mod read;

pub use read::PlanError;

use sched::{Affinity, AnyRow, CpuSet, Duration, Key};

/// A plan under the schedulers that ran.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// The system's name.
    pub name: String,
    /// The hash of the whole plan.
    pub hash: u64,
    /// Its pools.
    pub pools: Vec<Pool>,
    /// Its partitions, by the index that marks carry.
    pub partitions: Vec<Partition>,
}

/// A pool under the scheduler that ran.
#[derive(Clone, PartialEq, Debug)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// The scheduler that ran.
    pub scheduler: String,
    /// Its pCPUs.
    pub cpus: CpuSet,
    /// How many groups (partitions) it has.
    pub groups: usize,
    /// How many vCPUs it has.
    pub vcpus: usize,
    /// The scheduler's parameters; `None` if the plan has none for it.
    pub params: Option<Values>,
    /// The entries of the scheduler's table.
    pub table: Vec<Values>,
}

impl Pool {
    /// The entries of the schedule in force at boot, with their places in the table; all of them if the table
    /// holds only one schedule.
    pub fn entries_in_force(&self) -> impl Iterator<Item = (usize, &Values)> {
        let schedule = |values: &Values| values.get("schedule").unwrap_or(0);
        let in_force = self.params.as_ref().map_or(0, schedule);
        self.table.iter().enumerate().filter(move |(_, entry)| schedule(entry) == in_force)
    }
}

/// A partition.
#[derive(Clone, PartialEq, Debug)]
pub struct Partition {
    /// Its name.
    pub name: String,
    /// The index of its pool.
    pub pool: usize,
    /// Its group in the pool.
    pub group: usize,
    /// Its first vCPU in the pool.
    pub first_vcpu: u16,
    /// Its parameters as a group.
    pub params: Values,
    /// Its vCPUs.
    pub vcpus: Vec<VcpuPlan>,
    /// What must hold at the end of a run under the scheduler that ran.
    pub expect: Expect,
}

/// A vCPU.
#[derive(Clone, PartialEq, Debug)]
pub struct VcpuPlan {
    /// Where it may run.
    pub affinity: Affinity,
    /// Its parameters.
    pub params: Values,
}

/// What a partition is expected to have done; `None` expects nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Expect {
    /// The largest number of deadline misses of all its tasks.
    pub misses: Option<u64>,
    /// The largest jitter of each of its tasks.
    pub jitter: Option<Duration>,
    /// How it must have ended.
    pub end: Option<End>,
    /// The smallest number of restarts.
    pub restarts: Option<u64>,
}

/// How a partition is at the end of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It never started.
    NeverStarted,
    /// It runs.
    Running,
    /// It switched itself off.
    PowerOff,
    /// It faulted or asked for a restart, and nothing followed.
    Down,
    /// It idles after a fault.
    Idle,
}

/// A row together with the names of its words.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Values {
    /// The keys of the row's words.
    pub keys: &'static [Key],
    /// The words.
    pub row: AnyRow,
}

impl Values {
    /// No values.
    pub const NONE: Self = Self { keys: &[], row: AnyRow([0; sched::ROW_WORDS]) };

    /// The word of the key with this name; `None` if the policy has no such key.
    pub fn get(&self, name: &str) -> Option<u64> {
        let index = self.keys.iter().position(|key| key.name == name)?;
        self.row.0.get(index).copied()
    }
}

impl Plan {
    /// The name of partition `index`, or its number if the plan has no such partition.
    pub fn partition_name(&self, index: usize) -> String {
        self.partitions.get(index).map_or_else(|| format!("partition {index}"), |partition| partition.name.clone())
    }
}
