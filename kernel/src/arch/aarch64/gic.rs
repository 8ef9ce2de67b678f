//! The machine's GICv3 as the hypervisor drives it, and the list registers of the running vCPU.
//!
//! Interrupts are acknowledged with priority drop and deactivated apart (EOImode 1), so that the guest's
//! own end-of-interrupt can deactivate a physical timer interrupt through its list register.
//! Source: Arm IHI 0069 (GICv3/v4).

use super::registers::{get, set};
use crate::{
    arch::Interrupt,
    devices::vgic::{LIST_MAX, ListRegisters},
    memory::Range,
};
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use sched::Cpu;

/// The SGI that asks a pCPU to look at its pool.
const SGI_KICK: u64 = 0;
/// The SGI that asks a pCPU to look at its vCPU's interrupts.
const SGI_NUDGE: u64 = 1;
/// The hypervisor's own timer (CNTHP).
const PPI_HYPERVISOR_TIMER: u64 = 26;
const PPI_VIRTUAL_TIMER: u64 = 27;
const PPI_PHYSICAL_TIMER: u64 = 30;
const PPI_MAINTENANCE: u64 = 25;
/// The first shared interrupt; none but the console's is ever enabled.
const FIRST_SHARED: u64 = 32;
const SPURIOUS: u64 = 1020;

static DISTRIBUTOR: AtomicU64 = AtomicU64::new(0);
static REDISTRIBUTORS: AtomicU64 = AtomicU64::new(0);
static REDISTRIBUTORS_SIZE: AtomicU64 = AtomicU64::new(0);
static LIST_REGISTERS: AtomicU8 = AtomicU8::new(4);
/// The SGI frame of each pCPU's redistributor.
static FRAMES: [AtomicU64; super::CPUS_MAX] = [const { AtomicU64::new(0) }; super::CPUS_MAX];

fn read32(address: u64) -> u32 {
    // SAFETY: `address` lies in the GIC's registers, mapped as device memory at boot.
    unsafe { (address as *const u32).read_volatile() }
}

fn write32(address: u64, value: u32) {
    // SAFETY: as in `read32`.
    unsafe { (address as *mut u32).write_volatile(value) }
}

/// Sets the distributor up, once.
pub(super) fn init_distributor(distributor: Range, redistributors: Range) {
    DISTRIBUTOR.store(distributor.start, Ordering::Relaxed);
    REDISTRIBUTORS.store(redistributors.start, Ordering::Relaxed);
    REDISTRIBUTORS_SIZE.store(redistributors.size, Ordering::Relaxed);
    // Affinity routing, group 1 enabled.
    write32(distributor.start, 1 << 4 | 1 << 1);
}

/// Sets this pCPU's redistributor and interface up; false if it has no redistributor.
pub(super) fn init_cpu(cpu: Cpu) -> bool {
    let Some(frame) = find_frame() else { return false };
    // Wake the redistributor: clear ProcessorSleep, wait for ChildrenAsleep to clear.
    write32(frame + 0x14, read32(frame + 0x14) & !2);
    for _ in 0..1_000_000 {
        if read32(frame + 0x14) & 4 == 0 {
            break;
        }
    }
    let sgi = frame + 0x1_0000;
    if let Some(place) = FRAMES.get(cpu.index()) {
        place.store(sgi, Ordering::Relaxed);
    }
    let ours = 1 << SGI_KICK
        | 1 << SGI_NUDGE
        | 1 << PPI_HYPERVISOR_TIMER
        | 1 << PPI_VIRTUAL_TIMER
        | 1 << PPI_PHYSICAL_TIMER
        | 1 << PPI_MAINTENANCE;
    write32(sgi + 0x80, u32::MAX); // group 1
    write32(sgi + 0x180, u32::MAX); // all disabled
    for word in 0..8 {
        write32(sgi + 0x400 + word * 4, 0x8080_8080);
    }
    write32(sgi + 0x100, ours);
    init_interface();
    true
}

fn find_frame() -> Option<u64> {
    let mpidr = get!("mpidr_el1");
    let affinity = (mpidr & 0xff_ffff) | (mpidr >> 32 & 0xff) << 24;
    let (mut frame, end) = (
        REDISTRIBUTORS.load(Ordering::Relaxed),
        REDISTRIBUTORS.load(Ordering::Relaxed) + REDISTRIBUTORS_SIZE.load(Ordering::Relaxed),
    );
    while frame < end {
        if u64::from(read32(frame + 0xc)) == affinity {
            return Some(frame);
        }
        if read32(frame + 0x8) & 1 << 4 != 0 {
            return None;
        }
        frame += 0x2_0000;
    }
    None
}

fn init_interface() {
    set!("S3_4_C12_C9_5", 0xf); // ICC_SRE_EL2: system registers, for EL1 too
    super::isb();
    set!("S3_0_C12_C12_4", 1 << 1); // ICC_CTLR_EL1: EOImode 1
    set!("S3_0_C4_C6_0", 0xff); // ICC_PMR_EL1: everything
    set!("S3_0_C12_C12_7", 1); // ICC_IGRPEN1_EL1
    let count = (get!("S3_4_C12_C11_1") & 0x1f) as u8 + 1; // ICH_VTR_EL2
    LIST_REGISTERS.store(count.min(LIST_MAX as u8), Ordering::Relaxed);
    set!("S3_4_C12_C11_0", 1); // ICH_HCR_EL2: the virtual interface is on
    super::isb();
}

