use super::*;

#[test]
fn the_distributor_introduces_itself() {
    let gic = Vgic::new(1);
    assert_eq!(gic.read_gicd(0, 4), 0x50, "affinity routing, one security state, no write pending");
    let typer = gic.read_gicd(4, 4);
    assert_eq!((typer & 31, typer >> 19 & 31, typer >> 10 & 1, typer >> 17 & 1), (1, 9, 0, 0));
    assert_eq!(gic.read_gicd(8, 4), 0x4d00_043b);
    assert_eq!(gic.read_gicd(0xc, 4), 0);
    assert_eq!(gic.read_gicd(0xffe8, 4), 0x3b);
}

#[test]
fn redistributors_introduce_themselves() {
    let gic = Vgic::new(3);
    assert_eq!([0, 1, 2].map(|vcpu| gic.read_gicr(vcpu, 8, 8)), [0, 1 << 32 | 1 << 8, 2 << 32 | 2 << 8 | 1 << 4]);
    assert_eq!((gic.read_gicr(2, 8, 4), gic.read_gicr(2, 12, 4)), (2 << 8 | 1 << 4, 2));
    assert_eq!(gic.read_gicr(0, 0xffe8, 4), 0x3b);
    assert_eq!([0, 0x24].map(|offset| gic.read_gicr(0, offset, 4)), [0, 0]);
    assert_eq!(gic.read_gicr(3, 0xffe8, 4), 0, "absent");
}

#[test]
fn waking_a_redistributor_takes_effect_at_once() {
    let mut gic = Vgic::new(1);
    assert_eq!(gic.read_gicr(0, 0x14, 4), 6);
    let _ = gic.write_gicr(0, 0x14, 4, 0);
    assert_eq!(gic.read_gicr(0, 0x14, 4), 0);
}

#[test]
fn enables_are_set_and_cleared_by_ones() {
    let mut gic = Vgic::new(1);
    let _ = gic.write_gicd(0x104, 4, 0xff);
    let _ = gic.write_gicd(0x184, 4, 0x0f);
    assert_eq!([0x104, 0x184].map(|offset| gic.read_gicd(offset, 4)), [0xf0; 2]);
    let _ = gic.write_gicr(0, SGI_FRAME + 0x100, 4, 0xff);
    let _ = gic.write_gicr(0, SGI_FRAME + 0x180, 4, 0x0f);
    assert_eq!(gic.read_gicr(0, SGI_FRAME + 0x100, 4), 0xf0);
    assert_eq!(gic.read_gicd(0x100, 4), 0, "private ones are not the distributor's");
}

#[test]
fn priorities_are_bytes_and_words_of_five_bits() {
    let mut gic = Vgic::new(2);
    let _ = gic.write_gicd(0x420, 4, 0xffa0_4020);
    let _ = gic.write_gicd(0x421, 1, 0x87);
    assert_eq!(gic.read_gicd(0x420, 4), 0xf8a0_8020);
    assert_eq!([0x420, 0x421, 0x422, 0x423].map(|offset| gic.read_gicd(offset, 1)), [0x20, 0x80, 0xa0, 0xf8]);
    let _ = gic.write_gicr(1, SGI_FRAME + 0x41f, 1, 0x50);
    assert_eq!(gic.read_gicr(1, SGI_FRAME + 0x41c, 4), 0x5000_0000);
    assert_eq!(gic.read_gicr(0, SGI_FRAME + 0x41c, 4), 0);
}

#[test]
fn trigger_modes_of_shared_interrupts_can_be_set() {
    let mut gic = Vgic::new(1);
    assert_eq!([SGI_FRAME + 0xc00, SGI_FRAME + 0xc04].map(|offset| gic.read_gicr(0, offset, 4)), [0xaaaa_aaaa, 0]);
    let _ = gic.write_gicr(0, SGI_FRAME + 0xc04, 4, 0xffff_ffff);
    assert_eq!(gic.read_gicr(0, SGI_FRAME + 0xc04, 4), 0, "private ones are fixed");
    let _ = gic.write_gicd(0xc0c, 4, 0xffff_ffff);
    assert_eq!([0xc08, 0xc0c].map(|offset| gic.read_gicd(offset, 4)), [0, 0xaaaa_aaaa]);
}

