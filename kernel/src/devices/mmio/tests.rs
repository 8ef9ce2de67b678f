use super::{Access, address};

const BASE: u64 = 0x24 << 26 | 1 << 25 | 1 << 24 | 0x07;

fn esr(size: u64, register: u64, write: bool, signed: bool, wide: bool) -> u64 {
    BASE | size << 22 | u64::from(signed) << 21 | register << 16 | u64::from(wide) << 15 | u64::from(write) << 6
}

#[test]
fn a_word_load_is_decoded() {
    let access = Access::decode(esr(2, 5, false, false, false)).unwrap();
    assert_eq!((access.bytes(), access.register(), access.is_write()), (4, 5, false));
}

#[test]
fn a_doubleword_store_is_decoded() {
    let access = Access::decode(esr(3, 30, true, false, true)).unwrap();
    assert_eq!((access.bytes(), access.register(), access.is_write()), (8, 30, true));
}

#[test]
fn what_the_hardware_does_not_describe_is_refused() {
    let good = esr(2, 0, false, false, false);
    assert!(Access::decode(good).is_some());
    assert!(Access::decode(good & !(1 << 24)).is_none(), "no valid syndrome");
    assert!(Access::decode(good | 1 << 10).is_none(), "fault address not valid");
    assert!(Access::decode(good | 1 << 8).is_none(), "cache maintenance");
    assert!(Access::decode(good | 1 << 7).is_none(), "table walk");
    assert!(Access::decode(good & !(0x3f << 26) | 0x20 << 26).is_none(), "instruction abort");
    assert!(Access::decode(good | 1 << 26).is_none(), "abort of the hypervisor itself");
}

#[test]
fn a_store_takes_the_low_bytes_of_its_register() {
    let stored = |size| Access::decode(esr(size, 3, true, false, true)).unwrap().stored(0x1122_3344_5566_7788);
    assert_eq!([0, 1, 2, 3].map(stored), [0x88, 0x7788, 0x5566_7788, 0x1122_3344_5566_7788]);
}

#[test]
fn only_a_plain_load_of_a_word_peeks() {
    let peeks = |size, write, signed| Access::decode(esr(size, 0, write, signed, false)).unwrap().peeks();
    assert!(peeks(2, false, false));
    assert!(!peeks(2, true, false) && !peeks(2, false, true));
    assert!(![0, 1, 3].iter().any(|size| peeks(*size, false, false)));
}

#[test]
fn loads_clear_the_upper_part_of_the_register() {
    let access = Access::decode(esr(0, 1, false, false, false)).unwrap();
    assert_eq!(access.loaded(0xfff0), 0xf0);
}

#[test]
fn signed_loads_extend_to_the_width_of_the_register() {
    let load = |size, wide, value| Access::decode(esr(size, 1, false, true, wide)).unwrap().loaded(value);
    assert_eq!(load(0, false, 0x80), 0xffff_ff80);
    assert_eq!(load(0, true, 0x80), 0xffff_ffff_ffff_ff80);
    assert_eq!(load(1, true, 0x7fff), 0x7fff);
    assert_eq!(load(1, false, 0x8000), 0xffff_8000);
    assert_eq!(load(2, true, 0x8000_0000), 0xffff_ffff_8000_0000);
}

#[test]
fn the_address_joins_page_and_offset() {
    assert_eq!(address(0x0008_0000, 0xffff_0000_1234_5abc), 0x0800_0abc);
    assert_eq!(address(u64::MAX, 0), 0x000f_ffff_ffff_f000);
}
