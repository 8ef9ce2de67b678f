//! The reader of memory images: what it finds, and that noise never gets through or panics.

use super::*;
use crate::{Event, Stretch};
use proptest::prelude::*;
use std::{io::Cursor, string::ToString};

const BASE: u64 = 0x4000_0000;
const SIZE: usize = 3 * DIRECTORY_BYTES;
const PLACE: u64 = BASE + (SIZE - DIRECTORY_BYTES) as u64;

/// An image with one ring of four events' room at its start.
fn image(events: &[Event], patch: &[(usize, u64)]) -> Vec<u8> {
    let mut bytes = vec![0; SIZE];
    let words = events.iter().flat_map(|event| event.encode(0));
    for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    let name = u64::from_le_bytes(*b"arinc653");
    let mut directory = vec![
        (word::MAGIC, MAGIC),
        (word::VERSION, VERSION),
        (word::PLAN_HASH, 77),
        (word::RINGS, 1),
        (word::EPOCH_TICKS, 500),
        (word::FREQUENCY, 62_500_000),
        (word::ENDED, 1),
        (word::PLACE, PLACE),
        (word::POOLS, 1),
        (word::END_TIME, 9_000),
        (word::RING_FIRST, BASE),
        (word::RING_FIRST + 1, 4),
        (word::RING_FIRST + 2, events.len() as u64),
        (word::RING_FIRST + 3, 6),
        (word::SCHEDULERS, name),
    ];
    directory.extend_from_slice(patch);
    for (index, word) in directory {
        let at = SIZE - DIRECTORY_BYTES + index * 8;
        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

fn step(value: u64) -> Event {
    Event::Life { now: Instant::from_nanos(value), partition: 0, step: 1, detail: 0, address: value }
}

/// All that is known up to where events are missing.
fn up_to(nanos: u64) -> Stretch {
    Stretch { from: Instant::ZERO, to: Instant::from_nanos(nanos), cut: true }
}

fn try_read(bytes: Vec<u8>) -> Result<Recording, TraceError> {
    read(&mut Cursor::new(bytes), SIZE as u64, Unit::Instructions)
}

#[test]
fn a_summary_behind_a_loss_does_not_make_the_gap_known() {
    let summary = Event::Stat { now: Instant::from_nanos(9), stat: 1, value: 1 };
    let found = try_read(image(&[step(1), step(2), summary], &[])).unwrap();
    assert_eq!(found.known(), [up_to(2)]);
}

#[test]
fn what_the_hypervisor_left_is_found() {
    let found = try_read(image(&[step(1), step(2)], &[])).unwrap();
    assert_eq!(found.rings, [Ring { events: vec![step(1), step(2)], dropped: 6, losses: vec![] }]);
    assert_eq!(found.schedulers, ["arinc653"]);
    assert_eq!((found.plan_hash, found.epoch, found.frequency), (77, 500, 62_500_000));
    assert!(found.ended);
    assert_eq!(found.end_time, Instant::from_nanos(9_000));
    assert_eq!(found.known(), [up_to(2)], "behind what the ring had no room for nothing is known");
}

#[test]
fn each_contradiction_is_a_sentence() {
    let cases: &[(&[(usize, u64)], &str)] = &[
        (&[(word::MAGIC, 0)], "holds a trace directory"),
        (&[(word::VERSION, 9)], "format version 9, but this reader knows only version 2"),
        (&[(word::RINGS, 65)], "the number of rings is 65, but can be at most 64"),
        (&[(word::POOLS, 65)], "the number of pools is 65, but can be at most 64"),
        (&[(word::RING_FIRST, BASE - 8)], "ring 0 at address 0x3ffffff8 lies outside"),
        (&[(word::RING_FIRST, PLACE + 64)], "ring 0 at address 0x40002040 lies outside"),
        (&[(word::RING_FIRST + 1, u64::MAX)], "lies outside the memory in front of the directory"),
        (&[(word::RING_FIRST + 1, 129)], "lies outside the memory in front of the directory"),
        (&[(word::PLACE, 0)], "lies outside the memory in front of the directory"),
        (&[(word::RING_FIRST + 1, 1)], "the number of events in a ring is 2, but can be at most 1"),
        (&[(word::RING_FIRST, BASE + 64)], "event 1 of ring 0 has the unknown kind 0"),
        (&[(word::SCHEDULERS, 0)], "the scheduler name of pool 0 is not printable text"),
    ];
    for (patch, sentence) in cases {
        let error = try_read(image(&[step(1), step(2)], patch)).unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }
}

/// The image of a PC with a page of memory at address 0 and two more behind a hole.
#[test]
fn a_hole_in_memory_does_not_move_the_rings() {
    let high = 1_u64 << 32;
    let page = DIRECTORY_BYTES as u64;
    let mut bytes = image(&[], &[(word::PLACE, high + page), (word::RING_FIRST, high), (word::RING_FIRST + 2, 2)]);
    for (at, event) in [step(1), step(2)].into_iter().enumerate() {
        let at = DIRECTORY_BYTES + at * EVENT_BYTES;
        let words = event.encode(0).map(u64::to_le_bytes);
        bytes[at..at + EVENT_BYTES].copy_from_slice(words.as_flattened());
    }
    assert_eq!(try_read(bytes).unwrap().rings, [Ring { events: vec![step(1), step(2)], dropped: 6, losses: vec![] }]);
}

/// A boot loader may put megabytes above everything that the hypervisor was given.
#[test]
fn the_directory_is_found_below_a_large_bundle() {
    let mut bytes = image(&[step(1), step(2)], &[]);
    let found = try_read(bytes.clone()).unwrap();
    bytes.resize(SIZE + (5 << 20) + 3 * DIRECTORY_BYTES, 0xa5);
    assert_eq!(try_read(bytes).unwrap(), found);
}

#[test]
fn a_ring_without_room_lies_nowhere() {
    let none = [(word::RING_FIRST, 0), (word::RING_FIRST + 1, 0), (word::RING_FIRST + 2, 0)];
    let found = try_read(image(&[], &none)).unwrap();
    assert_eq!(found.rings, [Ring { events: vec![], dropped: 6, losses: vec![] }]);
    assert_eq!(found.known(), []);
}

#[test]
fn an_image_smaller_than_a_page_is_refused() {
    let error = read(&mut Cursor::new(vec![0; 9]), 9, Unit::RealTime).unwrap_err();
    assert_eq!(error.to_string(), "the trace ends after 9 bytes, but should have 4096");
}

proptest! {
    #[test]
    fn noise_is_refused_or_read_and_never_panics(
        patch in prop::collection::vec((2_usize..word::SCHEDULERS + 4, prop_oneof![any::<u64>(), 0_u64..100, BASE..BASE + 20_000]), 0..6),
        noise in prop::collection::vec(any::<u8>(), 0..256),
    ) {
        let mut bytes = image(&[step(1), step(2)], &patch);
        bytes[..noise.len()].copy_from_slice(&noise);
        let _ = try_read(bytes);
    }
}
