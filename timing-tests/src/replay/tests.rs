//! Replay of runs recorded on this machine, as they were and altered.

use super::*;
use crate::testing::{Collect, at, plan, recording};
use proptest::prelude::*;
use sched::{Affinity, AnyRow, Cpu, Group, Life, Log, Pool as SchedPool, Vcpu, Why};
use trace::{Event, Seam, event::SeamEvent};

type Recorded = (Recording, Plan);

/// Two vCPUs on one pCPU, with the rows for each of them, through a few rounds of waking and waiting.
fn recorded(scheduler: &str, rows: [AnyRow; 2]) -> Recorded {
    let mut plan = plan(&["flight", "linux"]);
    plan.pools[0].scheduler = scheduler.into();
    let mut pool = SchedPool::new(build(&plan.pools[0]).unwrap(), vec![Life::ABSENT; 2], at(0));
    let mut sink = Collect::default();
    let log = &mut Seam::new(0, 0, &mut sink);
    for (v, row) in (0..).zip(rows) {
        pool.add(Vcpu(v), Group(v), row, Affinity::ANY, at(0), log).unwrap();
    }
    for round in 0..4 {
        rounds(&mut pool, at(1_000_000 * round), log);
    }
    let mut recording = recording(5_000_000, sink.0);
    recording.schedulers = vec![scheduler.into()];
    (recording, plan)
}

fn rounds(pool: &mut SchedPool<Policy<Heap>, Vec<Life>>, from: Instant, log: &mut impl Log) {
    let after = |nanos| from + sched::Duration::from_nanos(nanos);
    for v in [1, 0] {
        pool.wake(Vcpu(v), after(10), log);
    }
    for (wait, nanos) in [(0, 300_000), (1, 700_000)] {
        pool.pick(Cpu(0), after(nanos), log);
        pool.block(Vcpu(wait), Why::Wait, after(nanos + 50_000), log);
        pool.pick(Cpu(0), after(nanos + 50_000), log);
        pool.saved(Vcpu(wait), Cpu(0), after(nanos + 50_016), log);
    }
    while pool.alarm().is_some_and(|alarm| alarm <= after(900_000)) {
        pool.expire(after(900_000), log);
    }
}

fn rtds() -> Recorded {
    recorded("rtds", [AnyRow([1_000_000, 400_000, 0, 0, 0, 0]), AnyRow([5_000_000, 1_000_000, 1, 0, 0, 0])])
}

fn ending(of: &Recorded) -> Ending {
    replay(&of.0, &of.1).remove(0).ending
}

#[test]
fn what_was_recorded_is_replayed_with_the_same_answers() {
    for of in [recorded("null", [AnyRow::default(); 2]), rtds()] {
        let replay = replay(&of.0, &of.1).remove(0);
        assert!(replay.is_same(), "{replay}");
        assert!(replay.calls > 30);
        assert_eq!(
            replay.to_string(),
            format!("main ({}): {} calls replayed, every answer is the same", replay.scheduler, replay.calls)
        );
    }
}

/// The index of the event of the `nth` pick.
fn pick_at(recording: &Recording, nth: usize) -> usize {
    let events = recording.rings[0].events.iter().enumerate();
    events.filter(|(_, event)| matches!(event, Event::Seam(SeamEvent { kind: 1, .. }))).nth(nth).unwrap().0
}

#[test]
fn an_altered_answer_is_found_and_shown_with_the_calls_before_it() {
    let mut of = recorded("null", [AnyRow::default(); 2]);
    let index = pick_at(&of.0, 2);
    let Event::Seam(pick) = &mut of.0.rings[0].events[index] else { panic!("a pick is a seam event") };
    pick.words[0] = 0;
    let shown = replay(&of.0, &of.1).remove(0).to_string();
    let expected = "\
main (null): DIFFERENT, of 42 calls:
    4: wake v0 at 10 ns: nothing
    5: pick on cpu0 at 300 us: run v1
    6: block v0 (waits) at 350 us: nothing
    7: pick on cpu0 at 350 us: run v1
    8: saved v0 of cpu0 at 350.016 us: nothing
  > 9: pick on cpu0 at 700 us: recorded run v0; replayed run v1";
    assert_eq!(shown, expected);
}

#[test]
fn every_part_of_an_answer_is_compared() {
    for word in 0..5 {
        let mut of = rtds();
        let index = pick_at(&of.0, 0);
        let Event::Seam(pick) = &mut of.0.rings[0].events[index] else { panic!("a pick is a seam event") };
        pick.words[word] ^= 2;
        let Ending::Different(differences) = ending(&of) else { panic!("word {word} was not compared") };
        assert_eq!((differences.len(), differences[0].before.len()), (1, 4));
    }
}

#[test]
fn a_missing_call_ends_the_replay_with_its_own_status() {
    let mut of = rtds();
    let index = pick_at(&of.0, 3);
    of.0.rings[0].events.remove(index);
    let Ending::Gap(gap) = ending(&of) else { panic!("the gap was not found") };
    assert_eq!(gap.found, gap.missing + 1);
}

#[test]
fn a_recording_with_losses_is_replayed_as_far_as_it_goes() {
    let mut of = rtds();
    of.0.rings[0].events.truncate(20);
    of.0.rings[0].dropped = 11;
    assert_eq!(ending(&of), Ending::Dropped(11));
}

#[test]
fn a_scheduler_that_is_not_built_in_is_named() {
    let mut of = rtds();
    of.1.pools[0].scheduler = "edf".into();
    assert_eq!(ending(&of), Ending::NotBuilt("this tool knows no scheduler edf".into()));
    of.1.pools[0].params = None;
    assert_eq!(ending(&of), Ending::NotBuilt("the plan has no parameters of edf for the pool".into()));
}

proptest! {
    #[test]
    fn noise_in_the_calls_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..9, any::<u64>()), 1..8),
    ) {
        let mut of = rtds();
        for (at, word, value) in changes {
            let ring = &mut of.0.rings[0].events;
            let at = at.index(ring.len());
            let mut words = ring[at].encode(0);
            words[word.min(7)] ^= value;
            if let Some(event) = Event::decode(&words) {
                ring[at] = event;
            }
        }
        let _ = replay(&of.0, &of.1);
        crate::measure(&of.0, &of.1);
    }
}
