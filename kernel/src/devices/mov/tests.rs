use super::*;
use proptest::prelude::*;

fn long(code: &[u8]) -> Access {
    Access::decode(code, Mode::Long).expect("a move")
}

const fn register(number: u8) -> Value {
    Value::Register(Register { number, second: false })
}

#[test]
fn stores_of_registers_and_constants() {
    // mov [rdi], eax / mov [r12 + 0x10], r9d / mov dword ptr [rip + 0], 0x80 / mov qword ptr [rax], -1
    let cases: [(&[u8], u8, Value); 4] = [
        (&[0x89, 0x07], 4, register(0)),
        (&[0x45, 0x89, 0x4c, 0x24, 0x10], 4, register(9)),
        (&[0xc7, 0x05, 0, 0, 0, 0, 0x80, 0, 0, 0], 4, Value::Constant(0x80)),
        (&[0x48, 0xc7, 0x00, 0xff, 0xff, 0xff, 0xff], 8, Value::Constant(u64::MAX)),
    ];
    for (code, bytes, value) in cases {
        let access = long(code);
        assert_eq!((access.write, access.bytes, access.value), (true, bytes, value), "{code:x?}");
        assert_eq!(usize::from(access.length), code.len());
    }
    assert_eq!(long(&[0x89, 0x07]).stored(|number| if number == 0 { 0x1_2345_6789 } else { 0 }), 0x2345_6789);
}

#[test]
fn the_lengths_of_operands_in_memory() {
    let cases: [(&[u8], u8); 8] = [
        (&[0x8b, 0x00], 2),
        (&[0x8b, 0x40, 0x10], 3),
        (&[0x8b, 0x80, 0, 0, 0, 0], 6),
        (&[0x8b, 0x05, 0, 0, 0, 0], 6),
        (&[0x8b, 0x04, 0x18], 3),
        (&[0x8b, 0x04, 0x25, 0, 0xb0, 0x5f, 0xff], 7),
        (&[0x8b, 0x44, 0x24, 0x08], 4),
        (&[0xa1, 0, 0, 0, 0, 0, 0, 0, 0], 9),
    ];
    for (code, length) in cases {
        let access = long(code);
        assert!(!access.write && access.value == register(0), "{code:x?}");
        assert_eq!(access.length, length, "{code:x?}");
    }
    let short = Access::decode(&[0xa3, 0, 0, 0xe0, 0xfe, 0x90], Mode::Protected).expect("a move");
    assert_eq!((short.write, short.length), (true, 5));
}

#[test]
fn loads_keep_or_clear_the_rest_of_a_register_as_the_processor_does() {
    let old = 0x1111_2222_3333_4444;
    let loads: [(&[u8], u64); 7] = [
        (&[0x8b, 0x07], 0x89ab_cdef),
        (&[0x48, 0x8b, 0x07], 0xf123_4567_89ab_cdef),
        (&[0x66, 0x8b, 0x07], 0x1111_2222_3333_cdef),
        (&[0x8a, 0x07], 0x1111_2222_3333_44ef),
        (&[0x8a, 0x27], 0x1111_2222_3333_ef44),
        (&[0x0f, 0xb7, 0x07], 0xcdef),
        (&[0x48, 0x0f, 0xbe, 0x07], 0xffff_ffff_ffff_ffef),
    ];
    for (code, new) in loads {
        assert_eq!(long(code).loaded(old, 0xf123_4567_89ab_cdef), new, "{code:x?}");
    }
}

#[test]
fn other_instructions_and_those_cut_off_are_none() {
    let others: [&[u8]; 7] =
        [&[], &[0x90], &[0x8b], &[0x8b, 0xc0], &[0x8b, 0x80, 0, 0], &[0xc7, 0x08, 0, 0, 0, 0], &[0x66; 16]];
    for code in others {
        assert_eq!(Access::decode(code, Mode::Long), None, "{code:x?}");
    }
    assert_eq!(Access::decode(&[0x8b, 0x07], Mode::Short), None, "an address of 16 bits");
}

#[test]
fn moves_of_the_task_priority() {
    assert_eq!(priority_move(&[0x44, 0x0f, 0x20, 0xc0], Mode::Long), Some((0, 4)));
    assert_eq!(priority_move(&[0x45, 0x0f, 0x22, 0xc1], Mode::Long), Some((9, 4)));
    assert_eq!(priority_move(&[0xf0, 0x0f, 0x22, 0xc3], Mode::Protected), Some((3, 4)));
    assert_eq!(priority_move(&[0x0f, 0x05], Mode::Long), None);
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_within_their_length(code in proptest::collection::vec(any::<u8>(), 0..20), mode in 0..3_u8) {
        let mode = [Mode::Short, Mode::Protected, Mode::Long][usize::from(mode)];
        if let Some(access) = Access::decode(&code, mode) {
            prop_assert!(usize::from(access.length) <= code.len().min(LENGTH_MAX));
            prop_assert!(access.bytes.is_power_of_two() && access.bytes <= 8);
            prop_assert!(access.stored(|_| u64::MAX) <= ones(access.bytes));
        }
    }
}
