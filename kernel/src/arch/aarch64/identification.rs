//! What a guest reads from trapped system registers: identification masked to what is really switched, and
//! debug registers that do nothing.
//!
//! Source: Arm DDI 0487, D19 (AArch64 system register descriptions).

use super::registers::get;

/// The name of a system register: op0, op1, CRn, CRm, op2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Name(u8, u8, u8, u8, u8);

impl Name {
    /// The register in the syndrome of a trapped access.
    pub(super) const fn of(syndrome: u64) -> Self {
        Self(
            (syndrome >> 20 & 3) as u8,
            (syndrome >> 14 & 7) as u8,
            (syndrome >> 10 & 0xf) as u8,
            (syndrome >> 1 & 0xf) as u8,
            (syndrome >> 17 & 7) as u8,
        )
    }
}

/// The general register that a trapped access moves.
pub(super) const fn register(syndrome: u64) -> u8 {
    (syndrome >> 5 & 0x1f) as u8
}

/// ICC_SGI1R_EL1: sends an interrupt.
pub(super) const SGI1R: Name = Name(3, 0, 12, 11, 5);
/// MDSCR_EL1: kept for the guest, without effect.
pub(super) const MDSCR: Name = Name(2, 0, 0, 2, 2);
const OSLSR: Name = Name(2, 0, 1, 1, 4);
const ACTLR: Name = Name(3, 0, 1, 0, 1);

/// The value that a guest reads; `None` if the register does not exist for it.
pub(super) fn read(name: Name, mdscr: u64) -> Option<u64> {
    Some(match name {
        Name(3, 0, 0, 1..=7, _) => identification(name),
        MDSCR => mdscr,
        // The OS lock is implemented and open.
        OSLSR => 0b1000,
        ACTLR => 0,
        Name(2, ..) => 0,
        _ => return None,
    })
}

/// True for registers whose writes have no effect.
pub(super) fn ignores_writes(name: Name) -> bool {
    matches!(name, Name(2, ..) | ACTLR | Name(3, 0, 12, 11, 6 | 7))
}

/// Fields of an identification register that a guest may see.
const fn fields(shifts: &[u32]) -> u64 {
    let mut mask = 0;
    let mut at = 0;
    while at < shifts.len() {
        mask |= 0xf << shifts[at];
        at += 1;
    }
    mask
}

/// Identification registers; what is not listed reads as zero, which means "not implemented". AArch32 is
/// hidden altogether: EL0 and EL1 are 64-bit only.
fn identification(name: Name) -> u64 {
    let Name(_, _, _, group, number) = name;
    match (group, number) {
        // ID_AA64PFR0: FP and AdvSIMD as they are, GIC system registers, CSV2, CSV3; levels are AArch64 only.
        (4, 0) => get!("id_aa64pfr0_el1") & fields(&[16, 20, 24, 56, 60]) | 0x11,
        // ID_AA64PFR1: SSBS is not switched, so nothing.
        (4, _) => 0,
        // ID_AA64DFR0: the debug architecture, breakpoints and watchpoints; no PMU, no trace.
        (5, 0) => get!("id_aa64dfr0_el1") & fields(&[0, 12, 20]),
        (5, _) => 0,
        // ID_AA64ISAR0: instructions without state of their own (not RNDR, not TME).
        (6, 0) => get!("id_aa64isar0_el1") & fields(&[4, 8, 12, 16, 20, 28, 32, 36, 40, 44, 48, 52, 56]),
        // ID_AA64ISAR1: without pointer authentication (APA, API, GPA, GPI) and without LS64.
        (6, 1) => get!("id_aa64isar1_el1") & fields(&[0, 12, 16, 20, 32, 36, 40, 44, 52]),
        (6, _) => 0,
        // ID_AA64MMFR0: sizes and granules at stage 1; at most 40 bits of address.
        (7, 0) => {
            let value = get!("id_aa64mmfr0_el1") & fields(&[0, 4, 8, 12, 16, 20, 24, 28]);
            value & !0xf | (value & 0xf).min(2)
        }
        // ID_AA64MMFR1: HAFDBS, VMIDBits, HPDS, PAN, SpecSEI; not VHE, not LORegions.
        (7, 1) => get!("id_aa64mmfr1_el1") & fields(&[0, 12, 20, 24]),
        // ID_AA64MMFR2: CnP, UAO, IESB, LVA, ST, AT, BBM, E0PD.
        (7, 2) => get!("id_aa64mmfr2_el1") & fields(&[0, 4, 32, 52, 60]),
        _ => 0,
    }
}