#[test]
fn routes_are_written_whole_or_in_halves() {
    let mut gic = Vgic::new(4);
    let _ = gic.write_gicd(0x6100, 8, 0xff_8001_0203);
    assert_eq!(gic.read_gicd(0x6100, 8), 0xff_0001_0203);
    let _ = gic.write_gicd(0x61f8, 4, 3);
    let _ = gic.write_gicd(0x61fc, 4, 0);
    assert_eq!(gic.read_gicd(0x61f8, 8), 3);
    assert_eq!(gic.pulse(63), 0);
    assert_eq!(gic.write_gicd(0x104, 4, 1 << 31), 0);
    assert_eq!(gic.write_gicd(0, 4, 2), 0b1000);
}

#[test]
fn what_does_not_exist_reads_zero_and_ignores_writes() {
    let mut gic = Vgic::new(1);
    for offset in [0x80, 0x88, 0x108, 0x17c, 0x400, 0x440, 0x800, 0x820, 0xc00, 0xc10, 0xf00, 0x6000, 0x6200, 0x8000] {
        assert_eq!(gic.write_gicd(offset, 4, u64::MAX), 0);
        assert_eq!(gic.read_gicd(offset, 4), 0, "{offset:#x}");
    }
    for offset in [0x10, 0x24, 0x70, 0x8000, SGI_FRAME + 0x104, SGI_FRAME + 0x420, SGI_FRAME + 0xe00] {
        assert_eq!(gic.write_gicr(0, offset, 4, u64::MAX), 0);
        assert_eq!(gic.read_gicr(0, offset, 4), 0, "{offset:#x}");
    }
    assert_eq!(gic.read_gicd(u64::MAX, 8), 0);
}

/// The accesses of a usual operating system, in its order, with two vCPUs.
#[test]
fn an_operating_system_brings_the_controller_up() {
    let mut gic = Vgic::new(2);
    assert_eq!(gic.read_gicd(0xffe8, 4) & 0xf0, 0x30);
    assert_eq!(gic.read_gicr(0, 0xffe8, 4) & 0xf0, 0x30);
    let lines = 32 * ((gic.read_gicd(4, 4) & 31) + 1);
    assert_eq!(lines, 64);
    let _ = gic.write_gicd(0, 4, 0);
    for n in 1..lines / 32 {
        let _ = gic.write_gicd(0x80 + 4 * n, 4, 0xffff_ffff);
        let _ = gic.write_gicd(0x380 + 4 * n, 4, 0xffff_ffff);
        let _ = gic.write_gicd(0x180 + 4 * n, 4, 0xffff_ffff);
    }
    (32..lines).step_by(16).for_each(|n| _ = gic.write_gicd(0xc00 + n / 4, 4, 0));
    (32..lines).step_by(4).for_each(|n| _ = gic.write_gicd(0x400 + n, 4, 0xa0a0_a0a0));
    let _ = gic.write_gicd(0, 4, 0x13);
    assert_eq!(gic.read_gicd(0, 4), 0x53);
    (32..lines).for_each(|n| _ = gic.write_gicd(0x6000 + 8 * n, 8, 0));
    for vcpu in 0..2 {
        assert_eq!(gic.read_gicr(vcpu, 8, 8) >> 32, vcpu as u64);
        let _ = gic.write_gicr(vcpu, 0x14, 4, gic.read_gicr(vcpu, 0x14, 4) & !2);
        assert_eq!(gic.read_gicr(vcpu, 0x14, 4) & 4, 0);
        let _ = gic.write_gicr(vcpu, SGI_FRAME + 0x80, 4, 0xffff_ffff);
        let _ = gic.write_gicr(vcpu, SGI_FRAME + 0x380, 4, 0xffff_ffff);
        let _ = gic.write_gicr(vcpu, SGI_FRAME + 0x180, 4, 0xffff_ffff);
        (0..32).step_by(4).for_each(|n| _ = gic.write_gicr(vcpu, SGI_FRAME + 0x400 + n, 4, 0xa0a0_a0a0));
        let _ = gic.write_gicr(vcpu, SGI_FRAME + 0x100, 4, 1 << 27 | 0xff);
    }
    let _ = gic.write_gicd(0x104, 4, 1 << 1);
    assert_eq!(gic.set_level(0, UART, true), 0b01);
    assert_eq!(gic.sgi1r(0, 0b10), 0b10);
}
