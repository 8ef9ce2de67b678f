//! Where the hypervisor leaves its trace in memory, and how a host finds it.
//!
//! The last page of the machine's memory is the *directory*: little-endian words that say where each
//! pCPU's ring lies, how much it holds and how much was dropped. A ring fills once and then drops, so what
//! is there is the beginning without a gap; behind it only the summary of the run may stand.
//!
//! Addresses are the machine's own. A PC's memory has holes, which a host's image of it has not. So all rings lie in front
//! of the directory in one piece of memory, and the directory says its own address: whoever found it in an image knows
//! from the difference where in the image the rings are.

/// "MJFTRACE", little-endian.
pub const MAGIC: u64 = u64::from_le_bytes(*b"MJFTRACE");
/// The version of the directory and of the events.
pub const VERSION: u64 = 2;
/// The length of the directory.
pub const DIRECTORY_BYTES: usize = 4096;
/// The largest number of rings.
pub const RINGS_MAX: usize = 64;

/// Words of the directory.
pub mod word {
    /// [`super::MAGIC`].
    pub const MAGIC: usize = 0;
    /// [`super::VERSION`].
    pub const VERSION: usize = 1;
    /// The hash of the plan.
    pub const PLAN_HASH: usize = 2;
    /// The number of rings, one for each pCPU.
    pub const RINGS: usize = 3;
    /// The counter's value at the epoch.
    pub const EPOCH_TICKS: usize = 4;
    /// The counter's frequency in Hz.
    pub const FREQUENCY: usize = 5;
    /// 1 once the system ended in an orderly way.
    pub const ENDED: usize = 6;
    /// The physical address of the directory itself.
    pub const PLACE: usize = 7;
    /// The number of pools; their scheduler names follow at [`SCHEDULERS`].
    pub const POOLS: usize = 8;
    /// Instant of the end, ns since the epoch.
    pub const END_TIME: usize = 9;
    /// The first ring: four words each: address, capacity in events, events written, events dropped.
    pub const RING_FIRST: usize = 16;
    /// Words of a ring.
    pub const RING_WORDS: usize = 4;
    /// The scheduler names, two words (16 bytes, zero-padded) for each pool, at most 64 pools.
    pub const SCHEDULERS: usize = 16 + 4 * super::RINGS_MAX;
}
