//! Every law can fail: a small policy that keeps them all, and for each law a flaw in it that breaks it.

mod turns;

use super::explore::Explorer;
use super::{Goal, Law, Machine, Op, order, random, state};
use crate::Duration;
use std::string::ToString;
use turns::Flaw;

#[test]
fn a_policy_without_flaw_keeps_every_law() {
    random::random(&Flaw::None, 500);
    let explored = Explorer::new(&Flaw::None, 2, 2, 1).run(Goal::Fixpoint).unwrap();
    assert!(explored.fixpoint && explored.states > 1_000, "{explored:?}");
}

#[test]
fn each_flaw_breaks_its_law() {
    for (flaw, law) in Flaw::ALL {
        assert!(random::breaks(flaw, *law, 20_000), "{flaw:?} should break {law:?}");
    }
}

#[test]
fn each_law_has_a_flaw() {
    for law in Law::ALL {
        let has = Flaw::ALL.iter().any(|(_, breaks)| *breaks == law);
        // The ledger is the pool's: no policy can spoil it.
        assert!(has || law == Law::Ledger, "no flaw breaks {law:?}");
    }
}

#[test]
fn a_ledger_that_does_not_add_up_is_found() {
    let mut machine = Machine::new(&Flaw::None, 1, 1);
    machine.perform(Op::Wait(Duration::from_nanos(10)));
    assert_eq!(state::judge(&machine), Ok(()));
    machine.born[0] = machine.now;
    assert_eq!(state::judge(&machine).unwrap_err().law, Law::Ledger);
}

#[test]
fn a_breach_is_shrunk_to_a_sequence_that_people_can_read() {
    let (breach, trail) = random::search(&Flaw::LosesWake, 300).unwrap();
    assert_eq!(breach.law, Law::WorkConservation);
    assert_eq!(trail.to_string(), "t=0: wake v0");
    let (breach, trail) = random::search(&Flaw::EndsNow, 300).unwrap();
    assert_eq!(breach.law, Law::UntilAhead);
    assert!(trail.to_string().ends_with("t=0: pick p0 -> v0 until 0"), "{trail}");
}

#[test]
fn exploration_finds_the_shortest_way_to_a_flaw() {
    let text = Explorer::new(&Flaw::PicksUnsaved, 2, 2, 1).run(Goal::Fixpoint).unwrap_err();
    assert!(text.starts_with("a law is broken: SavedFirst"), "{text}");
    // Wake it, run it, take it off, wake it again, pick it elsewhere.
    assert!(text.lines().count() <= 8 && text.contains("pick p1 -> "), "{text}");
}

#[test]
fn a_normal_form_that_forgets_too_much_is_found_out() {
    let text = Explorer::new(&Flaw::ForgetfulDigest, 2, 2, 1).run(Goal::Fixpoint).unwrap_err();
    assert!(text.contains("takes different states for one"), "{text}");
}

#[test]
fn a_bound_that_is_not_reached_is_no_success() {
    let explored = Explorer::new(&Flaw::None, 1, 1, 0).run(Goal::AtLeast { depth: 3, states: 5 }).unwrap();
    assert!(!explored.fixpoint && explored.depth >= 3 && explored.states >= 5);
}

#[test]
fn tickets_are_known_by_their_order() {
    assert_eq!(order([Some(70), None, Some(3)]), [2, 0, 1]);
    assert_eq!(order([Some(5), Some(5), Some(9)]), [1, 1, 3]);
}
