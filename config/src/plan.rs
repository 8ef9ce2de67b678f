//! The plan: the checked, resolved, fixed-size form of a `system.toml`.
//!
//! These are the values that the bundle reader hands out. All instants and lengths are in ns, all sizes in
//! bytes, all indexes dense from 0.

use sched::{Affinity, AnyRow, CpuSet, Duration};

pub use abi::info::{ARGS_BYTES, NAME_BYTES};
pub use abi::layout::VCPUS_MAX;

/// The largest number of pools.
pub const POOLS_MAX: usize = 64;
/// The largest number of partitions.
pub const PARTITIONS_MAX: usize = 4096;
/// The largest number of vCPUs of all partitions.
pub const VCPUS_TOTAL_MAX: usize = 4096;
/// The largest number of schedulers that a plan has rows for.
pub const SCHEDULERS_MAX: usize = 16;
/// The largest number of entries in one scheduler's table of one pool.
pub const ENTRIES_MAX: usize = u16::MAX as usize;
/// The largest number of pieces that are loaded into one partition.
pub const LOADS_MAX: usize = 255;
/// Bases and sizes of partition memory are multiples of this (2 MiB, one second-stage block).
pub const MEMORY_ALIGN: u64 = 2 << 20;
/// No partition memory lies at or above this guest-physical address (39 bits, three table levels).
pub const ADDRESS_LIMIT: u64 = 1 << 39;
/// The most digits of a frequency in kHz.
pub const CLOCK_TEXT_BYTES: usize = 10;
/// Images begin at multiples of this in the bundle (4 KiB).
pub const BLOB_ALIGN: u64 = 4096;

/// What concerns the whole system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct System<'a> {
    /// The system's name.
    pub name: &'a str,
    /// The hash of the plan (over its encoded form, which holds a checksum of every image): identifies a
    /// configuration in info pages and traces.
    pub hash: u64,
    /// When the system stops by itself, counted from the epoch; the boot parameter `stop=` overrides it.
    pub stop: Option<Duration>,
    /// How much memory the trace gets, all pCPUs together.
    pub trace_bytes: u64,
    /// The number of pools.
    pub pools: u16,
    /// The number of partitions.
    pub partitions: u16,
    /// The number of vCPUs of all partitions.
    pub vcpus: u16,
    /// The pCPUs that the pools name; the machine must have them all.
    pub cpus: CpuSet,
}

/// A pool of pCPUs under one scheduler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pool<'a> {
    /// The pool's name.
    pub name: &'a str,
    /// Its pCPUs.
    pub cpus: CpuSet,
    /// The name of its scheduler; `sched=` on the boot line overrides it for the first pool.
    pub scheduler: &'a str,
    /// The index in the plan of its first partition; its partitions are consecutive, and group g of the
    /// pool is partition `first_partition + g`.
    pub first_partition: u16,
    /// How many partitions (groups) it has.
    pub groups: u16,
    /// The index in the plan of its first vCPU; its vCPUs are consecutive, in the order of its partitions.
    pub first_vcpu: u16,
    /// How many vCPUs it has.
    pub vcpus: u16,
}

/// What happens to a partition that faulted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum FaultAction {
    /// It starts again from its images.
    Restart = 0,
    /// It stays off; the others go on.
    Idle = 1,
    /// The whole system stops.
    StopSystem = 2,
}

/// A partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Partition<'a> {
    /// The partition's name.
    pub name: &'a str,
    /// Its argument text, for the info page.
    pub args: &'a str,
    /// The index of the pool it lies in.
    pub pool: u16,
    /// The index of its group in the pool.
    pub group: u16,
    /// The index of its first vCPU in the pool.
    pub first_vcpu: u16,
    /// How many vCPUs it has; the first starts with the partition, the others by CPU_ON.
    pub vcpus: u16,
    /// Where its memory begins in its own physical address space; 2 MiB aligned.
    pub memory_base: u64,
    /// How much memory it has; a multiple of 2 MiB.
    pub memory_size: u64,
    /// The guest-physical address of the first instruction.
    pub entry: u64,
    /// The first argument at the first instruction (x0; ebx and esi): the address of its device tree or boot
    /// parameters, or 0.
    pub boot_arg: u64,
    /// Where the frequency of the counter in kHz is written as decimal digits, at most [`CLOCK_TEXT_BYTES`]; 0 = nowhere.
    /// A kernel that cannot ask for it is told so on its command line.
    pub clock_text: u64,
    /// How many pieces are loaded into its memory.
    pub loads: u16,
    /// What happens when it faults.
    pub on_fault: FaultAction,
    /// Exits per second beyond which it counts as faulty; 0 = no limit.
    pub exit_limit: u32,
    /// Whether it may change the scheduling parameters of its pool while the system runs.
    pub control: bool,
    /// What must hold at the end of a run, under the schedulers of [`Expect::under`]; ask
    /// `Bundle::expect` for what holds under one of them.
    pub expect: Expect,
}

/// What a partition is expected to have done at the end of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Expect {
    /// The largest number of deadline misses of all its tasks.
    pub misses: Option<u64>,
    /// The largest jitter of each of its tasks, ns.
    pub jitter: Option<Duration>,
    /// How it must have ended.
    pub end: Option<End>,
    /// The smallest number of restarts that it must have had.
    pub restarts: Option<u64>,
    /// Under which schedulers this is expected.
    pub under: Under,
}

/// A set of schedulers: bit n is the n-th scheduler that the plan names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Under(pub u64);

impl Under {
    /// Every scheduler.
    pub const ALL: Self = Self(u64::MAX);

    /// True if the plan's scheduler with this index is a member.
    pub const fn contains(self, scheduler: usize) -> bool {
        scheduler < 64 && self.0 >> scheduler & 1 == 1
    }
}

impl Default for Under {
    fn default() -> Self {
        Self::ALL
    }
}

/// How a partition ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum End {
    /// It switched itself off.
    PowerOff = 1,
    /// It was still running when the system stopped.
    Running = 2,
    /// It was put to idle after a fault.
    Idle = 3,
}

/// A piece of an image: `bytes` go to guest-physical `address`. The rest of the memory is zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Load<'a> {
    /// Where it goes.
    pub address: u64,
    /// What goes there: a part of the bundle, shared between partitions with the same image. Empty when
    /// only the plan was read.
    pub bytes: &'a [u8],
    /// The length of `bytes` in the bundle; never 0.
    pub size: u64,
    /// The checksum of `bytes`.
    pub checksum: u64,
}

impl Load<'_> {
    /// Computes the checksum and compares. Reading the bundle does not do this: it takes about 0.4
    /// instructions for each byte, so it belongs into the partition's own time or before a long run.
    pub fn is_intact(&self) -> bool {
        self.bytes.len() as u64 == self.size && crate::bundle::checksum(self.bytes) == self.checksum
    }
}

/// A vCPU of a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VcpuPlan {
    /// Where it may run; inside its pool.
    pub affinity: Affinity,
}

/// The parameter rows of one pool under one scheduler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolRow {
    /// The pool's row.
    pub row: AnyRow,
    /// How many entries the scheduler's table has (the windows of ARINC 653).
    pub entries: u16,
}
