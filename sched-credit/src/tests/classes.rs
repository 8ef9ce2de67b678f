//! BOOST, UNDER and OVER, call by call: who pre-empts whom, when, and for how long.

use super::calls::Calls;
use super::world::US;
use super::*;

fn pinned(calls: &mut Calls, group: u16, weight: u32, cpu: u8) -> Vcpu {
    calls.add(group, own_weight(weight), Affinity::hard(only(cpu)))
}

// [CREDIT-R-03] [CREDIT-R-06]
#[test]
fn a_boost_waits_for_the_rate_limit_and_no_longer() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let [a, b, c] = [(); 3].map(|()| pinned(&mut calls, 0, 256, 0));
    calls.wake(a, 0);
    calls.pick(0, 0);
    assert_eq!(calls.wake(b, 20 * MS), only(0));
    assert_eq!(calls.pick(0, 20 * MS).run, Some(b), "the other one has run for longer than the rate limit");
    calls.yield_now(b, 31 * MS);
    assert_eq!(calls.pick(0, 31 * MS).run, Some(a));
    assert_eq!(calls.wake(c, 31 * MS + 400 * US), only(0));
    let choice = calls.pick(0, 31 * MS + 400 * US);
    assert_eq!((choice.run, choice.until), (Some(a), Some(at(32 * MS))));
    assert_eq!(calls.pick(0, 32 * MS).run, Some(c));
}

// [CREDIT-R-03]
#[test]
fn boosts_are_served_in_the_order_in_which_they_woke() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let [a, b, c] = [(); 3].map(|()| pinned(&mut calls, 0, 256, 0));
    calls.wake(a, 0);
    calls.pick(0, 0);
    calls.wake(b, 20 * MS);
    calls.wake(c, 20 * MS + 1);
    assert_eq!(calls.pick(0, 20 * MS + 1).run, Some(b));
    // By now the other one has had less, and it still waits for its turn.
    assert_eq!(calls.pick(0, 25 * MS).run, Some(b));
    assert_eq!(calls.pick(0, 30 * MS + 1).run, Some(c));
}

// [CREDIT-R-23]
#[test]
fn a_boost_ends_after_a_third_of_a_slice_but_not_before_the_rate_limit() {
    for (ratelimit, end) in [(MS, 50), (20 * MS, 60)] {
        let params = PoolParams { ratelimit: Duration::from_nanos(ratelimit), ..PoolParams::DEFAULT };
        let mut calls = Calls::new(1, params);
        let [a, b] = [(); 2].map(|()| pinned(&mut calls, 0, 256, 0));
        calls.wake(a, 0);
        calls.pick(0, 0);
        calls.wake(b, 40 * MS);
        let choice = calls.pick(0, 40 * MS);
        assert_eq!((choice.run, choice.until), (Some(b), Some(at(end * MS))));
        assert!(calls.pool.policy().core().slot(b.0).is_urgent());
        calls.pick(0, end * MS);
        assert!(!calls.pool.policy().core().slot(b.0).is_urgent());
    }
}

// [CREDIT-R-05]
#[test]
fn without_boost_nobody_is_interrupted_before_the_slice_ends() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let [a, b] = [(); 2].map(|()| pinned(&mut calls, 0, 256, 0));
    calls.wake(a, 0);
    calls.wake(b, 0);
    // Both woke together with credit; after two BOOSTs they take turns by the slice.
    let first = calls.pick(0, 0).run;
    assert_eq!((first, calls.pick(0, 10 * MS).run), (Some(a), Some(b)));
    let choice = calls.pick(0, 20 * MS);
    assert_eq!((choice.run, choice.until), (Some(a), Some(at(50 * MS))));
    assert_eq!(calls.pick(0, 50 * MS).run, Some(b));
}

// [CREDIT-R-03]
#[test]
fn who_comes_back_from_want_of_budget_displaces_nobody_that_had_less() {
    let params = PoolParams { ratelimit: Duration::from_nanos(10 * MS), ..PoolParams::DEFAULT };
    let mut calls = Calls::new(2, params);
    let other = pinned(&mut calls, 0, 256, 1);
    let poor = calls.add(1, own_weight(1), Affinity::hard(only(1)));
    let [a, b] = [(); 2].map(|()| pinned(&mut calls, 0, 256, 0));
    calls.change(Change::Group(Group(1), GroupParams { weight: 256, cap: 10 }), 0);
    // Much is served on pCPU 1, little on pCPU 0.
    calls.wake(other, 0);
    calls.pick(1, 0);
    calls.wake(a, 945 * MS);
    calls.wake(b, 945 * MS);
    assert_eq!(calls.pick(0, 945 * MS).run, Some(a));
    assert_eq!(calls.pick(0, 955 * MS).run, Some(b));
    assert_eq!(calls.pick(0, 965 * MS).run, Some(a));
    // `poor` uses its budget up; it has had little, but for its weight more than `a`.
    calls.wake(poor, 1_000 * MS);
    assert_eq!(calls.pick(1, 1_000 * MS).run, Some(poor));
    calls.saved(other, 1, 1_000 * MS);
    assert_eq!(calls.pick(1, 1_001 * MS).run, Some(other));
    calls.saved(poor, 1, 1_001 * MS);
    calls.change(Change::Affinity(poor, Affinity::ANY), 1_001 * MS);
    // pCPU 0 is late: `a` should have stopped at 995 ms and is beyond its share there, hence OVER.
    assert_eq!(calls.pool.alarm(), Some(at(1_010 * MS)));
    assert_eq!(calls.expire(1_010 * MS), only(1));
    let core = calls.pool.policy().core();
    assert!(core.is_entitled(poor.0) && !core.is_entitled(a.0));
    assert!(core.slot(poor.0).vtime() > core.slot(a.0).vtime());
    assert_eq!(calls.pick(0, 1_010 * MS).run, Some(b));
}
