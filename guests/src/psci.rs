//! Power State Coordination Interface (Arm DEN0022), by HVC.

use crate::arch;

/// PSCI_VERSION.
pub const VERSION: u64 = 0x8400_0000;
const SYSTEM_OFF: u64 = 0x8400_0008;
const CPU_ON: u64 = 0xc400_0003;
const AFFINITY_INFO: u64 = 0xc400_0004;

/// What AFFINITY_INFO says of a vCPU that runs.
pub const ON: u64 = 0;
/// What AFFINITY_INFO says of a vCPU that is off.
pub const OFF: u64 = 1;
/// CPU_ON: it runs already.
pub const ALREADY_ON: u64 = -4_i64 as u64;
/// CPU_ON: there is no such vCPU.
pub const INVALID_PARAMETERS: u64 = -2_i64 as u64;

/// Ends the partition.
pub fn system_off() -> ! {
    arch::hypercall(SYSTEM_OFF, [0; 6]);
    arch::stop()
}

/// The version: major << 16 | minor.
pub fn version() -> u64 {
    arch::hypercall(VERSION, [0; 6])
}

/// Starts `vcpu`, which runs `function` and switches itself off after that. Returns PSCI's result.
pub fn cpu_on(vcpu: u64, function: extern "C" fn()) -> u64 {
    arch::hypercall(CPU_ON, [vcpu, arch::secondary_entry(), arch::context(function), 0, 0, 0])
}

/// [`ON`], [`OFF`] or an error.
pub fn affinity_info(vcpu: u64) -> u64 {
    arch::hypercall(AFFINITY_INFO, [vcpu, 0, 0, 0, 0, 0])
}
