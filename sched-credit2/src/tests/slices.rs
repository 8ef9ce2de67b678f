//! How long a slice is, how long urgency lasts, and which parameters are refused.

use super::calls::Calls;
use super::world::US;
use super::*;
use sched::Row;

fn without_limit() -> PoolParams {
    PoolParams { ratelimit: Duration::ZERO, ..PoolParams::DEFAULT }
}

fn two(params: PoolParams) -> (Calls, Vcpu, Vcpu) {
    let mut calls = Calls::new(1, params);
    let [a, b] = [(); 2].map(|()| calls.add(0, VcpuParams::DEFAULT, Affinity::ANY));
    (calls, a, b)
}

// [CREDIT2-R-22]
#[test]
fn equals_take_turns_of_half_a_millisecond_or_of_the_rate_limit() {
    for (params, slice) in [(without_limit(), 500 * US), (PoolParams::DEFAULT, MS)] {
        let (mut calls, a, b) = two(params);
        calls.wake(a, 0);
        calls.wake(b, 0);
        let choice = calls.pick(0, 0);
        assert_eq!((choice.run, choice.until), (Some(a), Some(at(slice))));
        let choice = calls.pick(0, slice);
        assert_eq!((choice.run, choice.until), (Some(b), Some(at(2 * slice))));
    }
}

// [CREDIT2-R-15] [CREDIT2-R-22]
#[test]
fn a_slice_lasts_until_the_lead_is_used_up() {
    let (mut calls, a, b) = two(without_limit());
    calls.wake(a, 0);
    calls.pick(0, 0);
    // It slept for 100 ms, and has a claim on 10 of them.
    calls.wake(b, 100 * MS);
    let choice = calls.pick(0, 100 * MS);
    assert_eq!((choice.run, choice.until), (Some(b), Some(at(110 * MS))));
    calls.yield_now(b, 107 * MS);
    let choice = calls.pick(0, 107 * MS);
    assert_eq!((choice.run, choice.until), (Some(a), Some(at(107 * MS + 500 * US))));
    let choice = calls.pick(0, 107 * MS + 500 * US);
    assert_eq!((choice.run, choice.until), (Some(b), Some(at(111 * MS))));
}

// [CREDIT2-R-22]
#[test]
fn no_slice_is_longer_than_ten_milliseconds_while_others_wait() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let [light, heavy] = [1, 1_000].map(|weight| calls.add(0, own_weight(weight), Affinity::ANY));
    calls.wake(light, 0);
    calls.wake(heavy, 0);
    assert_eq!(calls.pick(0, 0).run, Some(light));
    // The light one is ahead by 1000 ms of the heavy one's time.
    let choice = calls.pick(0, MS);
    assert_eq!((choice.run, choice.until), (Some(heavy), Some(at(11 * MS))));
}

// [CREDIT2-R-22]
#[test]
fn urgency_ends_after_ten_milliseconds_of_running() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let [a, b] = [own_weight(256), hinted(US)].map(|params| calls.add(0, params, Affinity::ANY));
    calls.wake(a, 0);
    calls.pick(0, 0);
    calls.wake(b, 100 * MS);
    assert_eq!(calls.pick(0, 100 * MS).run, Some(b));
    let is_urgent = |calls: &Calls| calls.pool.policy().core().slot(b.0).is_urgent();
    calls.pick(0, 110 * MS - 1);
    assert!(is_urgent(&calls));
    calls.pick(0, 110 * MS);
    assert!(!is_urgent(&calls));
}

// [CREDIT2-R-08]
#[test]
fn parameters_out_of_their_ranges_are_refused() {
    let good = [MS, 10 * MS, 500 * US];
    assert_eq!(PoolParams::read(&good), Ok(PoolParams::DEFAULT));
    let bad = [(0, 99 * US), (0, 500 * MS + 1), (1, MS - 1), (1, 1_000 * MS + 1), (2, 100 * MS + 1)];
    for (word, value) in bad {
        let mut row = good;
        row[word] = value;
        let refused = PoolParams::read(&row).unwrap_err();
        assert_eq!((usize::from(refused.key), refused.has), (word, value));
    }
    for (word, row) in [(0, [65_536, 0]), (1, [0, 1_000 * MS + 1])] {
        assert_eq!(usize::from(VcpuParams::read(&row).unwrap_err().key), word);
    }
}
