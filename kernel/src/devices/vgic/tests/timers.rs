use super::*;
use crate::devices::vgic::Fired;

const VIRTUAL: u32 = 27;
const PHYSICAL: u32 = 30;
const HW: u64 = 1 << 61;

fn linked(intid: u64) -> u64 {
    PENDING | HW | 1 << 60 | 0xa0 << 48 | intid << 32 | intid
}

#[test]
fn a_timer_is_listed_at_once_and_linked() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    assert_eq!(gic.timer_fired(0, VIRTUAL, &mut lrs), Fired::Listed(0));
    assert_eq!(gic.timer_fired(0, 30, &mut lrs), Fired::Listed(1));
    assert_eq!(lrs.lr[..3], [linked(27), linked(30), 0]);
    assert!(gic.deliverable(0));
    assert_eq!(gic.physically_active(0, &lrs), 1 << 27 | 1 << 30);
}

#[test]
fn a_timer_fires_again_with_list_registers_not_read_back() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    for _ in 0..3 {
        assert_eq!(gic.timer_fired(0, VIRTUAL, &mut lrs), Fired::Listed(0));
        assert_eq!(lrs.lr[..2], [linked(27), 0]);
    }
}

#[test]
fn completion_ends_a_timer_interrupt() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    gic.timer_fired(0, VIRTUAL, &mut lrs);
    assert_eq!(acknowledge(&mut lrs), Some(VIRTUAL));
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.physically_active(0, &lrs), 1 << 27);
    assert!(!complete(&mut lrs, VIRTUAL), "no maintenance interrupt");
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.physically_active(0, &lrs), 0);
    assert!(!gic.deliverable(0) && listed(&lrs).is_empty());
}

#[test]
fn a_disabled_timer_is_held_until_enabled() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    let _ = gic.write_gicr(0, SGI_FRAME + 0x180, 4, 1 << 27);
    assert_eq!(gic.timer_fired(0, VIRTUAL, &mut lrs), Fired::Held);
    assert!(!gic.deliverable(0));
    assert_eq!(gic.physically_active(0, &lrs), 1 << 27, "no second one meanwhile");
    assert_eq!(gic.read_gicr(0, SGI_FRAME + 0x200, 4), 1 << 27);
    assert_eq!(gic.write_gicr(0, SGI_FRAME + 0x100, 4, 1 << 27), 1);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(lrs.lr[0], linked(27));
}

#[test]
fn a_timer_that_was_stopped_is_withdrawn() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    gic.timer_fired(0, VIRTUAL, &mut lrs);
    assert!(gic.timer_level(0, VIRTUAL, false, &mut lrs), "deactivate the physical one");
    assert!(listed(&lrs).is_empty() && !gic.deliverable(0));
    assert_eq!(gic.physically_active(0, &lrs), 0);
    assert!(!gic.timer_level(0, VIRTUAL, false, &mut lrs), "only once");
}

#[test]
fn a_held_timer_that_was_stopped_is_forgotten() {
    let (mut gic, mut lrs) = (Vgic::new(1), ListRegisters::new(4));
    assert_eq!(gic.timer_fired(0, VIRTUAL, &mut lrs), Fired::Held);
    assert!(gic.timer_level(0, VIRTUAL, false, &mut lrs));
    assert_eq!(gic.read_gicr(0, SGI_FRAME + 0x200, 4), 0);
}

#[test]
fn a_handled_timer_that_was_stopped_stays_active_until_completed() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    gic.timer_fired(0, VIRTUAL, &mut lrs);
    acknowledge(&mut lrs);
    turn(&mut gic, 0, &mut lrs);
    assert!(!gic.timer_level(0, VIRTUAL, false, &mut lrs));
    assert_eq!(gic.physically_active(0, &lrs), 1 << 27);
    turn(&mut gic, 0, &mut lrs);
    complete(&mut lrs, VIRTUAL);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.physically_active(0, &lrs), 0);
}

#[test]
fn a_timer_found_high_while_blocked_is_listed_linked() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    assert!(!gic.timer_level(0, 30, true, &mut lrs));
    assert!(gic.deliverable(0));
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(lrs.lr[0], linked(30));
    assert_eq!(gic.physically_active(0, &lrs), 1 << 30);
}

#[test]
fn a_full_house_holds_the_timer_until_there_is_room() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(2));
    let _ = gic.pulse(40);
    let _ = gic.pulse(41);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.timer_fired(0, VIRTUAL, &mut lrs), Fired::Held);
    assert!(gic.deliverable(0));
    turn(&mut gic, 0, &mut lrs);
    assert!(gic.wants_maintenance(0));
    acknowledge(&mut lrs);
    complete(&mut lrs, 40);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(lrs.lr[0], linked(27));
}

