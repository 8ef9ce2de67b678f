//! Calls collected from the rings, with what belongs to them.

use super::*;
use crate::{Loss, Ring, Seam, Sink, Unit, Words};
use sched::{Affinity, Answer, Call, Cpu, CpuSet, Group, Instant, Log, Vcpu, When};
use std::vec;

#[derive(Default)]
struct Collect(Vec<Event>);

impl Sink for Collect {
    fn push(&mut self, event: Words) {
        self.0.push(Event::decode(&event).unwrap());
    }
}

fn ring(calls: &[(u32, Call<'_, AnyParams>)]) -> Ring {
    let mut sink = Collect::default();
    for (seq, call) in calls {
        let now = Instant::from_nanos(u64::from(*seq));
        Seam::new(0, 0, &mut sink).record(*seq, now, call, &Answer::default());
    }
    Ring { events: sink.0, dropped: 0, losses: vec![] }
}

fn recording(rings: Vec<Ring>) -> Recording {
    Recording {
        unit: Unit::Simulated,
        plan_hash: 0,
        schedulers: vec![],
        epoch: 0,
        frequency: 1,
        ended: true,
        end_time: Instant::ZERO,
        rings,
    }
}

const ROW: AnyRow = AnyRow([1, 2, 3, 4, 5, 6]);

fn add<'a>() -> Call<'a, AnyParams> {
    Call::Add { v: Vcpu(7), g: Group(2), row: ROW, affinity: Affinity::ANY }
}

fn pick<'a>() -> Call<'a, AnyParams> {
    Call::Pick { cpu: Cpu(0) }
}

#[test]
fn calls_of_several_rings_follow_by_number() {
    let recording = recording(vec![ring(&[(2, pick()), (3, add())]), ring(&[(1, pick()), (4, pick())])]);
    let calls = Calls::of(&recording, 0);
    assert_eq!(calls.iter().map(|call| call.event.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(calls.gap, None);
    assert!(Calls::of(&recording, 1).is_empty());
}

#[test]
fn rows_and_items_stay_with_their_call() {
    let all = [Change::Group(Group(3), ROW), Change::Cpus(CpuSet::from_bits(5))];
    let recording =
        recording(vec![ring(&[(1, add()), (2, Call::Change { all: &all, when: When::Boundary }), (3, pick())])]);
    let calls = Calls::of(&recording, 0);
    assert_eq!(calls.get(0).unwrap().row, Some(ROW));
    let items = calls.get(1).unwrap().items;
    assert!(matches!(items[..], [Change::Group(Group(3), ROW), Change::Cpus(cpus)] if cpus.bits() == 5));
    assert!(calls.get(2).unwrap().items.is_empty());
}

#[test]
fn a_missing_or_repeated_number_is_a_gap() {
    for (numbers, missing, found) in [([1, 3, 4], 2, 3), ([2, 3, 4], 1, 2), ([1, 2, 2], 3, 2)] {
        let recording = recording(vec![ring(&numbers.map(|seq| (seq, pick())))]);
        let calls = Calls::of(&recording, 0);
        assert_eq!(calls.gap, Some(Gap { missing, found }));
        assert_eq!(calls.len(), missing as usize - 1);
    }
}

#[test]
fn a_call_whose_row_was_dropped_is_dropped() {
    let mut cut = ring(&[(1, pick()), (2, add())]);
    cut.events.pop();
    cut.dropped = 1;
    assert_eq!(Calls::of(&recording(vec![cut]), 0).len(), 1);
}

#[test]
fn behind_a_loss_the_calls_are_there_but_do_not_follow() {
    let mut holed = ring(&[(1, pick()), (2, add()), (3, pick()), (4, add()), (5, pick())]);
    // Call 3 is missing, and the row of call 4.
    holed.events.remove(5);
    holed.events.remove(3);
    (holed.dropped, holed.losses) = (2, vec![Loss { at: 3, events: 1 }, Loss { at: 4, events: 1 }]);
    let recording = recording(vec![holed]);
    let calls = Calls::of(&recording, 0);
    assert_eq!((calls.len(), calls.recorded(), calls.gap), (2, 3, Some(Gap { missing: 3, found: 5 })));
    assert_eq!(calls.all().map(|call| call.event.seq).collect::<Vec<_>>(), [1, 2, 5]);
}
