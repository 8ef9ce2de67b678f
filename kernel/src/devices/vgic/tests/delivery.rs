use super::*;

#[test]
fn a_doorbell_reaches_the_guest_once() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    assert_eq!(gic.pulse(40), 1);
    assert!(gic.deliverable(0));
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(lrs.lr[0], PENDING | 1 << 60 | 0xa0 << 48 | 40);
    assert!(gic.deliverable(0), "pending in a list register counts");
    assert_eq!(acknowledge(&mut lrs), Some(40));
    turn(&mut gic, 0, &mut lrs);
    assert!(!gic.deliverable(0));
    assert!(!complete(&mut lrs, 40));
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(lrs, ListRegisters::new(4));
    assert!(!gic.deliverable(0));
}

#[test]
fn nothing_pending_leaves_list_registers_alone() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters { lr: [0x1234; LIST_MAX], count: 4 });
    assert_eq!(gic.flush(0, &mut lrs), 0);
    assert_eq!(lrs.lr, [0x1234; LIST_MAX]);
}

#[test]
fn a_high_line_fires_again_after_completion() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    assert_eq!(gic.set_level(0, UART, true), 1);
    for _ in 0..3 {
        turn(&mut gic, 0, &mut lrs);
        assert_eq!(acknowledge(&mut lrs), Some(UART));
        turn(&mut gic, 0, &mut lrs);
        assert_eq!(acknowledge(&mut lrs), None, "not while it is being handled");
        assert!(complete(&mut lrs, UART), "the hypervisor is told");
    }
    turn(&mut gic, 0, &mut lrs);
    assert!(Lr(lrs.lr[0]).pending());
}

#[test]
fn a_line_lowered_by_the_handler_ends_it_without_maintenance() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    let _ = gic.set_level(0, UART, true);
    turn(&mut gic, 0, &mut lrs);
    acknowledge(&mut lrs);
    assert_eq!(gic.set_level(0, UART, false), 1);
    turn(&mut gic, 0, &mut lrs);
    assert!(!complete(&mut lrs, UART));
    turn(&mut gic, 0, &mut lrs);
    assert!(listed(&lrs).is_empty());
}

#[test]
fn a_line_that_falls_before_acknowledge_is_withdrawn() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    let _ = gic.set_level(0, UART, true);
    turn(&mut gic, 0, &mut lrs);
    let _ = gic.set_level(0, UART, false);
    turn(&mut gic, 0, &mut lrs);
    assert!(listed(&lrs).is_empty());
    assert!(!gic.deliverable(0));
}

#[test]
fn a_line_that_does_not_move_disturbs_nobody() {
    let mut gic = enabled(2);
    assert_eq!(gic.set_level(0, UART, false), 0);
    assert_eq!(gic.set_level(0, UART, true), 1);
    assert_eq!(gic.set_level(1, UART, true), 0);
}

#[test]
fn an_edge_while_active_is_delivered_after_completion() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    let _ = gic.write_gicd(0xc08, 4, 0xaaaa_aaaa);
    let _ = gic.pulse(40);
    turn(&mut gic, 0, &mut lrs);
    acknowledge(&mut lrs);
    assert_eq!(gic.pulse(40), 1);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(lrs.lr[0] & (PENDING | ACTIVE), PENDING | ACTIVE);
    complete(&mut lrs, 40);
    assert_eq!(acknowledge(&mut lrs), Some(40), "without an exit in between");
}

#[test]
fn more_interrupts_than_list_registers_come_in_priority_order() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    for (n, intid) in (40..50).enumerate() {
        prioritise(&mut gic, 0, intid, 0x80 - 8 * n as u8);
        let _ = gic.pulse(intid);
    }
    let mut order = std::vec::Vec::new();
    for _ in 0..10 {
        turn(&mut gic, 0, &mut lrs);
        assert_eq!(gic.wants_maintenance(0), order.len() < 6);
        let intid = acknowledge(&mut lrs).unwrap();
        complete(&mut lrs, intid);
        order.push(intid);
    }
    assert_eq!(order, (40..50).rev().collect::<std::vec::Vec<u32>>());
    turn(&mut gic, 0, &mut lrs);
    assert!(!gic.deliverable(0));
}

