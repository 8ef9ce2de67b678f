//! Between vCPUs: software-generated interrupts and routing.

use super::*;

#[test]
fn an_sgi_reaches_its_targets_only() {
    let mut gic = enabled(4);
    assert_eq!(gic.sgi1r(0, 5 << 24 | 0b0110), 0b0110);
    assert_eq!([0, 1, 2, 3].map(|vcpu| gic.deliverable(vcpu)), [false, true, true, false]);
    let mut lrs = ListRegisters::new(4);
    turn(&mut gic, 2, &mut lrs);
    assert_eq!(listed(&lrs), [5]);
    assert!(gic.deliverable(1));
}

#[test]
fn an_sgi_may_go_to_the_sender() {
    assert_eq!(enabled(2).sgi1r(1, 0b10), 0b10);
}

#[test]
fn an_sgi_to_all_others_spares_the_sender() {
    assert_eq!(enabled(8).sgi1r(3, 1 << 40 | 7 << 24), 0b1111_0111);
}

#[test]
fn sgis_to_absent_targets_are_harmless() {
    let mut gic = enabled(2);
    assert_eq!(gic.sgi1r(0, 0xfffc), 0);
    assert_eq!(gic.sgi1r(0, 1 << 16 | 1), 0, "another Aff1");
    assert_eq!(gic.sgi1r(0, 1 << 32 | 1), 0, "another Aff2");
    assert_eq!(gic.sgi1r(0, 1 << 48 | 1), 0, "another Aff3");
    assert_eq!(gic.sgi1r(0, 1 << 44 | 1), 0, "another range");
    assert_eq!(gic.sgi1r(9, 1 << 40), 0b11);
}

#[test]
fn an_sgi_goes_only_to_targets_of_its_group() {
    let mut gic = enabled(2);
    let _ = gic.write_gicr(1, SGI_FRAME + 0x80, 4, !(1 << 5));
    assert_eq!(gic.sgi1r(0, 5 << 24 | 0b11), 0b01);
    assert_eq!(gic.sgi0r(0, 5 << 24 | 0b11), 0b10);
}

#[test]
fn a_shared_interrupt_follows_its_route() {
    let mut gic = enabled(3);
    assert_eq!(gic.pulse(40), 0b001);
    assert_eq!(gic.write_gicd(0x6140, 8, 2), 0b100);
    assert!(!gic.deliverable(0) && gic.deliverable(2));
    assert_eq!(gic.write_gicd(0x6140, 8, 7), 0, "nobody there");
    assert!(!gic.deliverable(2));
    assert_eq!(gic.read_gicd(0x204, 4), 1 << 8, "not lost");
    assert_eq!(gic.write_gicd(0x6140, 4, 1), 0b010);
}

#[test]
fn a_listed_interrupt_moves_with_its_route() {
    let (mut gic, mut first, mut second) = (enabled(2), ListRegisters::new(4), ListRegisters::new(4));
    let _ = gic.pulse(40);
    turn(&mut gic, 0, &mut first);
    assert_eq!(gic.write_gicd(0x6140, 8, 1), 0b01, "the holder has to give it up");
    assert!(!gic.deliverable(1));
    assert_eq!(gic.flush(0, &mut first), 0b10, "then the new target is told");
    assert!(listed(&first).is_empty() && !gic.deliverable(0));
    turn(&mut gic, 1, &mut second);
    assert_eq!(acknowledge(&mut second), Some(40));
}

#[test]
fn an_active_interrupt_is_completed_where_it_began() {
    let (mut gic, mut first, mut second) = (enabled(2), ListRegisters::new(4), ListRegisters::new(4));
    let _ = gic.set_level(0, UART, true);
    turn(&mut gic, 0, &mut first);
    acknowledge(&mut first);
    let _ = gic.write_gicd(0x6108, 8, 1);
    turn(&mut gic, 0, &mut first);
    turn(&mut gic, 1, &mut second);
    assert!(listed(&second).is_empty());
    assert!(complete(&mut first, UART));
    assert_eq!(gic.sync(0, &mut first), 0b10);
    turn(&mut gic, 1, &mut second);
    assert_eq!(listed(&second), [UART]);
}

#[test]
fn disabling_by_another_vcpu_reaches_the_holder() {
    let (mut gic, mut lrs) = (enabled(2), ListRegisters::new(4));
    let _ = gic.sgi1r(0, 0b10);
    turn(&mut gic, 1, &mut lrs);
    assert_eq!(gic.write_gicr(1, SGI_FRAME + 0x180, 4, 1), 0b10);
    turn(&mut gic, 1, &mut lrs);
    assert!(listed(&lrs).is_empty() && !gic.deliverable(1));
}

#[test]
fn an_edge_for_the_new_target_is_told_when_the_old_one_completes() {
    let (mut gic, mut lrs) = (enabled(2), ListRegisters::new(4));
    let _ = gic.write_gicd(0xc08, 4, 0xffff_ffff);
    let _ = gic.pulse(40);
    turn(&mut gic, 0, &mut lrs);
    acknowledge(&mut lrs);
    let _ = gic.write_gicd(0x6140, 8, 1);
    assert_eq!(gic.pulse(40), 0b01, "the holder");
    turn(&mut gic, 0, &mut lrs);
    assert!(complete(&mut lrs, 40));
    assert_eq!(gic.sync(0, &mut lrs), 0b10);
    assert!(gic.deliverable(1));
}
