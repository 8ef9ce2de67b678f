//! Memory maps and places that a boot loader must not be believed.

use super::*;

const IMAGE: Range = Range { start: 2 << 20, size: 4 << 20 };

/// A map of these entries: start, size, kind.
pub(crate) fn map(entries: &[(u64, u64, u32)]) -> MemoryMap {
    let bytes: Vec<u8> = entries
        .iter()
        .flat_map(|(start, size, kind)| {
            [start.to_le_bytes(), size.to_le_bytes(), u64::from(*kind).to_le_bytes()].concat()
        })
        .collect();
    MemoryMap::new(bytes.leak(), ENTRY).unwrap()
}

fn handed(memory: MemoryMap) -> Handed {
    let bundle = Some(Range { start: 16 << 20, size: 1 << 20 });
    Handed { root_pointer: 0, line: "", bundle, kept: Range::default(), memory }
}

fn plain() -> Handed {
    handed(map(&[(0, 0x9_fc00, 1), (0x9_fc00, 0x400, 2), (1 << 20, 127 << 20, 1), (128 << 20, 1 << 20, 3)]))
}

#[test]
fn only_whole_pages_of_free_memory_above_the_first_megabyte_are_usable() {
    let memory = map(&[(0, 0x9_fc00, 1), (0xf_fe00, 0x2400, 1), (8 << 20, 1 << 20, 2), (9 << 20, 0xfff, 1)]);
    assert_eq!(memory.usable().collect::<Vec<_>>(), [Range { start: 1 << 20, size: 0x2000 }]);
}

#[test]
fn a_plain_machine_is_believed() {
    assert_eq!(plain().check(IMAGE), Ok(()));
    let low = Some(Range { start: 0x1000, size: 0x9_0000 });
    assert_eq!(Handed { bundle: low, ..plain() }.check(IMAGE), Ok(()), "low memory is mapped");
    assert_eq!(Handed { bundle: None, ..plain() }.check(IMAGE), Ok(()), "the missing bundle is refused later");
}

#[test]
fn a_map_that_names_free_memory_twice_is_not() {
    for more in [(64 << 20, 0x1000, 1), (64 << 20, 0x1000, 2), (0, u64::MAX, 5)] {
        let memory = map(&[(1 << 20, 127 << 20, 1), more]);
        assert_eq!(handed(memory).check(IMAGE), Err("has a memory map with ranges that overlap"), "{more:?}");
    }
}

#[test]
fn what_lies_in_no_memory_is_not_read() {
    let off = Err("has a boot loader that put something where no memory is");
    let at = |start, size| Some(Range { start, size });
    for bundle in
        [at((1 << 20) - 4096, 8192), at(128 << 20, 4096), at((128 << 20) - 4096, 8192), at(u64::MAX - 4096, 8192)]
    {
        assert_eq!(Handed { bundle, ..plain() }.check(IMAGE), off, "{bundle:?}");
    }
    let kept = Range { start: 200 << 20, size: 64 };
    assert_eq!(Handed { kept, ..plain() }.check(IMAGE), off);
    assert_eq!(plain().check(Range { start: 127 << 20, size: 4 << 20 }), off, "the image");
}

#[test]
fn a_bundle_over_the_image_is_refused() {
    let off = Err("has a boot loader that put the bundle where the hypervisor is");
    for start in [(2 << 20) - 4096, 3 << 20, (6 << 20) - 1] {
        let bundle = Some(Range { start, size: 8192 });
        assert_eq!(Handed { bundle, ..plain() }.check(IMAGE), off, "{start:#x}");
    }
}

#[test]
fn a_map_without_room_for_its_entries_is_none() {
    assert!(MemoryMap::new(&[0; 48], ENTRY - 1).is_none());
    assert!(MemoryMap::new(&[0; ENTRY * (ENTRIES_MAX + 1)], ENTRY).is_none());
    assert_eq!(MemoryMap::new(&[0; ENTRY - 1], ENTRY).unwrap().usable().count(), 0);
}

#[test]
fn the_boot_line_ends_at_its_zero_or_with_its_bytes() {
    assert_eq!(line(b" stop=2s \0rest"), "stop=2s");
    assert_eq!(line(b"stop=2s"), "stop=2s");
    assert_eq!((line(b""), line(b"\xff\0")), ("", "?"));
}
