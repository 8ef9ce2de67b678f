//! What a guest is told about the processor (AMD APM volume 3, appendix E).
//!
//! Only what every partition may use and what is kept apart between partitions is shown.

use super::extended;
use core::arch::x86_64::__cpuid_count;

/// The first leaf for hypervisors, and the last one that we have.
const HYPERVISOR: u32 = 0x4000_0000;
const TIMING: u32 = 0x4000_0010;
const NAME: [u32; 3] = [u32::from_le_bytes(*b"Majo"), u32::from_le_bytes(*b"rfra"), u32::from_le_bytes(*b"meHV")];

const HIGHEST: u32 = 0xd;
const HIGHEST_EXTENDED: u32 = 0x8000_0008;

/// Leaf 1, ecx: x2APIC, TSC deadline and "a hypervisor is there" are ours; hidden are monitor, VMX, SMX, EIST, TM2,
/// PCID. XSAVE and what needs it depend on what is offered.
const SHOWN_1_ECX: u32 = 1 << 0 | 1 << 1 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 22 | 1 << 23 | 1 << 25 | 1 << 30;
const OURS_1_ECX: u32 = 1 << 21 | 1 << 24 | 1 << 31;
/// Leaf 1, edx: hidden are machine check, memory type ranges, debug store, thermal control.
const HIDDEN_1_EDX: u32 = 1 << 7 | 1 << 12 | 1 << 14 | 1 << 18 | 1 << 21 | 1 << 22 | 1 << 29 | 1 << 31;
/// Leaf 7, ebx: FSGSBASE, BMI1, SMEP, BMI2, ERMS, ADX, SMAP, CLFLUSHOPT.
const SHOWN_7_EBX: u32 = 1 << 0 | 1 << 3 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 19 | 1 << 20 | 1 << 23;
/// Leaf 8000_0001, ecx: LAHF in 64-bit mode, LZCNT, SSE4A, misaligned SSE, prefetches.
const SHOWN_EXTENDED_ECX: u32 = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8;
/// Leaf 8000_0001, edx: hidden are machine check, memory type ranges, RDTSCP.
const HIDDEN_EXTENDED_EDX: u32 = 1 << 7 | 1 << 12 | 1 << 14 | 1 << 27;

/// Leaf 1, ecx: XSAVE; FMA, AVX and F16C; "the system uses XSAVE".
const XSAVE: u32 = 1 << 26;
const WITH_AVX_1_ECX: u32 = 1 << 12 | 1 << 28 | 1 << 29;
const IN_USE: u32 = 1 << 27;
/// CR4: the guest's system uses XSAVE.
const CR4_XSAVE: u64 = 1 << 18;
/// Leaf 7, ebx: AVX2.
const WITH_AVX_7_EBX: u32 = 1 << 5;
/// Leaf 13, the first sub-leaf's eax: XSAVEOPT and XSAVEC. XSAVES has a register that is not offered.
const SHOWN_13: u32 = 1 << 0 | 1 << 1;
const AVX: u64 = 1 << 2;

/// The vCPU that asks.
pub(super) struct Asker {
    pub(super) index: u8,
    /// How many vCPUs its partition has.
    pub(super) vcpus: u8,
    /// The counter's frequency.
    pub(super) kilohertz: u32,
    pub(super) cr4: u64,
    /// What of the extended state is switched on.
    pub(super) extended: u64,
}

impl Asker {
    /// Leaf 1, ecx, as far as it depends on the extended state.
    fn uses(&self) -> u32 {
        let offered = extended::offered();
        if offered == 0 {
            return 0;
        }
        let in_use = if self.cr4 & CR4_XSAVE != 0 { IN_USE } else { 0 };
        XSAVE | in_use | if offered & AVX != 0 { WITH_AVX_1_ECX } else { 0 }
    }
}

/// Leaf 13: what there is of extended state, and how large it is.
fn states(subleaf: u32, real: [u32; 4], asker: &Asker) -> [u32; 4] {
    let offered = extended::offered();
    match subleaf {
        0 if offered != 0 => [offered as u32, extended::area_bytes(asker.extended), extended::area_bytes(offered), 0],
        1 if offered != 0 => [real[0] & SHOWN_13, extended::area_bytes(asker.extended), 0, 0],
        2 if offered & AVX != 0 => real,
        _ => [0; 4],
    }
}

/// The four registers for a leaf.
pub(super) fn answer(leaf: u32, subleaf: u32, asker: &Asker) -> [u32; 4] {
    let (index, vcpus) = (asker.index, asker.vcpus);
    let real = __cpuid_count(leaf, subleaf);
    let [eax, ebx, ecx, edx] = [real.eax, real.ebx, real.ecx, real.edx];
    match leaf {
        0 => [eax.min(HIGHEST), ebx, ecx, edx],
        1 => {
            let topology = ebx & 0xffff | u32::from(vcpus) << 16 | u32::from(index) << 24;
            let threads = if vcpus > 1 { 1 << 28 } else { 0 };
            let own = real.ecx & asker.uses() | asker.uses() & IN_USE;
            [eax, topology, ecx & SHOWN_1_ECX | OURS_1_ECX | own, edx & !(HIDDEN_1_EDX | 1 << 28) | threads]
        }
        2 => [eax, ebx, ecx, edx],
        // The local APIC's timer never stops: without that Linux has no timers of high resolution.
        6 => [1 << 2, 0, 0, 0],
        7 if subleaf == 0 => {
            let wide = if extended::offered() & AVX != 0 { WITH_AVX_7_EBX } else { 0 };
            [0, ebx & (SHOWN_7_EBX | wide), 0, 0]
        }
        13 => states(subleaf, [eax, ebx, ecx, edx], asker),
        0x8000_0000 => [eax.min(HIGHEST_EXTENDED), ebx, ecx, edx],
        0x8000_0001 => [eax, ebx, ecx & SHOWN_EXTENDED_ECX, edx & !HIDDEN_EXTENDED_EDX],
        0x8000_0002..=0x8000_0006 => [eax, ebx, ecx, edx],
        // The counter does not stop.
        0x8000_0007 => [0, 0, 0, edx & 1 << 8 | 1 << 8],
        0x8000_0008 => [eax, 0, u32::from(vcpus.saturating_sub(1)), 0],
        HYPERVISOR => [TIMING, NAME[0], NAME[1], NAME[2]],
        // Frequencies of the counter and of the local APIC's timer, kHz.
        TIMING => [asker.kilohertz, asker.kilohertz, 0, 0],
        _ => [0; 4],
    }
}
