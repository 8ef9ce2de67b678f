//! Hypercall numbers, arguments and results.
//!
//! Calls follow the SMC Calling Convention (Arm DEN0028): 64-bit fast calls of the "vendor specific
//! hypervisor service" range, number in x0, arguments from x1, result in x0. On x86-64 the same numbers
//! and order travel by VMMCALL in rax, rdi, rsi, rdx, r10, r8, r9, r12.

/// The version of this interface: major << 16 | minor. No arguments.
pub const VERSION: u64 = 0xc600_0000;
/// Writes x1 bytes (at most [`CONSOLE_BYTES`]), packed little-endian into x2…x6, to the partition's
/// console. Returns how many were taken; the others count as dropped.
pub const CONSOLE: u64 = 0xc600_0001;
/// Offers the pCPU to other vCPUs. No arguments.
pub const YIELD: u64 = 0xc600_0002;
/// Waits until x1 (ns since the epoch). Returns [`SUCCESS`] at that time, [`INTERRUPTED`] if an
/// interrupt became pending before.
pub const WAIT_UNTIL: u64 = 0xc600_0003;
/// Returns in x0 the value of the quantity x1, see [`status`].
pub const STATUS: u64 = 0xc600_0004;
/// Puts a mark into the trace: x1 = kind | task << 8 (see [`mark`]), x2…x4 by kind.
pub const MARK: u64 = 0xc600_0005;
/// Declares the partition faulty; x1 is a code of its own for the log. Does not return.
pub const ABORT: u64 = 0xc600_0006;
/// Puts a change of scheduling parameters on the caller's list, where [`APPLY`] finds it: x1 = what (see
/// [`change`]) | partition << 16 | vCPU << 32, both counted from 0 within the caller's pool and that partition;
/// x2…x7 = the new row, in the order of the scheduler's keys. Needs `control` in the plan.
pub const CHANGE: u64 = 0xc600_0007;
/// Applies the caller's list, all of it or nothing, and empties it: x1 = 0 at once, 1 at the policy's next
/// boundary. Returns [`SUCCESS`], or [`REFUSED`] with the key's index in x1, what its rule needs in x2 and what it
/// was given in x3.
pub const APPLY: u64 = 0xc600_0008;
/// Returns what is in force for a vCPU, named as for [`CHANGE`]: its row in x1…x6, where it may run in x7 (bit n =
/// pCPU n). Needs `control` in the plan.
pub const PARAMETERS: u64 = 0xc600_0009;

/// What [`VERSION`] returns: 1.0.
pub const VERSION_1_0: u64 = 1 << 16;
/// How many changes a list can hold.
pub const CHANGES: usize = 16;
/// The largest number of bytes of one [`CONSOLE`] call.
pub const CONSOLE_BYTES: usize = 40;

/// The call was carried out.
pub const SUCCESS: u64 = 0;
/// An interrupt ended the wait.
pub const INTERRUPTED: u64 = 1;
/// There is no such call (−1, as SMCCC wants).
pub const NOT_SUPPORTED: u64 = u64::MAX;
/// An argument is out of range (−3, as SMCCC wants).
pub const INVALID: u64 = u64::MAX - 2;
/// The plan does not let the partition do this (−4).
pub const DENIED: u64 = u64::MAX - 3;
/// The scheduler refuses the changes, and none has taken effect (−5).
pub const REFUSED: u64 = u64::MAX - 4;
/// The list is full (−6).
pub const FULL: u64 = u64::MAX - 5;

/// What a [`CHANGE`] concerns.
pub mod change {
    /// The row of the caller's pool.
    pub const POOL: u64 = 0;
    /// The row of a partition.
    pub const GROUP: u64 = 1;
    /// The row of a vCPU.
    pub const VCPU: u64 = 2;
    /// Where a vCPU may run (x2) and prefers to (x3); bit n = pCPU n.
    pub const AFFINITY: u64 = 3;
}

/// Quantities that [`STATUS`] returns.
pub mod status {
    /// Nanoseconds for which the calling vCPU has run up to now.
    pub const RUN_TIME: u64 = 0;
    /// How often the partition was started, 1 after the cold start.
    pub const STARTS: u64 = 1;
    /// Console bytes of the partition that were dropped.
    pub const CONSOLE_DROPS: u64 = 2;
}

/// Kinds of marks.
pub mod mark {
    /// Declares a periodic task: x2 = period, x3 = first release, x4 = relative deadline (ns).
    pub const TASK: u64 = 0;
    /// A job runs its first instruction: x2 = job number from 0, x3 = nominal release, x4 = start (ns).
    pub const START: u64 = 1;
    /// A job is complete: x2 = job number, x3 = absolute deadline, x4 = completion (ns).
    pub const COMPLETION: u64 = 2;
    /// A measurement: x2 = which (a [`super::value`] or the guest's own), x3 = total, x4 = iterations.
    pub const VALUE: u64 = 3;
    /// The largest kind.
    pub const LAST: u64 = VALUE;
}

/// Well-known measurements of [`mark::VALUE`]; totals are in ns.
pub mod value {
    /// Round trips of [`super::VERSION`].
    pub const NULL_HYPERCALL: u64 = 1;
    /// [`super::YIELD`] with nobody else ready.
    pub const YIELD_ALONE: u64 = 2;
    /// [`super::YIELD`] between two partitions; an iteration is one switch.
    pub const YIELD_SWITCH: u64 = 3;
}
