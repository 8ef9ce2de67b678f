//! A whole plan on the heap, as hosts build it: every name resolved, every default filled in.

use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use sched::{Affinity, AnyRow, CpuSet, Duration};

use crate::plan::{Expect, FaultAction};

/// A plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resolved {
    /// The system's name.
    pub name: String,
    /// When it stops by itself, counted from the epoch.
    pub stop: Option<Duration>,
    /// How much memory the trace gets, bytes.
    pub trace_bytes: u64,
    /// The schedulers that every row list below has rows for, in this order.
    pub schedulers: Vec<Shape>,
    /// The pools.
    pub pools: Vec<ResolvedPool>,
    /// The partitions, sorted by pool.
    pub partitions: Vec<ResolvedPartition>,
}

/// How many words the rows of a scheduler have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    /// The scheduler's name.
    pub name: String,
    /// Words in a pool's row.
    pub pool_words: usize,
    /// Words in a group's row.
    pub group_words: usize,
    /// Words in a vCPU's row.
    pub vcpu_words: usize,
    /// Words in an entry of its table.
    pub entry_words: usize,
}

/// A pool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolvedPool {
    /// Its name.
    pub name: String,
    /// Its pCPUs.
    pub cpus: CpuSet,
    /// The index of its scheduler in [`Resolved::schedulers`].
    pub scheduler: usize,
    /// Its row and table for each scheduler; `None` where the file lacks a mandatory parameter.
    pub rows: Vec<Option<PoolRows>>,
}

/// The parameters of a pool under one scheduler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolRows {
    /// The pool's row.
    pub row: AnyRow,
    /// The entries of its table.
    pub entries: Vec<AnyRow>,
}

/// A partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolvedPartition {
    /// Its name.
    pub name: String,
    /// What its image is, as the file says it: a guest, a kernel or a file. Not part of the bundle.
    pub image: String,
    /// Its argument text.
    pub args: String,
    /// The index of its pool.
    pub pool: usize,
    /// Where its memory begins.
    pub memory_base: u64,
    /// How much memory it has, bytes.
    pub memory_size: u64,
    /// The address of its first instruction.
    pub entry: u64,
    /// The address of its device tree or boot parameters, or 0.
    pub boot_arg: u64,
    /// Where the frequency of the counter is written as text, or 0.
    pub clock_text: u64,
    /// What is loaded into its memory.
    pub loads: Vec<ResolvedLoad>,
    /// What happens when it faults.
    pub on_fault: FaultAction,
    /// Exits per second beyond which it counts as faulty; 0 = no limit.
    pub exit_limit: u32,
    /// Whether it may change the scheduling parameters of its pool while the system runs.
    pub control: bool,
    /// What is expected of it.
    pub expect: Expect,
    /// Its group's row for each scheduler.
    pub rows: Vec<AnyRow>,
    /// Its vCPUs.
    pub vcpus: Vec<ResolvedVcpu>,
}

/// A piece of an image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolvedLoad {
    /// Where it goes.
    pub address: u64,
    /// What goes there; not empty.
    pub bytes: Arc<[u8]>,
}

/// A vCPU.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolvedVcpu {
    /// Where it may run.
    pub affinity: Affinity,
    /// Its row for each scheduler.
    pub rows: Vec<AnyRow>,
}
