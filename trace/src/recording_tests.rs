//! What is known of a recording that lacks events.

use super::*;
use crate::{Seam, Sink, Words};
use sched::{Answer, Call, Cpu, Log};
use std::vec;

#[derive(Default)]
struct Collect(Vec<Event>);

impl Sink for Collect {
    fn push(&mut self, event: Words) {
        self.0.extend(Event::decode(&event));
    }
}

/// A choice of a pCPU at `now`.
fn pick(now: u64) -> Event {
    let mut sink = Collect::default();
    let call: Call<'_, crate::seam::AnyParams> = Call::Pick { cpu: Cpu(0) };
    Seam::new(0, 0, &mut sink).record(1, at(now), &call, &Answer::default());
    sink.0[0]
}

fn life(now: u64) -> Event {
    Event::Life { now: at(now), partition: 0, step: 1, detail: 0, address: 0 }
}

fn stat(now: u64) -> Event {
    Event::Stat { now: at(now), stat: 1, value: 1 }
}

fn at(nanos: u64) -> Instant {
    Instant::from_nanos(nanos)
}

fn ring(events: &[Event], dropped: u64, losses: &[(usize, u64)]) -> Ring {
    let losses = losses.iter().map(|(at, events)| Loss { at: *at, events: *events }).collect();
    Ring { events: events.to_vec(), dropped, losses }
}

/// From, to, and whether it is cut, of each stretch of a run of 100 ns.
fn known(rings: Vec<Ring>) -> Vec<(u64, u64, bool)> {
    let recording = Recording {
        unit: Unit::Simulated,
        plan_hash: 0,
        schedulers: vec![],
        epoch: 0,
        frequency: 1,
        ended: true,
        end_time: at(100),
        rings,
    };
    recording.known().iter().map(|known| (known.from.nanos(), known.to.nanos(), known.cut)).collect()
}

#[test]
fn without_losses_all_is_known() {
    assert_eq!(known(vec![ring(&[pick(1), stat(100)], 0, &[])]), [(0, 100, false)]);
    assert_eq!(known(vec![]), [(0, 100, false)]);
}

#[test]
fn behind_a_loss_it_goes_on_when_the_pcpu_chooses_anew() {
    let events = [pick(10), life(20), life(40), pick(50), life(60)];
    assert_eq!(known(vec![ring(&events, 3, &[(2, 3)])]), [(0, 20, true), (50, 100, false)]);
    assert_eq!(known(vec![ring(&events, 3, &[(4, 3)])]), [(0, 50, true)], "it never chose again");
    assert_eq!(known(vec![ring(&events, 3, &[(0, 3)])]), [(10, 100, false)]);
}

#[test]
fn what_a_ring_had_no_room_for_is_missing_to_the_end() {
    let events = [pick(10), pick(50), stat(100)];
    assert_eq!(known(vec![ring(&events, 7, &[])]), [(0, 50, true)]);
    assert_eq!(known(vec![ring(&events, 7, &[(1, 2)])]), [(0, 10, true)]);
    assert_eq!(known(vec![ring(&events[..2], 2, &[(2, 2)])]), [(0, 50, true)], "the last ones of all");
}

#[test]
fn a_stretch_lacks_nothing_on_any_pcpu() {
    let first = ring(&[pick(10), pick(30), pick(70)], 2, &[(1, 1), (2, 1)]);
    let second = ring(&[pick(20), pick(60), pick(90)], 1, &[(1, 1)]);
    assert_eq!(known(vec![first.clone(), second]), [(0, 10, true), (70, 100, false)]);
    assert_eq!(known(vec![first, ring(&[], 0, &[])]), [(0, 10, true), (70, 100, false)]);
}

#[test]
fn a_loss_between_two_events_of_one_instant_parts_the_stretches() {
    assert_eq!(known(vec![ring(&[pick(30), pick(30)], 1, &[(1, 1)])]), [(0, 30, true), (30, 100, false)]);
}
