//! What holds when the file says nothing, and how what it says reaches the rows.

use std::fs;
use std::path::Path;

use config::plan::{Expect, FaultAction, Under};
use config::resolved::Resolved;
use policies::{Descriptor, find};
use proptest::prelude::*;
use sched::CpuSet;
use sched::param::default_row;

const HEAD: &str = "[system]\nname = 'x'\n[[pool]]\nname = 'main'\ncpus = [0, 2]\nscheduler = 'rtds'\n";

fn read(name: &str, text: &str) -> Result<Resolved, String> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.toml"));
    fs::write(&file, text).expect("writable");
    config::check(&file, &["guests/hello"], config::Arch::default())
        .map(|loaded| loaded.plan)
        .map_err(|report| report.to_string())
}

fn plan(name: &str, rest: &str) -> Resolved {
    let base = "[[partition]]\nname = 'a'\nimage = 'guests/hello'\nmemory = '4MiB'\n";
    read(name, &format!("{HEAD}{base}{rest}")).unwrap_or_else(|report| panic!("{report}"))
}

fn scheduler(plan: &Resolved, name: &str) -> (usize, &'static Descriptor) {
    let index = plan.schedulers.iter().position(|shape| shape.name == name).expect("registered");
    (index, find(name).expect("registered"))
}

#[test]
fn the_defaults_are_those_of_the_reference() {
    let plan = plan("defaults", "");
    assert_eq!((plan.stop, plan.trace_bytes), (None, 64 << 20));
    let partition = &plan.partitions[0];
    assert_eq!((partition.memory_base, partition.vcpus.len(), &*partition.args), (0x4000_0000, 1, ""));
    assert_eq!((partition.on_fault, partition.exit_limit), (FaultAction::Restart, 0));
    assert_eq!(partition.expect, Expect { under: Under::ALL, ..Expect::default() });
    let affinity = partition.vcpus[0].affinity;
    assert_eq!((affinity.hard, affinity.soft), (CpuSet::from_bits(5), CpuSet::from_bits(5)));
}

#[test]
fn without_parameters_every_row_is_its_schedulers_default() {
    let plan = plan("rows", "");
    for (index, shape) in plan.schedulers.iter().enumerate() {
        let policy = find(&shape.name).expect("registered");
        assert_eq!(plan.partitions[0].rows[index].0, default_row(policy.group));
        assert_eq!(plan.partitions[0].vcpus[0].rows[index].0, default_row(policy.vcpu));
        let runs = policy.table.is_none() && policy.pool.iter().all(|key| key.default.is_some());
        assert_eq!(plan.pools[0].rows[index].is_some(), runs, "{}", shape.name);
    }
}

#[test]
fn a_partitions_key_is_its_groups_if_it_has_one_and_else_each_vcpus() {
    let plan = plan(
        "levels",
        "vcpus = 2\ncredit2 = { weight = 99, latency = '7us' }\n[[partition.vcpu]]\ncredit2 = { weight = 5 }\n",
    );
    let (index, policy) = scheduler(&plan, "credit2");
    let column = |keys: &[sched::Key], name| keys.iter().position(|key| key.name == name).expect("a key");
    let partition = &plan.partitions[0];
    assert_eq!(partition.rows[index].0[column(policy.group, "weight")], 99);
    let vcpu = |n: usize, name| partition.vcpus[n].rows[index].0[column(policy.vcpu, name)];
    assert_eq!((vcpu(0, "latency"), vcpu(1, "latency")), (7_000, 7_000));
    assert_eq!((vcpu(0, "weight"), vcpu(1, "weight")), (5, 0));
}

#[test]
fn a_vcpu_can_have_parameters_and_places_of_its_own() {
    let rest = "vcpus = 2\naffinity = [[0], [2]]\nrtds = { period = '10ms', budget = '1ms' }
        [[partition.vcpu]]\n[[partition.vcpu]]\naffinity = [0, 2]\nprefer = [2]\nrtds = { budget = '2500us' }";
    let plan = plan("single", rest);
    let (index, _) = scheduler(&plan, "rtds");
    let vcpus = &plan.partitions[0].vcpus;
    assert_eq!(vcpus[0].rows[index].0[..2], [10_000_000, 1_000_000]);
    assert_eq!(vcpus[1].rows[index].0[..2], [10_000_000, 2_500_000]);
    assert_eq!(vcpus[0].affinity.hard, CpuSet::from_bits(1));
    assert_eq!((vcpus[1].affinity.hard, vcpus[1].affinity.soft), (CpuSet::from_bits(5), CpuSet::from_bits(4)));
}

