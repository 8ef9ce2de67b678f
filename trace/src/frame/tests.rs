//! Frames come through, whatever happens around them.

use super::*;
use proptest::prelude::*;
use std::vec::Vec;

/// What a test keeps of an item.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Seen {
    Frame(Kind, u16, Vec<u8>),
    Text(Vec<u8>),
    Damaged,
}

fn read(line: &[u8]) -> Vec<Seen> {
    let mut decoder = Decoder::default();
    let mut seen = Vec::new();
    let mut keep = |item: Option<Item<'_>>| {
        seen.extend(item.map(|item| match item {
            Item::Frame { kind, source, payload } => Seen::Frame(kind, source, payload.to_vec()),
            Item::Text(text) => Seen::Text(text.to_vec()),
            Item::Damaged(_) => Seen::Damaged,
        }));
    };
    line.iter().for_each(|byte| keep(decoder.push(*byte)));
    keep(decoder.end());
    seen
}

fn write(kind: Kind, source: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = Frame::new(kind, source);
    assert_eq!(frame.extend(payload), payload.len());
    frame.finish();
    frame.bytes().to_vec()
}

fn sample() -> Vec<u8> {
    write(Kind::Console, 3, b"tick \0 tock\r\n")
}

fn any_frame() -> impl Strategy<Value = (Kind, u16, Vec<u8>)> {
    let kinds = prop_oneof![Just(Kind::Text), Just(Kind::Console), Just(Kind::Log)];
    (kinds, any::<u16>(), prop::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..=PAYLOAD))
}

#[test]
fn the_bytes_on_the_line_are_these() {
    assert_eq!("123456789".bytes().fold(CRC_START, crc), 0x29b1);
    assert_eq!(write(Kind::Console, 3, b"a\0b"), [0, 3, 2, 3, 2, b'a', 4, b'b', 0x3d, 0x8b, 0]);
}

#[test]
fn a_full_frame_takes_no_more() {
    let mut frame = Frame::new(Kind::Log, 0);
    assert_eq!((0..10).map(|_| frame.extend(&[7; 10])).sum::<usize>(), PAYLOAD);
    frame.finish();
    assert_eq!(frame.bytes().len(), BYTES);
}

#[test]
fn no_single_wrong_bit_goes_unnoticed() {
    let (good, wanted) = (sample(), read(&sample()));
    for bit in 8..(good.len() - 1) * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&bad).iter().all(|seen| !matches!(seen, Seen::Frame(..))), "bit {bit} of {wanted:?}");
    }
}

#[test]
fn text_outside_of_frames_is_shown() {
    let long = "a refusal that is much longer than the longest frame ".repeat(4);
    for text in ["firmware\r\n", &long] {
        let line = [text.as_bytes(), &sample(), text.as_bytes()].concat();
        let shown = |seen: &Seen| if let Seen::Text(text) = seen { text.clone() } else { Vec::new() };
        let all: Vec<u8> = read(&line).iter().flat_map(shown).collect();
        assert_eq!(all, [text, text].concat().as_bytes());
        assert!(read(&line).contains(&read(&sample())[0]));
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read(frames in prop::collection::vec(any_frame(), 0..20)) {
        let line: Vec<u8> = frames.iter().flat_map(|(kind, source, payload)| write(*kind, *source, payload)).collect();
        let wanted: Vec<Seen> = frames.into_iter().map(|(kind, source, payload)| Seen::Frame(kind, source, payload)).collect();
        prop_assert_eq!(read(&line), wanted);
    }

    #[test]
    fn damage_costs_only_the_frame_that_it_hits(
        before in any_frame(), hit in any_frame(), after in any_frame(), at in any::<prop::sample::Index>(), with in any::<u8>(),
    ) {
        let [before, mut hit, after] = [before, hit, after].map(|(kind, source, payload)| write(kind, source, &payload));
        let at = at.index(hit.len());
        hit[at] ^= with;
        let seen = read(&[&before[..], &hit, &after].concat());
        prop_assert_eq!(seen.first().cloned(), read(&before).pop());
        prop_assert_eq!(seen.last().cloned(), read(&after).pop());
    }

    #[test]
    fn loss_costs_only_the_frame_that_it_hits(before in any_frame(), hit in any_frame(), after in any_frame(), keep in any::<prop::sample::Index>()) {
        let [before, hit, after] = [before, hit, after].map(|(kind, source, payload)| write(kind, source, &payload));
        let seen = read(&[&before[..], &hit[..keep.index(hit.len())], &after].concat());
        prop_assert_eq!(seen.first().cloned(), read(&before).pop());
        prop_assert_eq!(seen.last().cloned(), read(&after).pop());
    }

    #[test]
    fn noise_is_survived(noise in prop::collection::vec(any::<u8>(), 0..500)) {
        let seen = read(&[&noise[..], &sample()].concat());
        prop_assert_eq!(seen.last().cloned(), read(&sample()).pop());
    }
}
