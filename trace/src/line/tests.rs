//! What goes over the line comes out, and damage costs only what it hits.

use super::*;
use crate::{
    Event, Loss, Recording, Stretch, Unit,
    area::{self, word},
    event::EVENT_BYTES,
};
use proptest::prelude::*;
use sched::Instant;
use std::{vec, vec::Vec};

fn step(now: u64, partition: u16) -> Event {
    Event::Life { now: Instant::from_nanos(now), partition, step: 1, detail: 0, address: now }
}

/// As many events in each of two rings, and a summary behind those of the first.
fn rings(count: u64) -> [Vec<Event>; 2] {
    let mut first: Vec<Event> = (0..count).map(|at| step(2 * at, 0)).collect();
    first.push(Event::Stat { now: Instant::from_nanos(3 * count), stat: 1, value: 7 });
    [first, (0..count).map(|at| step(2 * at + 1, 1)).collect()]
}

/// The frames that the hypervisor sends of these rings.
fn frames(rings: &[Vec<Event>; 2]) -> Vec<Vec<u8>> {
    let mut directory = vec![0; area::DIRECTORY_BYTES / 8];
    let head = [
        (word::MAGIC, area::MAGIC),
        (word::VERSION, area::VERSION),
        (word::PLAN_HASH, 77),
        (word::RINGS, 2),
        (word::ENDED, 1),
        (word::END_TIME, 9_000),
        (word::POOLS, 1),
        (word::SCHEDULERS, u64::from_le_bytes(*b"arinc653")),
    ];
    head.iter().for_each(|(at, word)| directory[*at] = *word);
    for (ring, events) in rings.iter().enumerate() {
        let at = word::RING_FIRST + ring * word::RING_WORDS;
        (directory[at + 1], directory[at + 2]) = (1000, events.len() as u64);
    }
    let pieces: Vec<Words> = directory.as_chunks::<{ EVENT_BYTES / 8 }>().0.to_vec();
    let one = |source: u16, words: &[Words]| -> Vec<Vec<u8>> {
        (0..).zip(words).map(|(position, words)| frame(source, position, words).bytes().to_vec()).collect()
    };
    let words = |ring: usize| -> Vec<Words> { rings[ring].iter().map(|event| event.encode(ring as u8)).collect() };
    [one(BEGIN, &pieces), one(0, &words(0)), one(1, &words(1)), one(END, &pieces)].concat()
}

fn read(bytes: &[u8]) -> Reader {
    let mut reader = Reader::default();
    reader.push(bytes);
    reader
}

fn found(bytes: &[u8]) -> (Recording, Losses) {
    read(bytes).finish(Unit::RealTime).expect("a trace")
}

#[test]
fn an_undamaged_line_gives_every_event_even_among_text() {
    let rings = rings(20);
    let text = b"firmware\r\nleft: hello\r\n".to_vec();
    let bytes = frames(&rings).into_iter().flat_map(|frame| [text.clone(), frame].concat()).collect::<Vec<u8>>();
    let (recording, losses) = found(&bytes);
    assert_eq!(losses, Losses::default());
    assert_eq!(recording.rings.iter().map(|ring| ring.events.clone()).collect::<Vec<_>>(), rings);
    assert_eq!((recording.plan_hash, recording.ended, recording.dropped()), (77, true, 0));
    assert_eq!(recording.schedulers, ["arinc653"]);
}

