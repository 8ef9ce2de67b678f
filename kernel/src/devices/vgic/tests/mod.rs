//! A vCPU with its hardware side, as far as tests need it, and scenarios played on it.

mod delivery;
mod distribution;
mod model;
mod play;
mod registers;
mod timers;

use super::lr::Lr;
use super::{LIST_MAX, ListRegisters, Vgic};

const PENDING: u64 = 1 << 62;
const ACTIVE: u64 = 1 << 63;
const UART: u32 = 33;
const SGI_FRAME: u64 = 0x1_0000;

/// A controller with everything enabled in group 1, all priorities 0xa0.
fn enabled(vcpus: usize) -> Vgic {
    let mut gic = Vgic::new(vcpus);
    let _ = gic.write_gicd(0, 4, 0b11);
    let _ = gic.write_gicd(0x104, 4, 0xffff_ffff);
    (32..64).for_each(|intid| prioritise(&mut gic, 0, intid, 0xa0));
    for vcpu in 0..vcpus {
        let _ = gic.write_gicr(vcpu, SGI_FRAME + 0x100, 4, 0xffff_ffff);
        (0..32).for_each(|intid| prioritise(&mut gic, vcpu, intid, 0xa0));
    }
    gic
}

fn prioritise(gic: &mut Vgic, vcpu: usize, intid: u32, priority: u8) {
    let at = 0x400 + u64::from(intid);
    let _ = match intid {
        0..32 => gic.write_gicr(vcpu, SGI_FRAME + at, 1, priority.into()),
        _ => gic.write_gicd(at, 1, priority.into()),
    };
}

/// Acknowledges as the virtual CPU interface does: the most urgent pending one becomes active.
fn acknowledge(lrs: &mut ListRegisters) -> Option<u32> {
    let running = lrs.used().iter().map(|&lr| Lr(lr)).filter(|lr| lr.active()).map(Lr::priority).min();
    let best = lrs.used_mut().iter_mut().filter(|lr| Lr(**lr).pending() && !Lr(**lr).active());
    let best = best.min_by_key(|lr| Lr(**lr).priority())?;
    if running.is_some_and(|running| Lr(*best).priority() >= running) {
        return None;
    }
    *best = *best & !PENDING | ACTIVE;
    Some(Lr(*best).intid())
}

/// Completes an interrupt (EOImode 0). Returns whether the hardware raises a maintenance interrupt.
fn complete(lrs: &mut ListRegisters, intid: u32) -> bool {
    let lr = lrs.used_mut().iter_mut().find(|lr| Lr(**lr).intid() == intid && Lr(**lr).active()).unwrap();
    *lr &= !ACTIVE;
    Lr(*lr).idle() && !Lr(*lr).hardware() && *lr & 1 << 41 != 0
}

fn turn(gic: &mut Vgic, vcpu: usize, lrs: &mut ListRegisters) {
    assert_eq!(gic.sync(vcpu, lrs), 0);
    assert_eq!(gic.flush(vcpu, lrs), 0);
}

fn listed(lrs: &ListRegisters) -> std::vec::Vec<u32> {
    lrs.used().iter().filter(|&&lr| lr != 0).map(|&lr| Lr(lr).intid()).collect()
}
