//! The report's rows of measurements: tasks, windows, the hypervisor, and what guests measured.

use crate::metrics::{Slope, Spread};
use serde::Serialize;

/// A guest's task.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TaskReport {
    /// The vCPU's index in the partition.
    pub vcpu: u16,
    /// The guest's number for the task.
    pub task: u32,
    /// The period last declared; 0 for a single job.
    pub period: u64,
    /// The relative deadline last declared.
    pub deadline: u64,
    /// Jobs whose nominal release lies in the measured time, before the end.
    pub due: u64,
    /// Jobs of which it is not known whether they missed, because events are missing; they are not in `misses`.
    pub unknown: u64,
    /// Jobs that ran their first instruction.
    pub starts: u64,
    /// Jobs that were completed.
    pub completions: u64,
    /// Jobs completed after their deadline, or not completed although it has passed; none of `unknown`.
    pub misses: u64,
    /// Marks that contradict the declaration, one another or the clock; they are not in the other numbers.
    pub contradictions: u64,
    /// Start − nominal release.
    pub latency: Option<Spread>,
    /// Largest latency − smallest latency.
    pub jitter: Option<u64>,
    /// Completion − nominal release.
    pub response: Option<Spread>,
}

/// A window of a time table on one of its pCPUs.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct WindowReport {
    /// The name of its pool.
    pub pool: String,
    /// Its index in the table.
    pub window: usize,
    /// The pCPU.
    pub cpu: u8,
    /// The name of its partition.
    pub partition: String,
    /// Its planned start in the major frame.
    pub start: u64,
    /// Frames in which its partition was started there; the errors are over these.
    pub started: u64,
    /// Frames in which nobody of its partition was ready at its start.
    pub idle: u64,
    /// Frames in which the pCPU did not pick at all between its start and its end.
    pub skipped: u64,
    /// Picks that gave another planned start than the table.
    pub off_plan: u64,
    /// The largest start error (actual − planned).
    pub max_error: Option<u64>,
    /// The mean start error with two decimals.
    pub mean_error: Option<String>,
    /// The drift of the start error over all frames, ns per frame.
    pub slope: Option<Slope>,
}

/// What the hypervisor measured about itself.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct HypervisorReport {
    /// First hypervisor instruction to first guest instruction, without scrubbing.
    pub boot_time: Option<u64>,
    /// Scrubbing and loading partition memory at boot.
    pub scrub_time: Option<u64>,
    /// Length of the hypervisor's code in bytes.
    pub text_bytes: Option<u64>,
    /// Hypervisor memory for one partition in bytes, rounded up.
    pub bytes_per_partition: Option<u64>,
    /// Exits from guests.
    pub exits: Option<u64>,
    /// Choices of a policy that were refused because they would have broken isolation.
    pub violations: Option<u64>,
    /// Console bytes lost.
    pub console_drops: Option<u64>,
}

/// Something that a guest measured.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ValueReport {
    /// The name of the partition.
    pub partition: String,
    /// The vCPU's index in the partition.
    pub vcpu: u16,
    /// The guest's number for it.
    pub which: u64,
    /// Its name, if it is well known.
    pub name: Option<&'static str>,
    /// The sum over all iterations.
    pub total: u64,
    /// How many.
    pub iterations: u64,
    /// `total / iterations` with two decimals.
    pub mean: Option<String>,
}