#[test]
fn a_lost_frame_is_named_and_what_stands_behind_it_is_kept() {
    let rings = rings(20);
    let mut all = frames(&rings);
    all.remove(64 + 5);
    let (recording, losses) = found(&all.concat());
    assert_eq!(losses.events, [(0, 5..6)]);
    assert_eq!(losses.count(), 1);
    assert_eq!(recording.rings[0].events, [&rings[0][..5], &rings[0][6..]].concat());
    assert_eq!((recording.rings[0].dropped, &recording.rings[0].losses[..]), (1, &[Loss { at: 5, events: 1 }][..]));
    assert_eq!(recording.rings[1].events, rings[1], "another pCPU's events lack nothing");
    let known = [Stretch { from: Instant::ZERO, to: Instant::from_nanos(8), cut: true }];
    assert_eq!(recording.known(), known, "its pCPU never chose anew");
    let text = std::format!("{losses}");
    assert!(text.contains("lost 1 events") && text.contains("ring 0: events 5 to 5 are missing"), "{text}");
}

#[test]
fn either_copy_of_the_directory_suffices_but_not_none() {
    let all = frames(&rings(3));
    let (first, last) = (all[64..].concat(), all[..all.len() - 64].concat());
    assert_eq!(found(&first).0, found(&all.concat()).0);
    assert_eq!(found(&last).0, found(&all.concat()).0);
    assert!(read(&all.concat()).ended() && !read(&last).ended());
    let both_heads_lost = [&all[1..all.len() - 64], &all[all.len() - 63..]].concat().concat();
    let error = read(&both_heads_lost).finish(Unit::RealTime).expect_err("no head");
    assert!(std::format!("{error}").contains("damaged the head"), "{error}");
    let error = read(b"majorframe: hello\r\n").finish(Unit::RealTime).expect_err("no trace");
    assert!(std::format!("{error}").contains("no trace came"), "{error}");
}

#[test]
fn a_machine_that_starts_again_sends_a_trace_of_its_own() {
    let twice = [frames(&rings(9)), frames(&rings(4))].concat().concat();
    assert_eq!(found(&twice), found(&frames(&rings(4)).concat()));
}

#[test]
fn a_frame_whose_checksum_holds_by_chance_is_stopped_by_the_check() {
    let mut forged = Frame::new(Kind::Trace, 0);
    assert_eq!(forged.extend(&[0; crate::frame::PAYLOAD]), crate::frame::PAYLOAD);
    forged.finish();
    let all = frames(&rings(3)).concat();
    assert_eq!(found(&[forged.bytes(), &all[..], forged.bytes()].concat()), found(&all));
}

/// A damage at a place: a byte is changed, left out, or put in.
fn damage() -> impl Strategy<Value = (prop::sample::Index, u8, u8)> {
    (any::<prop::sample::Index>(), 0..3_u8, 1..=u8::MAX)
}

fn damaged(mut bytes: Vec<u8>, all: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
    for (at, what, with) in all {
        let at = at.index(bytes.len());
        match what {
            0 => bytes[at] ^= with,
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, *with),
        }
    }
    bytes
}

proptest! {
    #[test]
    fn damage_costs_two_frames_at_most_and_invents_nothing(all in prop::collection::vec(damage(), 0..12)) {
        let rings = rings(40);
        let reader = read(&damaged(frames(&rings).concat(), &all));
        let Ok((recording, losses)) = reader.finish(Unit::RealTime) else {
            prop_assert!(all.len() > 1, "one damage never takes both copies");
            return Ok(());
        };
        prop_assert!(losses.count() <= 2 * all.len() as u64);
        for (ring, (found, sent)) in recording.rings.iter().zip(&rings).enumerate() {
            let lost: u64 = losses.events.iter().filter(|(of, _)| *of == ring).map(|(_, lost)| lost.end - lost.start).sum();
            let mut rest = sent.iter();
            prop_assert!(found.events.iter().all(|event| rest.any(|sent| sent == event)), "in the order of the ring");
            prop_assert_eq!(lost, found.losses.iter().map(|loss| loss.events).sum::<u64>());
            prop_assert_eq!(found.dropped, (sent.len() - found.events.len()) as u64);
            prop_assert_eq!(lost == 0, found.dropped == 0);
        }
    }

    #[test]
    fn noise_is_no_trace(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(read(&bytes).finish(Unit::RealTime).is_err());
    }
}
