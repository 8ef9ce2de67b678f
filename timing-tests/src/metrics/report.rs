//! The report: every number, under the name it has in JSON.
//!
//! All times are in ns of the run's unit, all shares in parts per million of one pCPU. A number that could
//! not be measured is absent (`null`), never zero.

mod measured;

pub use measured::{HypervisorReport, TaskReport, ValueReport, WindowReport};

use serde::Serialize;

/// The version of the report's form. Keys may be added under the same number; removing a key or changing
/// its meaning raises it.
pub const SCHEMA: u32 = 1;

/// What a run amounts to.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The system's name.
    pub system: String,
    /// The hash of the plan, 16 hexadecimal digits.
    pub plan_hash: String,
    /// What its ns are: "ns", "virtual ns (instructions)" or "virtual ns (simulated)".
    pub unit: &'static str,
    /// How long the run was measured: from the epoch to the end, without the time in which events are missing.
    pub measured: u64,
    /// How long it was not, because events are missing.
    pub unmeasured: u64,
    /// Whether the system ended in an orderly way.
    pub orderly: bool,
    /// Whether the recording can be replayed to its end: nothing was dropped.
    pub replayable: bool,
    /// Trace events lost.
    pub dropped: u64,
    /// The pools, in the plan's order.
    pub pools: Vec<PoolReport>,
    /// The partitions, in the plan's order.
    pub partitions: Vec<PartitionReport>,
    /// Windows of pools under a time table, pool by pool in the table's order.
    pub windows: Vec<WindowReport>,
    /// What the hypervisor measured about itself.
    pub hypervisor: HypervisorReport,
    /// What guests measured, in the order of first appearance.
    pub values: Vec<ValueReport>,
}

/// A pool.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PoolReport {
    /// Its name.
    pub name: String,
    /// The scheduler that ran.
    pub scheduler: String,
    /// Its pCPUs.
    pub cpus: Vec<u8>,
    /// Recorded calls into the scheduler.
    pub calls: u64,
    /// Time for which its pCPUs ran vCPUs, all together.
    pub busy: u64,
}

/// A partition.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PartitionReport {
    /// Its name.
    pub name: String,
    /// The name of its pool.
    pub pool: String,
    /// Time for which its vCPUs ran, by the recorded choices.
    pub cpu_time: u64,
    /// The same as a share of the measured time.
    pub share: u64,
    /// The share that the scheduler's parameters promise, if they promise one.
    pub promised: Option<u64>,
    /// By how much the hypervisor's own ledger differs from `cpu_time`: the largest difference of one vCPU.
    /// Absent without a ledger, or if events are missing.
    pub ledger_difference: Option<u64>,
    /// Cold starts and restarts.
    pub starts: u64,
    /// Restarts after a fault or on request.
    pub restarts: u64,
    /// Faults.
    pub faults: u64,
    /// Why it faulted last.
    pub last_fault: Option<String>,
    /// How it was at the end: "never started", "running", "poweroff", "down" or "idle".
    pub end: &'static str,
    /// How the promise to each of its vCPUs was kept.
    pub servers: Vec<ServerReport>,
    /// Its tasks, by vCPU and number.
    pub tasks: Vec<TaskReport>,
    /// What was expected of it, and whether it held.
    pub verdicts: Vec<Verdict>,
}

/// A vCPU as the scheduler served it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ServerReport {
    /// Its index in the partition.
    pub vcpu: usize,
    /// Time for which it ran, by the recorded choices.
    pub cpu_time: u64,
    /// Periods or windows in which it got less than its promise though it was ready.
    pub shortfalls: Option<u64>,
    /// Times it ran past the end of its budget or window.
    pub overruns: Option<u64>,
    /// The latest start of a window, or the latest replenishment, against plan.
    pub worst_lateness: Option<u64>,
}

/// Whether something expected held.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It held.
    Held,
    /// The recording does not say.
    Unknown,
    /// It did not hold.
    Broken,
}

/// An expectation and what became of it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Verdict {
    /// What was expected: "misses", "jitter", "end" or "restarts".
    pub about: &'static str,
    /// Whether it held.
    pub outcome: Outcome,
    /// The same as a sentence.
    pub sentence: String,
}

impl Report {
    /// The worst outcome of all expectations; [`Outcome::Held`] when nothing was expected.
    pub fn outcome(&self) -> Outcome {
        let verdicts = self.partitions.iter().flat_map(|partition| &partition.verdicts);
        verdicts.map(|verdict| verdict.outcome).max().unwrap_or(Outcome::Held)
    }
}
