//! The order of merged events, with clocks that agree and with clocks that do not.

use super::*;
use crate::{Ring, Unit, event::Kind};
use proptest::prelude::*;
use std::vec;

fn call(pool: u8, seq: u32, now: u64) -> Event {
    seam(Kind::Wake, pool, seq, now)
}

fn seam(kind: Kind, pool: u8, seq: u32, now: u64) -> Event {
    let now = Instant::from_nanos(now);
    Event::Seam(SeamEvent { kind: kind as u8, cpu: 0, pool, small: 0, seq, now, words: [0; 6] })
}

fn stat(now: u64) -> Event {
    Event::Stat { now: Instant::from_nanos(now), stat: 1, value: 0 }
}

fn merged(rings: &[&[Event]]) -> Vec<Event> {
    let rings = rings.iter().map(|events| Ring { events: events.to_vec(), dropped: 0, losses: vec![] }).collect();
    let recording = Recording {
        unit: Unit::Simulated,
        plan_hash: 0,
        schedulers: vec![],
        epoch: 0,
        frequency: 1,
        ended: true,
        end_time: Instant::ZERO,
        rings,
    };
    merge(&recording).into_iter().map(|(_, event)| event).collect()
}

#[test]
fn time_decides_between_rings() {
    let (a, b, c) = (stat(1), stat(2), stat(3));
    assert_eq!(merged(&[&[a, c], &[b]]), [a, b, c]);
}

#[test]
fn at_one_instant_the_sequence_number_decides() {
    let (a, b, c) = (call(0, 1, 5), call(0, 2, 5), call(0, 3, 5));
    assert_eq!(merged(&[&[b], &[a, c]]), [a, b, c]);
}

#[test]
fn a_call_waits_for_the_one_before_it_even_behind_a_fast_clock() {
    let (mark, first, second) = (stat(110), call(0, 1, 105), call(0, 2, 106));
    assert_eq!(merged(&[&[mark, first], &[second]]), [mark, first, second]);
}

#[test]
fn a_row_follows_its_call_whatever_stands_in_its_instant() {
    let (add, row, other) = (seam(Kind::Add, 0, 1, 10), seam(Kind::Row, 0, 1, 99), call(1, 1, 10));
    assert_eq!(merged(&[&[add, row], &[other]]), [add, row, other]);
}

proptest! {
    #[test]
    fn nothing_is_lost_whatever_the_rings_hold(
        rings in prop::collection::vec(prop::collection::vec((0_u8..3, 0_u32..6, 0_u64..9, 1_u8..13), 0..12), 0..4),
    ) {
        let event = |&(pool, seq, now, kind): &(u8, u32, u64, u8)| match kind {
            12 => stat(now),
            kind => Event::Seam(SeamEvent { kind, cpu: 0, pool, small: 0, seq, now: Instant::from_nanos(now), words: [0; 6] }),
        };
        let rings: Vec<Vec<Event>> = rings.iter().map(|ring| ring.iter().map(event).collect()).collect();
        let views: Vec<&[Event]> = rings.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(merged(&views).len(), rings.iter().map(Vec::len).sum::<usize>());
    }
}
