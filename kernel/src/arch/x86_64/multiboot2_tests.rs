//! Boot information as GRUB makes it, and damaged in every way.

use super::*;
use proptest::prelude::*;

const ADDRESS: u64 = 0x10_0000;

fn words(list: &[u32]) -> Vec<u8> {
    list.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn tag(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = [words(&[kind, 8 + body.len() as u32]), body.to_vec()].concat();
    bytes.resize(bytes.len().next_multiple_of(8), 0xee);
    bytes
}

fn memory() -> Vec<u8> {
    tag(6, &words(&[24, 0, 0, 0, 0x9_f000, 0, 1, 0, 0x10_0000, 0, 0x700_0000, 0, 1, 0]))
}

fn end() -> Vec<u8> {
    tag(0, &[])
}

fn info(tags: &[Vec<u8>]) -> Vec<u8> {
    let body = tags.concat();
    [words(&[8 + body.len() as u32, 0]), body].concat()
}

fn whole() -> Vec<u8> {
    info(&[
        tag(1, b"sched=rtds stop=2s\0"),
        tag(2, b"GRUB 2.06\0"),
        tag(3, &[words(&[0x80_0000, 0x90_0000]), b"\0".to_vec()].concat()),
        tag(3, &[words(&[0xa0_0000, 0xb0_0000]), b"other\0".to_vec()].concat()),
        memory(),
        tag(14, &[b"RSD PTR old.".as_slice(), &[0; 8]].concat()),
        tag(15, &[b"RSD PTR new.".as_slice(), &[0; 24]].concat()),
        end(),
    ])
}

fn read(bytes: Vec<u8>) -> Option<Handed> {
    assert_eq!(length(&bytes), bytes.len() as u64);
    parse(bytes.leak(), ADDRESS)
}

#[test]
fn all_facts_are_found() {
    let bytes = whole();
    let newer = bytes.windows(12).position(|part| part == b"RSD PTR new.").unwrap() as u64;
    let kept = Range { start: ADDRESS, size: bytes.len() as u64 };
    let handed = read(bytes).unwrap();
    assert_eq!(handed.line, "sched=rtds stop=2s");
    assert_eq!(handed.bundle, Some(Range { start: 0x80_0000, size: 0x10_0000 }));
    assert_eq!(handed.root_pointer, ADDRESS + newer);
    assert_eq!(handed.memory.usable().collect::<Vec<_>>(), [Range { start: 1 << 20, size: 0x700_0000 }]);
    assert_eq!(handed.kept, kept);
}

#[test]
fn the_newer_root_pointer_counts_whatever_the_order() {
    let (old, new) = (tag(14, &[1; 20]), tag(15, &[2; 36]));
    let first = read(info(&[new.clone(), old.clone(), memory(), end()])).unwrap();
    let second = read(info(&[old.clone(), new, memory(), end()])).unwrap();
    assert_eq!(first.root_pointer, ADDRESS + 16);
    assert_eq!(second.root_pointer, ADDRESS + 16 + old.len() as u64);
    assert_eq!(read(info(&[old, memory(), end()])).unwrap().root_pointer, ADDRESS + 16);
}

#[test]
fn what_was_not_given_is_missing() {
    let handed = read(info(&[memory(), end()])).unwrap();
    assert_eq!((handed.line, handed.bundle, handed.root_pointer), ("", None, 0));
    assert!(read(info(&[tag(1, b"stop=2s\0"), end()])).is_none(), "without memory there is no machine");
}

#[test]
fn without_an_end_or_with_a_tag_shorter_than_its_head_it_is_damaged() {
    assert!(read(info(&[memory()])).is_none());
    assert!(read(info(&[memory(), words(&[7, 7]), end()])).is_none());
    assert!(read(info(&[memory(), words(&[7, 0]), end()])).is_none());
    assert!(read(info(&[memory(), words(&[7, u32::MAX]), end()])).is_none());
    assert!(read(info(&[tag(6, &words(&[8, 0, 1, 2])), end()])).is_none(), "entries too short to be some");
    assert!(read(info(&[tag(6, &words(&[24])), end()])).is_none(), "no room for the length of entries");
}

#[test]
fn wherever_it_is_cut_off_it_is_damaged() {
    let bytes = whole();
    for length in 0..bytes.len() {
        assert!(parse(bytes[..length].to_vec().leak(), ADDRESS).is_none(), "cut off after {length} bytes");
    }
}

proptest! {
    #[test]
    fn any_byte_may_be_wrong(at in 8usize..300, value: u8) {
        let mut bytes = whole();
        let at = at % bytes.len();
        bytes[at] = value;
        if let Some(handed) = parse(bytes.leak(), ADDRESS) {
            let kept = handed.kept;
            let pointer = handed.root_pointer;
            prop_assert!(pointer == 0 || (kept.start..kept.end()).contains(&pointer));
            let _ = handed.check(Range { start: 2 << 20, size: 1 << 20 });
        }
    }
}
