//! Promised shares, by the names of parameters.

use super::windows::table_plan;
use crate::{
    metrics::measure,
    plan::Plan,
    testing::{Script, key, plan, recording, times, values},
};
use sched::{Affinity, Cpu, CpuSet, Key};
use trace::Event;

const VCPU: &[Key] = &[key("period"), key("budget")];
const GROUP: &[Key] = &[key("weight"), key("cap")];

fn promised(plan: &Plan, events: Vec<Event>) -> Vec<Option<u64>> {
    let report = measure(&recording(1000, events), plan);
    report.partitions.iter().map(|partition| partition.promised).collect()
}

/// "a", "b", … with these weights and caps.
fn weighted(rows: &[(u64, u64)]) -> Plan {
    let mut plan = plan(&["a", "b", "c", "d"][..rows.len()]);
    for (partition, (weight, cap)) in plan.partitions.iter_mut().zip(rows) {
        partition.params = values(GROUP, &[*weight, *cap]);
    }
    plan
}

/// Ledgers of vCPUs that always want to run.
fn busy(count: u16) -> Vec<Event> {
    (0..count).map(|v| times(v, 1000, [500, 500, 0, 0])).collect()
}

#[test]
fn a_reservation_promises_budget_by_period() {
    let mut plan = plan(&["flight", "linux"]);
    plan.partitions[0].vcpus[0].params = values(VCPU, &[10_000, 4_000]);
    plan.partitions[1].vcpus[0].params = values(VCPU, &[10_000, 0]);
    let second = plan.partitions[0].vcpus[0].clone();
    assert_eq!(promised(&plan, vec![]), [Some(400_000), None]);
    plan.partitions[0].vcpus.push(second);
    assert_eq!(promised(&plan, vec![])[0], Some(800_000));
}

#[test]
fn a_table_promises_the_sum_of_the_windows() {
    let mut plan = table_plan();
    let window = plan.pools[0].table[0];
    assert_eq!(promised(&plan, vec![]), [Some(400_000), Some(400_000)]);
    plan.pools[0].table.push(window);
    assert_eq!(promised(&plan, vec![])[0], Some(800_000));
}

#[test]
fn weights_divide_the_pool_among_those_who_always_want_it() {
    assert_eq!(promised(&weighted(&[(512, 0), (256, 0)]), busy(2)), [Some(666_666), Some(333_333)]);
}

#[test]
fn who_sometimes_waits_has_no_promise_and_leaves_the_rest() {
    let mut script = Script::default();
    script.pick(0, 0, Some(2));
    script.pick(100, 0, Some(0));
    let mut events = script.events();
    events.extend(busy(2));
    events.push(times(2, 1000, [100, 0, 900, 0]));
    let shares = promised(&weighted(&[(256, 0), (256, 0), (9999, 0)]), events);
    assert_eq!(shares, [Some(450_000), Some(450_000), None]);
}

#[test]
fn a_cap_bounds_the_promise_and_the_others_get_the_rest() {
    let shares = promised(&weighted(&[(512, 25), (256, 0), (256, 0)]), busy(3));
    assert_eq!(shares, [Some(250_000), Some(375_000), Some(375_000)]);
}

#[test]
fn one_vcpu_cannot_have_more_than_one_pcpu() {
    let mut plan = weighted(&[(900, 0), (100, 0), (100, 0)]);
    plan.pools[0].cpus = CpuSet::from_bits(3);
    assert_eq!(promised(&plan, busy(3)), [Some(1_000_000), Some(500_000), Some(500_000)]);
}

#[test]
fn bound_vcpus_leave_shares_without_promise() {
    let mut plan = weighted(&[(256, 0), (256, 0)]);
    plan.pools[0].cpus = CpuSet::from_bits(3);
    plan.partitions[0].vcpus[0].affinity = Affinity::hard(CpuSet::only(Cpu(0)));
    assert_eq!(promised(&plan, busy(2)), [None, None]);
}

#[test]
fn without_a_ledger_nobody_knows_who_always_wanted_to_run() {
    assert_eq!(promised(&weighted(&[(256, 0)]), vec![]), [None]);
}
