//! Power calls of a guest: PSCI 1.1 (Arm DEN0022D) and the architecture calls of SMCCC 1.1 (DEN0028), by HVC
//! or SMC alike. Decoding only; the hypervisor acts.

/// Version of PSCI: 1.1.
pub const VERSION: i64 = 0x1_0001;
/// Version of the calling convention: 1.1.
pub const SMCCC: i64 = 0x1_0001;
/// The call did what it says.
pub const SUCCESS: i64 = 0;
/// There is no such call.
pub const NOT_SUPPORTED: i64 = -1;
/// There is no such CPU, or the call has no such form.
pub const INVALID_PARAMETERS: i64 = -2;
/// The call is known but not allowed here.
pub const DENIED: i64 = -3;
/// CPU_ON of a CPU that runs.
pub const ALREADY_ON: i64 = -4;
/// CPU_ON of a CPU that is about to run.
pub const ON_PENDING: i64 = -5;
/// Something went wrong inside.
pub const INTERNAL_FAILURE: i64 = -6;
/// MIGRATE: there is nothing to migrate.
pub const NOT_PRESENT: i64 = -7;
/// The CPU cannot be used any more.
pub const DISABLED: i64 = -8;
/// CPU_ON with an entry point that is no memory.
pub const INVALID_ADDRESS: i64 = -9;
/// AFFINITY_INFO: the CPU runs.
pub const AFFINITY_ON: i64 = 0;
/// AFFINITY_INFO: the CPU is off.
pub const AFFINITY_OFF: i64 = 1;
/// AFFINITY_INFO: the CPU was told to run and does not yet.
pub const AFFINITY_ON_PENDING: i64 = 2;
/// MIGRATE_INFO_TYPE: no trusted system that needs migration.
pub const MIGRATION_NOT_NEEDED: i64 = 2;

/// What a guest asks for. Arguments of 32-bit calls are 32 bits wide.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// PSCI_VERSION: answer [`VERSION`].
    Version,
    /// PSCI_FEATURES: answer [`features`].
    Features(u32),
    /// CPU_ON.
    CpuOn {
        /// Which CPU, as an MPIDR affinity value.
        target: u64,
        /// Where it starts.
        entry: u64,
        /// What it gets in x0.
        context: u64,
    },
    /// CPU_OFF of the caller; returns only on failure.
    CpuOff,
    /// CPU_SUSPEND. A standby state (bit 16 of `state` clear) returns to the caller on wake-up; a
    /// power-down state goes on at `entry`, and may legally be treated as standby.
    CpuSuspend {
        /// The power state wanted.
        state: u32,
        /// Where a CPU that was powered down goes on.
        entry: u64,
        /// What it gets in x0 then.
        context: u64,
    },
    /// AFFINITY_INFO.
    AffinityInfo {
        /// Which CPU, as an MPIDR affinity value.
        target: u64,
        /// Lowest affinity level to look at; answers for levels above 0 are optional since PSCI 1.0.
        level: u64,
    },
    /// MIGRATE_INFO_TYPE: answer [`MIGRATION_NOT_NEEDED`].
    MigrateInfoType,
    /// SYSTEM_OFF; does not return.
    SystemOff,
    /// SYSTEM_RESET; does not return.
    SystemReset,
    /// SYSTEM_RESET2; returns only on failure.
    SystemReset2 {
        /// 0 is a warm reset, bit 31 marks vendor kinds; others are [`INVALID_PARAMETERS`].
        kind: u32,
        /// Whatever a vendor kind means by it.
        cookie: u64,
    },
    /// SMCCC_VERSION: answer [`SMCCC`].
    SmcccVersion,
    /// SMCCC_ARCH_FEATURES: answer [`arch_features`].
    SmcccArchFeatures(u32),
    /// No such call: answer [`NOT_SUPPORTED`].
    Unknown,
}

/// The call is a 64-bit one (DEN0028, 2.5: bit 30).
const WIDE: u32 = 1 << 30;
const PSCI: u32 = 0x8400_0000;
/// PSCI_VERSION as most guests write it: nothing in the upper half of x0.
pub const VERSION_CALL: u64 = PSCI as u64;
const SMCCC_VERSION: u32 = 0x8000_0000;
const SMCCC_ARCH_FEATURES: u32 = 0x8000_0001;

/// Decodes a call from x0 to x3 as the guest left them. Only the low half of x0 names the function.
pub const fn decode(x: [u64; 4]) -> Request {
    let id = x[0] as u32;
    let [_, a, b, c] = if id & WIDE == 0 { narrow(x) } else { x };
    match id {
        SMCCC_VERSION => return Request::SmcccVersion,
        SMCCC_ARCH_FEATURES => return Request::SmcccArchFeatures(a as u32),
        _ => {}
    }
    if id & !(WIDE | 0xff) != PSCI {
        return Request::Unknown;
    }
    match (id & 0xff, id & WIDE != 0) {
        (0x00, false) => Request::Version,
        (0x01, _) => Request::CpuSuspend { state: a as u32, entry: b, context: c },
        (0x02, false) => Request::CpuOff,
        (0x03, _) => Request::CpuOn { target: a, entry: b, context: c },
        (0x04, _) => Request::AffinityInfo { target: a, level: b },
        (0x06, false) => Request::MigrateInfoType,
        (0x08, false) => Request::SystemOff,
        (0x09, false) => Request::SystemReset,
        (0x0a, false) => Request::Features(a as u32),
        (0x12, _) => Request::SystemReset2 { kind: a as u32, cookie: b },
        _ => Request::Unknown,
    }
}

const fn narrow(x: [u64; 4]) -> [u64; 4] {
    let [f, a, b, c] = x;
    [f as u32 as u64, a as u32 as u64, b as u32 as u64, c as u32 as u64]
}

/// Answers PSCI_FEATURES: flags of the function (none of ours has any), or [`NOT_SUPPORTED`].
///
/// CPU_SUSPEND: original parameter format, platform-coordinated.
pub const fn features(id: u32) -> i64 {
    match decode([id as u64, 0, 0, 0]) {
        // Known to PSCI_FEATURES is how a guest learns that it may ask for SMCCC_VERSION (DEN0028, appendix C).
        Request::SmcccArchFeatures(_) | Request::Unknown => NOT_SUPPORTED,
        _ => SUCCESS,
    }
}

/// Answers SMCCC_ARCH_FEATURES. Work-arounds for speculation are not offered and not said to be needless.
pub const fn arch_features(id: u32) -> i64 {
    match id {
        SMCCC_VERSION | SMCCC_ARCH_FEATURES => SUCCESS,
        _ => NOT_SUPPORTED,
    }
}

/// The value of x0 that carries an answer. Negative ones are extended through all 64 bits also for
/// 32-bit calls, so that callers may look at w0 or x0.
pub const fn answer(value: i64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests;
