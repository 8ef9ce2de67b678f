//! The trace file: exact round trips, and damage that is always noticed.

use super::*;
use crate::Event;
use proptest::prelude::*;
use std::{string::ToString, vec};

fn mark(now: u64) -> Event {
    Event::Mark { now: Instant::from_nanos(now), partition: 1, vcpu: 0, kind: 2, task: 3, args: [4, 5, 6] }
}

fn recording() -> Recording {
    Recording {
        unit: Unit::Instructions,
        plan_hash: 0xfeed,
        schedulers: vec!["rtds".into(), "a-name-of-16-char".chars().take(16).collect()],
        epoch: 1,
        frequency: 62_500_000,
        ended: true,
        end_time: Instant::from_nanos(50),
        rings: vec![
            Ring { events: vec![mark(1), mark(2)], dropped: 0, losses: vec![] },
            Ring { events: vec![], dropped: 9, losses: vec![] },
            Ring {
                events: vec![mark(3), mark(4)],
                dropped: 4,
                losses: vec![Loss { at: 0, events: 1 }, Loss { at: 2, events: 3 }],
            },
        ],
    }
}

fn saved(recording: &Recording, plan: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    save(&mut bytes, recording, plan).unwrap();
    bytes
}

#[test]
fn what_is_saved_is_loaded_and_saved_again_the_same() {
    for plan in [&b""[..], b"plan", b"12345678", b"123456789"] {
        let bytes = saved(&recording(), plan);
        let (loaded, with) = load(&mut &bytes[..]).unwrap();
        assert_eq!(loaded, recording());
        assert_eq!(with, plan);
        assert_eq!(saved(&loaded, &with), bytes);
    }
}

#[test]
fn a_file_of_another_kind_or_version_is_named() {
    let says = |bytes: &[u8]| load(&mut &bytes[..]).unwrap_err().to_string();
    let mut bytes = saved(&recording(), b"plan");
    bytes[8] = 1;
    assert_eq!(says(&bytes), "the trace has format version 1, but this reader knows only version 2");
    bytes[0] = 0;
    assert_eq!(says(&bytes), "this is no Majorframe trace file");
    assert_eq!(says(&bytes[..5]), "the trace ends after 5 bytes, but should have 96");
}

/// Gives damaged content a right checksum, so that the checks behind it are reached.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let content = bytes.len() - 8;
    let mut sum = Fnv::new();
    sum.add(&bytes[..content]);
    bytes[content..].copy_from_slice(&sum.0.to_le_bytes());
    bytes
}

proptest! {
    #[test]
    fn one_changed_byte_is_noticed(at in 0_usize..500, change in 1_u8..) {
        let mut bytes = saved(&recording(), b"plan");
        let at = at % bytes.len();
        bytes[at] ^= change;
        prop_assert!(load(&mut &bytes[..]).is_err());
    }

    #[test]
    fn a_cut_file_is_noticed(length in 0_usize..500) {
        let bytes = saved(&recording(), b"plan");
        let length = length % bytes.len();
        prop_assert!(load(&mut &bytes[..length]).is_err());
    }

    #[test]
    fn noise_with_a_right_checksum_never_panics(
        patch in prop::collection::vec((2_usize..40, prop_oneof![any::<u64>(), 0_u64..100]), 0..6),
    ) {
        let mut bytes = saved(&recording(), b"plan");
        for (word, value) in patch {
            bytes[word * 8..word * 8 + 8].copy_from_slice(&value.to_le_bytes());
        }
        let _ = load(&mut &resealed(bytes)[..]);
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(load(&mut &bytes[..]).is_err());
    }
}