#[test]
fn partitions_are_sorted_by_pool_and_windows_name_their_groups() {
    let text = "[system]\nname = 'x'\n
        [[pool]]\nname = 'one'\ncpus = [0]\nscheduler = 'credit'\n
        [[pool]]\nname = 'two'\ncpus = [1]\nscheduler = 'arinc653'
        arinc653 = { major_frame = '1ms', windows = [
          { partition = 'c', start = '0us', length = '10us' }, { partition = 'a', start = '20us', length = '10us' } ] }\n"
        .to_string();
    let partition = |name, pool| {
        format!("[[partition]]\nname = '{name}'\npool = '{pool}'\nimage = 'guests/hello'\nmemory = '2MiB'\n")
    };
    let plan = read("sorted", &(text + &partition("a", "two") + &partition("b", "one") + &partition("c", "two")))
        .expect("sound");
    let order: Vec<_> = plan.partitions.iter().map(|partition| (&*partition.name, partition.pool)).collect();
    assert_eq!(order, [("b", 0), ("a", 1), ("c", 1)]);
    let (index, _) = scheduler(&plan, "arinc653");
    let entries = &plan.pools[1].rows[index].as_ref().expect("a schedule").entries;
    assert_eq!((entries[0].0[0], entries[1].0[0]), (1, 0));
    assert!(plan.pools[0].rows[index].is_none());
}

proptest! {
    /// Whatever is in the file, the answer is a plan or a report.
    #[test]
    fn no_text_breaks_the_reader(
        pieces in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop_oneof![
                Just("[["), Just("]]"), Just("= 7"), Just("\""), Just("{"), Just("-1"), Just("[]"), Just("\n"),
                Just("vcpus = 8\n"), Just("affinity = [[0], [1]]\n"), Just("rtds = {}\n"), Just("18446744073709551615"),
                Just("µ"), Just("0x"), Just("\"9999999999s\""), Just("[partition.arinc653]\n"), Just("[[partition.vcpu]]\n"),
            ]),
            1..5,
        )
    ) {
        let mut text = include_str!("../../configs/linux.toml").to_string();
        for (at, length, piece) in pieces {
            let places: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = at.index(places.len());
            let to = (from + length.index(12)).min(places.len() - 1);
            text.replace_range(places[from]..places[to], piece);
        }
        let _ = read("noise", &text);
    }
}

#[test]
fn schedules_are_numbered_by_name_and_the_one_in_force_at_boot_is_the_first() {
    let text = "[system]\nname = 'x'\n[[pool]]\nname = 'main'\ncpus = [0]\nscheduler = 'arinc653'\n\
        [pool.arinc653]\nmajor_frame = '20ms'\nschedule = 'landing'\nslack = 'next'\nlateness_limit = '5us'\nwindows = [\n\
        { schedule = 'cruise', partition = 'a', start = '0ms', length = '8ms' },\n\
        { schedule = 'landing', partition = 'a', start = '4ms', length = '8ms' },\n\
        { partition = 'a', start = '12ms', length = '1ms' } ]\n\
        [[partition]]\nname = 'a'\nimage = 'guests/hello'\nmemory = '4MiB'\n";
    let plan = read("schedules", text).unwrap_or_else(|report| panic!("{report}"));
    let rows = plan.pools[0].rows[scheduler(&plan, "arinc653").0].as_ref().expect("it can run the pool");
    assert_eq!(rows.row.0[..4], [20_000_000, 0, 1, 5_000]);
    assert_eq!(rows.entries.iter().map(|entry| entry.0[4]).collect::<Vec<_>>(), [1, 0, 0]);
}

#[test]
fn a_guarantee_that_holds_is_accepted_and_one_that_does_not_only_warns_under_another_scheduler() {
    let pool = |scheduler, budget| {
        format!(
            "[system]\nname = 'x'\n[[pool]]\nname = 'main'\ncpus = [0]\nscheduler = '{scheduler}'\n\
            rtds = {{ server = 'deferrable', admission = 'guarantee' }}\n\
            [[partition]]\nname = 'a'\nimage = 'guests/hello'\nmemory = '4MiB'\n\
            rtds = {{ period = '10ms', budget = '{budget}' }}\n\
            [[partition]]\nname = 'b'\nimage = 'guests/hello'\nmemory = '4MiB'\n\
            rtds = {{ period = '10ms', budget = '1ms' }}\n"
        )
    };
    assert!(read("guaranteed", &pool("rtds", "2ms")).is_ok());
    assert!(read("not_guaranteed", &pool("rtds", "6ms")).is_err());
    assert!(read("elsewhere", &pool("credit", "6ms")).is_ok());
}