#[test]
fn equal_priorities_come_in_order_of_number() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(2));
    [50, 45, 40, 3].into_iter().for_each(|intid| {
        let _ = if intid < 32 { gic.sgi1r(0, (intid as u64) << 24 | 1) } else { gic.pulse(intid) };
    });
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(listed(&lrs), [3, 40]);
}

#[test]
fn an_urgent_newcomer_drives_out_a_pending_one() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(2));
    let _ = gic.set_level(0, UART, true);
    let _ = gic.pulse(40);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(acknowledge(&mut lrs), Some(UART));
    prioritise(&mut gic, 0, 50, 0x20);
    let _ = gic.pulse(50);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(listed(&lrs), [UART, 50]);
    assert!(gic.wants_maintenance(0), "40 waits");
    assert_eq!(acknowledge(&mut lrs), Some(50), "nested");
    complete(&mut lrs, 50);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(listed(&lrs), [UART, 40]);
}

#[test]
fn disabling_withdraws_and_enabling_brings_back() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    let _ = gic.pulse(40);
    let _ = gic.set_level(0, UART, true);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.write_gicd(0x184, 4, 0xffff_ffff), 1);
    turn(&mut gic, 0, &mut lrs);
    assert!(listed(&lrs).is_empty() && !gic.deliverable(0));
    assert_eq!(gic.read_gicd(0x204, 4), 1 << 8 | 1 << 1, "still pending");
    assert_eq!(gic.write_gicd(0x104, 4, 0xffff_ffff), 1);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(listed(&lrs), [UART, 40]);
}

#[test]
fn closing_a_group_withdraws() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    let _ = gic.pulse(40);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.write_gicd(0, 4, 0b01), 1);
    turn(&mut gic, 0, &mut lrs);
    assert!(listed(&lrs).is_empty() && !gic.deliverable(0));
    let _ = gic.write_gicd(0x84, 4, !(1 << 8));
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(lrs.lr[0], PENDING | 0xa0 << 48 | 40, "delivered as group 0");
}

#[test]
fn clearing_pending_cancels_what_is_listed() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    let _ = gic.pulse(40);
    let _ = gic.set_level(0, UART, true);
    turn(&mut gic, 0, &mut lrs);
    let _ = gic.write_gicd(0x284, 4, 0xffff_ffff);
    assert_eq!(gic.read_gicd(0x204, 4), 1 << 1, "a high line stays pending");
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(listed(&lrs), [UART]);
}

#[test]
fn written_active_state_is_completed_by_the_guest() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    let _ = gic.write_gicd(0x304, 4, 1 << 8);
    let _ = gic.pulse(40);
    assert!(!gic.deliverable(0), "active ones are not delivered");
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(gic.read_gicd(0x304, 4), 1 << 8);
    complete(&mut lrs, 40);
    assert_eq!(acknowledge(&mut lrs), Some(40));
    let _ = gic.write_gicd(0x384, 4, 1 << 8);
    turn(&mut gic, 0, &mut lrs);
    assert!(listed(&lrs).is_empty());
    assert_eq!(gic.read_gicd(0x304, 4), 0);
}

#[test]
fn pending_by_write_behaves_like_a_message() {
    let (mut gic, mut lrs) = (enabled(1), ListRegisters::new(4));
    assert_eq!(gic.write_gicd(0x204, 4, 1 << 1), 1);
    turn(&mut gic, 0, &mut lrs);
    let _ = gic.set_level(0, UART, true);
    let _ = gic.set_level(0, UART, false);
    turn(&mut gic, 0, &mut lrs);
    assert_eq!(acknowledge(&mut lrs), Some(UART), "a falling line does not take it back");
    complete(&mut lrs, UART);
    turn(&mut gic, 0, &mut lrs);
    assert!(!gic.deliverable(0));
}

#[test]
fn reset_forgets_everything() {
    let mut gic = enabled(2);
    let _ = gic.pulse(40);
    let _ = gic.set_level(0, UART, true);
    gic.reset();
    assert!(!gic.deliverable(0));
    assert_eq!(gic.read_gicd(0x204, 4), 0);
    assert_eq!(gic.read_gicr(1, 8, 8), 1 << 32 | 1 << 8 | 1 << 4, "the number of vCPUs stays");
}
