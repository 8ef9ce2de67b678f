//! Parameters that a partition changes: all together or not at all, and only if the plan lets it.

use super::{
    guest::Do,
    plans::{boot, partition, system},
};
use abi::hypercall::{self as call, change};

const MS: u64 = 1_000_000;
const RESERVED: &str = "rtds = { period = \"1ms\", budget = \"200us\", extratime = false }";

fn with_control(control: bool) -> std::string::String {
    let more = std::format!("control = {control}\nrtds = {{ period = \"1ms\", budget = \"100us\" }}");
    system(1, "rtds", &[partition("load", RESERVED), partition("steward", &more)])
}

/// A call that changes the reservation of vCPU 0 of partition 0 to `budget` ns in every ms.
fn reserve(budget: u64) -> Do {
    Do::call([call::CHANGE, change::VCPU, MS, budget, 0, 0])
}

fn apply() -> Do {
    Do::call([call::APPLY, 0])
}

#[test]
fn a_change_holds_from_the_instant_it_is_applied() {
    let bench = boot(&with_control(true));
    bench.script(
        1,
        0,
        &[Do::call([call::WAIT_UNTIL, 10 * MS]), reserve(400_000), apply(), Do::call([call::WAIT_UNTIL, 90 * MS])],
    );
    bench.run_until(20 * MS);
    let results: std::vec::Vec<u64> = bench.values(1, 0).iter().map(|value| value.1).collect();
    assert_eq!(results[1..3], [call::SUCCESS, call::SUCCESS]);
    let ran = bench.time_of(0, 0, 20 * MS);
    assert!((5_990_000..=6_010_000).contains(&ran), "{ran}");
}

#[test]
fn one_change_that_is_refused_takes_the_others_with_it() {
    let bench = boot(&with_control(true));
    bench.script(1, 0, &[reserve(400_000), reserve(2 * MS), apply(), apply(), Do::call([call::WAIT_UNTIL, 90 * MS])]);
    bench.run_until(10 * MS);
    let results: std::vec::Vec<u64> = bench.values(1, 0).iter().map(|value| value.1).collect();
    assert_eq!(
        results[..4],
        [call::SUCCESS, call::SUCCESS, call::REFUSED, call::SUCCESS],
        "the list is empty after it"
    );
    let ran = bench.time_of(0, 0, 10 * MS);
    assert!((1_990_000..=2_010_000).contains(&ran), "{ran}");
}

#[test]
fn without_control_nothing_changes() {
    let bench = boot(&with_control(false));
    bench.script(
        1,
        0,
        &[reserve(400_000), apply(), Do::call([call::PARAMETERS, 0]), Do::call([call::WAIT_UNTIL, 90 * MS])],
    );
    bench.run_until(10 * MS);
    assert!(bench.values(1, 0).iter().take(3).all(|value| value.1 == call::DENIED));
    let ran = bench.time_of(0, 0, 10 * MS);
    assert!((1_990_000..=2_010_000).contains(&ran), "{ran}");
}

#[test]
fn whom_the_pool_does_not_have_cannot_be_named() {
    let bench = boot(&with_control(true));
    let strange = [1 << 16 | change::POOL, 2 << 16 | change::GROUP, change::VCPU | 1 << 32, change::VCPU | 7 << 16, 9];
    let mut script: std::vec::Vec<Do> = strange.iter().map(|what| Do::call([call::CHANGE, *what])).collect();
    script.extend((0..call::CHANGES).map(|_| reserve(300_000)));
    script.extend([reserve(300_000), Do::call([call::APPLY, 2]), Do::call([call::WAIT_UNTIL, 90 * MS])]);
    bench.script(1, 0, &script);
    bench.run_until(10 * MS);
    let results: std::vec::Vec<u64> = bench.values(1, 0).iter().map(|value| value.1).collect();
    assert!(results[..5].iter().all(|result| *result == call::INVALID), "{results:?}");
    assert!(results[5..21].iter().all(|result| *result == call::SUCCESS), "{results:?}");
    assert_eq!(results[21..23], [call::FULL, call::INVALID]);
}
