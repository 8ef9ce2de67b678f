//! The controllers as guests use them, call by call.

use super::local::*;
use super::*;

const SPURIOUS_ON: u32 = 0x1ff;

fn controllers(vcpus: usize) -> Apic {
    let mut apic = Apic::new(vcpus);
    for vcpu in 0..vcpus {
        let _ = apic.write_local(vcpu, SPURIOUS, SPURIOUS_ON);
    }
    apic
}

/// Programs a line of the I/O APIC as guests do: the high half first.
fn redirect(apic: &mut Apic, line: u64, entry: u64) -> VcpuMask {
    let _ = apic.write(Register(0), 4, 0x11 + 2 * line);
    let _ = apic.write(Register(0x10), 4, entry >> 32);
    let _ = apic.write(Register(0), 4, 0x10 + 2 * line);
    apic.write(Register(0x10), 4, entry & 0xffff_ffff)
}

/// The first vCPU takes its most urgent interrupt.
fn take(apic: &mut Apic) -> Option<u8> {
    let vector = apic.ready(0)?;
    apic.serve(0, vector);
    Some(vector)
}

#[test]
fn the_most_urgent_vector_comes_first_and_holds_off_its_class() {
    let mut apic = controllers(1);
    for vector in [0x31, 0x52, 0x55] {
        apic.raise(0, vector);
    }
    assert_eq!(take(&mut apic), Some(0x55));
    assert_eq!(take(&mut apic), None, "0x52 is of the class in service");
    let _ = apic.write_local(0, END, 0);
    assert_eq!(take(&mut apic), Some(0x52));
    let _ = apic.write_local(0, END, 0);
    assert_eq!(take(&mut apic), Some(0x31));
}

#[test]
fn the_task_priority_and_the_switch_hold_interrupts_back() {
    let mut apic = Apic::new(1);
    apic.raise(0, 0x40);
    assert!(!apic.deliverable(0), "a local APIC is off after a reset");
    let _ = apic.write_local(0, SPURIOUS, SPURIOUS_ON);
    let _ = apic.write_local(0, PRIORITY, 0x40);
    assert!(!apic.deliverable(0));
    let _ = apic.write_local(0, PRIORITY, 0x30);
    assert!(apic.deliverable(0));
}

#[test]
fn vectors_of_exceptions_are_no_interrupts() {
    let mut apic = controllers(1);
    (0..16).for_each(|vector| apic.raise(0, vector));
    assert!(!apic.deliverable(0));
}

#[test]
fn interrupts_between_vcpus_reach_whom_they_name() {
    let mut apic = controllers(3);
    assert_eq!(apic.send(0, 0x41, 2), 0b100);
    assert_eq!(apic.send(0, 0x41, u32::MAX), 0b111);
    assert_eq!(apic.send(1, 3 << 18 | 0x42, 0), 0b101, "all but the sender");
    assert_eq!(apic.send(1, 1 << 18 | 0x43, 0), 0b010, "the sender alone");
    assert_eq!(apic.send(0, 1 << 11 | 0x44, 0b110), 0b110, "by logical names");
    assert_eq!(apic.send(0, 0x45, 7), 0, "nobody has that number");
    assert_eq!(apic.send(0, 4 << 8 | 0x46, 1), 0, "no interrupt that cannot be masked");
}

#[test]
fn a_level_interrupts_again_until_it_falls() {
    let mut apic = controllers(1);
    assert_eq!(redirect(&mut apic, 4, LEVEL | 0x34), 0);
    assert_eq!(apic.set_level(0, 4, true), 1);
    assert_eq!(take(&mut apic), Some(0x34));
    assert_eq!(apic.set_level(0, 4, true), 0, "nothing new");
    assert_eq!(apic.write_local(0, END, 0), 1, "still high");
    assert_eq!(take(&mut apic), Some(0x34));
    let _ = apic.set_level(0, 4, false);
    assert_eq!(apic.write_local(0, END, 0), 0);
    assert!(!apic.deliverable(0));
}

#[test]
fn an_edge_interrupts_once_and_a_masked_line_not_at_all() {
    let mut apic = controllers(1);
    assert_eq!(apic.set_level(0, 4, true), 0, "masked after a reset");
    let _ = apic.set_level(0, 4, false);
    let _ = redirect(&mut apic, 4, 0x34);
    assert_eq!(apic.set_level(0, 4, true), 1);
    assert_eq!(take(&mut apic), Some(0x34));
    assert_eq!(apic.write_local(0, END, 0), 0);
}

#[test]
fn registers_that_do_not_exist_read_zero_and_ignore_writes() {
    let mut apic = controllers(2);
    for register in 0..0x100 {
        let _ = apic.write_local(1, register, u32::MAX);
        let _ = apic.read_local(1, register, register % 2 == 0);
    }
    for selected in 0..=255 {
        let _ = apic.write(Register(0), 4, selected);
        let _ = apic.write(Register(0x10), 4, u64::MAX);
        let _ = apic.read(Register(0x10), 4);
    }
    apic.reset();
    assert_eq!(apic.read_local(1, SPURIOUS, false), 0xff);
    assert_eq!(apic.read_local(1, 0x7f, false), 0);
}

#[test]
fn a_start_up_command_names_whom_it_starts() {
    let apic = Apic::new(3);
    assert_eq!(apic.starts(0, 0x02 << 56 | 0x4608, false), Some((0b100, 8)));
    assert_eq!(apic.starts(0, 0x01 << 32 | 0x4699, true), Some((0b010, 0x99)));
    assert_eq!(apic.starts(0, 0xc_4608, false), Some((0b110, 8)), "all but the sender");
    assert_eq!(apic.starts(0, 0x07 << 56 | 0x4608, false), Some((0, 8)), "nobody has this number");
    assert_eq!(apic.starts(0, 0x01 << 56 | 0x4500, false), None, "INIT");
}