/// This pCPU takes no interrupt any more.
pub(super) fn silence() {
    set!("S3_0_C12_C12_7", 0); // ICC_IGRPEN1_EL1
    super::isb();
}

/// How many list registers are used: those of the machine, at most 4.
pub(super) fn list_registers() -> u8 {
    LIST_REGISTERS.load(Ordering::Relaxed)
}

/// Asks a pCPU to look at its pool.
pub(super) fn kick(mpidr: u64) {
    send(mpidr, SGI_KICK);
}

/// Asks a pCPU to look at its vCPU's interrupts.
pub(super) fn nudge(mpidr: u64) {
    send(mpidr, SGI_NUDGE);
}

#[inline(always)]
fn send(mpidr: u64, sgi: u64) {
    let (aff3, aff2, aff1, aff0) = (mpidr >> 32 & 0xff, mpidr >> 16 & 0xff, mpidr >> 8 & 0xff, mpidr & 0xff);
    let value = aff3 << 48 | aff2 << 32 | aff1 << 16 | sgi << 24 | 1 << (aff0 & 0xf) | (aff0 >> 4) << 44;
    super::dsb();
    set!("S3_0_C12_C11_5", value); // ICC_SGI1R_EL1
    super::isb();
}

/// Acknowledges the most urgent pending interrupt. A guest's timer stays active: see [`deactivate`].
#[inline(always)]
pub(super) fn take() -> Interrupt {
    let id = get!("S3_0_C12_C12_0") & 0xff_ffff; // ICC_IAR1_EL1
    if id >= SPURIOUS {
        return Interrupt::None;
    }
    set!("S3_0_C12_C12_1", id); // ICC_EOIR1_EL1: priority drop
    match id {
        PPI_VIRTUAL_TIMER | PPI_PHYSICAL_TIMER => return Interrupt::GuestTimer(id as u32),
        _ => set!("S3_0_C12_C11_1", id), // ICC_DIR_EL1
    }
    match id {
        PPI_HYPERVISOR_TIMER => Interrupt::Timer,
        SGI_KICK => Interrupt::Kick,
        SGI_NUDGE | PPI_MAINTENANCE => Interrupt::Nudge,
        FIRST_SHARED.. => Interrupt::Input,
        _ => Interrupt::Other,
    }
}

/// Lets the shared interrupt `id`, a level, reach the pCPU with affinity `mpidr`.
pub(super) fn enable_shared(id: u32, mpidr: u64) {
    let base = DISTRIBUTOR.load(Ordering::Relaxed);
    let (word, bit) = (u64::from(id / 32 * 4), 1 << (id % 32));
    let (quad, shift) = (u64::from(id / 4 * 4), id % 4 * 8);
    write32(base + 0x80 + word, read32(base + 0x80 + word) | bit); // group 1
    let priority = read32(base + 0x400 + quad) & !(0xff << shift) | 0x80 << shift;
    write32(base + 0x400 + quad, priority);
    let route = base + 0x6000 + u64::from(id) * 8;
    write32(route, mpidr as u32 & 0xff_ffff);
    write32(route + 4, (mpidr >> 32) as u32 & 0xff);
    write32(base + 0x100 + word, bit);
}

/// Ends the active state of a guest's timer.
pub(super) fn deactivate(id: u32) {
    set!("S3_0_C12_C11_1", u64::from(id));
}

/// Makes exactly these of the guests' timers active at this pCPU's redistributor.
pub(super) fn set_active_timers(cpu: Cpu, active: u32) {
    let both = 1 << PPI_VIRTUAL_TIMER | 1 << PPI_PHYSICAL_TIMER;
    let Some(frame) = FRAMES.get(cpu.index()).map(|frame| frame.load(Ordering::Relaxed)) else { return };
    if active & both != 0 {
        write32(frame + 0x300, active & both); // GICR_ISACTIVER0
    }
}

/// No guest timer is active any more.
pub(super) fn deactivate_timers() {
    set!("S3_0_C12_C11_1", PPI_VIRTUAL_TIMER);
    set!("S3_0_C12_C11_1", PPI_PHYSICAL_TIMER);
}

/// The running vCPU's list registers.
#[inline(always)]
pub(super) fn read_list() -> ListRegisters {
    let lr = [get!("S3_4_C12_C12_0"), get!("S3_4_C12_C12_1"), get!("S3_4_C12_C12_2"), get!("S3_4_C12_C12_3")];
    ListRegisters { lr, count: list_registers() }
}

/// Writes the running vCPU's list registers.
#[inline(always)]
pub(super) fn write_list(list: &ListRegisters) {
    set!("S3_4_C12_C12_0", list.lr[0]);
    set!("S3_4_C12_C12_1", list.lr[1]);
    set!("S3_4_C12_C12_2", list.lr[2]);
    set!("S3_4_C12_C12_3", list.lr[3]);
}

/// Empties the list registers.
pub(super) fn clear_list() {
    write_list(&ListRegisters::new(0));
}

/// Wants an interrupt when fewer than two list registers are in use, or not.
pub(super) fn set_underflow(wanted: bool) {
    set!("S3_4_C12_C11_0", 1 | (wanted as u64) << 1);
}
