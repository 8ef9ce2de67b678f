//! Parameters and their rows: what is refused, and that nothing is lost.

use super::*;
use sched::{Duration, Refused, Row};

// [RTDS-R-12]
#[test]
fn reservations_that_make_no_sense_are_refused() {
    let read = |row: [u64; 4]| VcpuParams::read(&row).map_err(|Refused { key, .. }| key);
    assert_eq!(read([10 * MS, 11 * MS, 0, 0]), Err(1));
    assert_eq!(read([9_000, 9_000, 0, 0]), Err(0));
    assert_eq!(read([10 * MS, 9_000, 0, 0]), Err(1));
    assert_eq!(read([10 * MS, 0, 0, 0]), Err(2));
    assert_eq!(read([10 * MS, MS, 0, 10 * MS]), Err(3));
    assert_eq!(read([u64::MAX, MS, 0, 0]), Err(0));
}

// [RTDS-R-12]
#[test]
fn no_row_means_best_effort_and_rows_are_exact() {
    let row = sched::param::default_row(VcpuParams::KEYS);
    assert_eq!(VcpuParams::read(&row), Ok(VcpuParams::BEST_EFFORT));
    let params = hard(20, 3).with_offset(ns(7)).unwrap();
    let mut row = [0; 5];
    params.write(&mut row);
    assert_eq!(VcpuParams::read(&row), Ok(params));
    assert_eq!(PoolParams::read(&[1, 0, 1]), Ok(PoolParams::default()));
}

// [RTDS-R-12]
#[test]
fn parameters_of_a_vcpu_are_what_was_asked_for() {
    let params = soft(20, 3).with_offset(ns(7)).unwrap();
    assert_eq!((params.period(), params.budget(), params.offset()), (ns(20 * MS), ns(3 * MS), ns(7)));
    assert!(params.extratime() && !params.urgent());
    assert!(!hard(20, 3).extratime() && hard(20, 3).with_urgency().unwrap().urgent());
    let words = |params: VcpuParams| {
        let mut row = [9; 5];
        params.write(&mut row);
        row
    };
    assert_eq!(words(params), [20 * MS, 3 * MS, 1, 7, 0]);
    assert_eq!(words(hard(20, 3).with_urgency().unwrap()), [20 * MS, 3 * MS, 0, 0, 1]);
}

// [RTDS-R-12]
#[test]
fn the_ends_of_the_ranges_are_accepted_and_nothing_beyond_them() {
    let (shortest, longest) = (10_000, 4_294_967_295_000);
    let reserve = |budget, period| VcpuParams::reserve(Duration::from_nanos(budget), ns(period), false);
    assert!(reserve(shortest, shortest).is_ok() && reserve(longest, longest).is_ok());
    assert!(reserve(shortest, longest + 1).is_err() && reserve(shortest - 1, longest).is_err());
    assert!(hard(10, 4).with_offset(ns(10 * MS - 1)).is_ok() && hard(10, 4).with_offset(ns(10 * MS)).is_err());
    assert!(VcpuParams::BEST_EFFORT.with_urgency().is_err());
}

// [RTDS-R-12]
#[test]
fn parameters_of_the_pool_are_read_as_they_were_written() {
    for server in [Server::Deferrable, Server::ConstantBandwidth] {
        for placement in [Placement::Global, Placement::Partitioned] {
            for admission in [Admission::Off, Admission::Capacity, Admission::Guarantee] {
                let params = PoolParams { server, placement, admission };
                let mut row = [9; 3];
                params.write(&mut row);
                assert_eq!(PoolParams::read(&row), Ok(params));
            }
        }
    }
    let mut row = [9; 3];
    PoolParams::default().write(&mut row);
    assert_eq!(row, [1, 0, 1]);
    for (key, row) in [[2, 0, 0], [0, 2, 0], [0, 0, 3]].into_iter().enumerate() {
        assert_eq!(PoolParams::read(&row).map_err(|refused| usize::from(refused.key)), Err(key));
    }
}
