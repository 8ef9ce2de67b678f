//! When guests run: waits, shares, windows, and no interrupt without a reason.

use super::{
    bench::Span,
    guest::Do,
    plans::{boot, partition, system},
};
use abi::hypercall as call;

const MS: u64 = 1_000_000;

fn lone() -> std::string::String {
    system(1, "rtds", &[partition("solo", "")])
}

#[test]
fn a_vcpu_wakes_exactly_at_the_instant_it_waited_for() {
    let bench = boot(&lone());
    bench.script(0, 0, &[Do::Run(100), Do::call([call::WAIT_UNTIL, 12_345]), Do::Run(7)]);
    bench.run_until(20_000);
    assert_eq!(bench.times(0, 0), [0, 100, 12_345, 12_352]);
    assert_eq!(bench.values(0, 0), [(12_345, call::SUCCESS)]);
    let solo = |from, to| Span { cpu: 0, partition: 0, vcpu: 0, from, to };
    assert_eq!(bench.spans(), [solo(0, 100), solo(12_345, 20_000)]);
}

#[test]
fn a_lone_runnable_guest_leaves_the_timer_off() {
    let bench = boot(&lone());
    bench.run_until(1_000 * MS);
    assert_eq!(bench.timer(0), None);
    assert_eq!(bench.cpu(0).exits.get(), 0);
    assert_eq!(bench.runs(0), Some((0, 0)));
}
