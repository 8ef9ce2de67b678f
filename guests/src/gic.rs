//! GICv3 as far as a guest needs it: the virtual timer and software interrupts of the own vCPU.
//!
//! Register names and offsets: Arm IHI0069, chapter 12.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use abi::layout::{GICD, GICR, GICR_SIZE, VCPUS_MAX, VIRTUAL_TIMER_IRQ};

use crate::arch;

/// GICD_TYPER: what the bench reads.
pub const GICD_TYPER: u64 = GICD + 0x4;
const GICR_WAKER: u64 = 0x14;
const SGI_FRAME: u64 = 0x1_0000;
const GICR_IGROUPR0: u64 = SGI_FRAME + 0x80;
const GICR_ISENABLER0: u64 = SGI_FRAME + 0x100;
const ASLEEP: u32 = 1 << 2;
/// Affinity routing and group 1, in the one-security-state and in the non-secure view.
const ROUTING_AND_GROUP_1: u32 = 0x12;

/// Software interrupts that guests use.
pub const SGIS: usize = 16;

/// What the handler saw on one vCPU. Only that vCPU writes it: plain loads and stores suffice.
struct Seen {
    timer: AtomicU64,
    sgi_count: [AtomicU64; SGIS],
    sgi_ticks: AtomicU64,
}

static SEEN: [Seen; VCPUS_MAX] = [const {
    Seen { timer: AtomicU64::new(0), sgi_count: [const { AtomicU64::new(0) }; SGIS], sgi_ticks: AtomicU64::new(0) }
}; VCPUS_MAX];

/// Prepares this vCPU: distributor on, virtual timer and all SGIs enabled, interrupts still masked.
pub fn enable() {
    arch::mmio_write(GICD, ROUTING_AND_GROUP_1);
    let frame = GICR + arch::vcpu() as u64 * GICR_SIZE;
    arch::mmio_write(frame + GICR_WAKER, 0);
    for _ in 0..1000 {
        if arch::mmio_read(frame + GICR_WAKER) & ASLEEP == 0 {
            break;
        }
        arch::relax();
    }
    arch::mmio_write(frame + GICR_IGROUPR0, u32::MAX);
    arch::mmio_write(frame + GICR_ISENABLER0, 1 << VIRTUAL_TIMER_IRQ | 0xffff);
    arch::gic_enable();
}

/// Handles one interrupt that was noticed at `ticks`.
pub fn on_interrupt(ticks: u64) {
    let id = arch::acknowledge();
    let Some(seen) = SEEN.get(arch::vcpu()) else { return };
    if id == VIRTUAL_TIMER_IRQ {
        // The timer's interrupt is a level: silence it before it is ended.
        arch::timer_off();
        seen.timer.store(ticks, Relaxed);
    } else if let Some(count) = seen.sgi_count.get(id as usize) {
        seen.sgi_ticks.store(ticks, Relaxed);
        count.store(count.load(Relaxed) + 1, Relaxed);
    }
    if id < 1020 {
        arch::end_of_interrupt(id);
    }
}

/// Takes note of this vCPU's last timer interrupt: the counter when it came, once; 0 if none came.
pub fn take_timer() -> u64 {
    let Some(seen) = SEEN.get(arch::vcpu()) else { return 0 };
    let ticks = seen.timer.load(Relaxed);
    // Only what was seen is cleared: an interrupt may come between the two accesses.
    if ticks != 0 {
        seen.timer.store(0, Relaxed);
    }
    ticks
}

/// How often `vcpu` has taken the software interrupt `id`.
pub fn sgi_count(vcpu: usize, id: usize) -> u64 {
    SEEN.get(vcpu).and_then(|seen| seen.sgi_count.get(id)).map_or(0, |count| count.load(Relaxed))
}

/// The counter when `vcpu` took its last software interrupt.
pub fn sgi_ticks(vcpu: usize) -> u64 {
    SEEN.get(vcpu).map_or(0, |seen| seen.sgi_ticks.load(Relaxed))
}