#[test]
fn an_urgent_timer_drives_out_and_may_be_driven_out() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(1));
    gic.timer_fired(0, VIRTUAL, &mut lrs);
    prioritise(&mut gic, 0, 40, 0);
    let _ = gic.pulse(40);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(listed(&lrs), [40]);
    assert_eq!(gic.physically_active(0, &lrs), 1 << 27, "it stays held");
    acknowledge(&mut lrs);
    complete(&mut lrs, 40);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(lrs.lr[0], linked(27));
}

#[test]
fn a_timer_made_pending_by_the_guest_is_not_linked() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    let _ = gic.write_gicr(0, SGI_FRAME + 0x200, 4, 1 << 27);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(lrs.lr[0], linked(27) & !(HW | 0x3ff << 32));
    assert_eq!(gic.physically_active(0, &lrs), 0);
    acknowledge(&mut lrs);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.timer_fired(0, VIRTUAL, &mut lrs), Fired::Held, "not twice at a time");
    turn(&mut gic, 0, &mut lrs);
    assert!(complete(&mut lrs, VIRTUAL));
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(lrs.lr[0], linked(27));
}

#[test]
fn deactivation_by_register_write_frees_the_physical_timer() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    gic.timer_fired(0, VIRTUAL, &mut lrs);
    acknowledge(&mut lrs);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.write_gicr(0, SGI_FRAME + 0x380, 4, 1 << 27), 1);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.physically_active(0, &lrs), 0);
    assert!(listed(&lrs).is_empty());
}

#[test]
fn other_interrupts_are_not_timers() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    for intid in [0, 26, 33, 59, 62, 1000] {
        assert_eq!(gic.timer_fired(0, intid, &mut lrs), Fired::Held);
        assert!(!gic.timer_level(0, intid, true, &mut lrs));
    }
    assert_eq!(gic.timer_fired(5, VIRTUAL, &mut lrs), Fired::Held);
    assert!(!gic.deliverable(0));
}

#[test]
fn a_message_merged_into_a_fired_timer_does_not_come_twice() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    gic.timer_fired(0, VIRTUAL, &mut lrs);
    let _ = gic.write_gicr(0, SGI_FRAME + 0x200, 4, 1 << 27);
    turn(&mut gic, 0, &mut lrs);
    acknowledge(&mut lrs);
    complete(&mut lrs, VIRTUAL);
    assert_eq!(gic.timer_fired(0, VIRTUAL, &mut lrs), Fired::Listed(0));
    assert!(gic.timer_level(0, VIRTUAL, false, &mut lrs));
    turn(&mut gic, 0, &mut lrs);
    assert!(!gic.deliverable(0));
}

#[test]
fn a_timer_made_active_by_the_guest_is_not_listed_twice() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    let _ = gic.sgi1r(0, 1);
    let _ = gic.write_gicr(0, SGI_FRAME + 0x300, 4, 1 << 27);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.timer_fired(0, VIRTUAL, &mut lrs), Fired::Held);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(listed(&lrs), [27, 0]);
}

/// A vCPU in the state that `before` brings about comes with its virtual timer due, by the short way where that is
/// taken: whether it was, the list registers, and what the controller says afterwards.
fn comes(short: bool, before: fn(&mut Vgic)) -> (bool, ListRegisters, [u64; 5]) {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    before(&mut gic);
    let taken = short && gic.list_lone_timer(0, VIRTUAL, &mut lrs);
    if !taken {
        let _ = gic.timer_level(0, VIRTUAL, true, &mut lrs);
        let _ = gic.timer_level(0, PHYSICAL, false, &mut lrs);
        let _ = gic.flush(0, &mut lrs);
    }
    let held = u64::from(gic.physically_active(0, &lrs));
    let says = [0x200, 0x300].map(|at| gic.read_gicr(0, SGI_FRAME + at, 4));
    (taken, lrs, [held, says[0], says[1], gic.deliverable(0).into(), gic.wants_maintenance(0).into()])
}

/// Whether the timer is alone after what is done to the controller.
type Case = (bool, fn(&mut Vgic));

#[test]
fn a_lone_timer_comes_by_the_short_way_as_by_the_long_one() {
    let cases: [Case; 6] = [
        (true, |_| ()),
        (true, |gic| _ = gic.set_level(0, VIRTUAL, true)),
        (false, |gic| _ = gic.sgi1r(0, 1)),
        (false, |gic| _ = gic.write_gicr(0, SGI_FRAME + 0x180, 4, 1 << VIRTUAL)),
        (false, |gic| _ = gic.write_gicr(0, SGI_FRAME + 0x300, 4, 1 << VIRTUAL)),
        (false, |gic| _ = gic.set_level(0, UART, true)),
    ];
    for (n, (alone, before)) in cases.into_iter().enumerate() {
        let (short, long) = (comes(true, before), comes(false, before));
        assert_eq!((short.0, &short.1, short.2), (alone, &long.1, long.2), "case {n}");
    }
}
