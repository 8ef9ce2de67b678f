//! What came to each vCPU: its timer, and software interrupts of its siblings.
//!
//! The controller itself is the machine's ([`crate::arch`]); here is what a guest wants to know of it.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use abi::layout::VCPUS_MAX;

use crate::arch;

/// Software interrupts that guests use.
pub const SGIS: usize = 16;

/// What an interrupt was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Came {
    /// This vCPU's timer.
    Timer,
    /// The software interrupt with this number.
    Software(u32),
    /// Something else, or nothing.
    Other,
}

/// What the handler saw on one vCPU. Only that vCPU writes it: plain loads and stores suffice.
struct Seen {
    timer: AtomicU64,
    sgi_count: [AtomicU64; SGIS],
    sgi_ticks: AtomicU64,
}

static SEEN: [Seen; VCPUS_MAX] = [const {
    Seen { timer: AtomicU64::new(0), sgi_count: [const { AtomicU64::new(0) }; SGIS], sgi_ticks: AtomicU64::new(0) }
}; VCPUS_MAX];

/// Notes an interrupt that was noticed at `ticks`.
pub fn note(came: Came, ticks: u64) {
    let Some(seen) = SEEN.get(arch::vcpu()) else { return };
    match came {
        Came::Timer => seen.timer.store(ticks, Relaxed),
        Came::Software(id) => {
            if let Some(count) = seen.sgi_count.get(id as usize) {
                seen.sgi_ticks.store(ticks, Relaxed);
                count.store(count.load(Relaxed) + 1, Relaxed);
            }
        }
        Came::Other => {}
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
