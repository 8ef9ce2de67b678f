//! What is admitted and what is refused, by which test, and by how much.

use super::refusals::add;
use super::*;
use sched::Scheduler;

const NONE: CpuSet = CpuSet::EMPTY;

/// Adds reservations one after the other; the index of the first that is refused, with what it needs and what there
/// is, in millionths of a pCPU.
pub(super) fn admit(count: u8, params: PoolParams, all: &[VcpuParams]) -> Result<(), (usize, u64, u64)> {
    let mut policy = policy(count, params);
    let mut each = all.iter().enumerate();
    each.try_for_each(|(index, params)| {
        add(&mut policy, index as u16, *params, Affinity::ANY).map_err(|(needs, has)| (index, needs, has))
    })
}

pub(super) fn guarantee(server: Server) -> PoolParams {
    PoolParams { server, admission: Admission::Guarantee, ..PoolParams::default() }
}

// [RTDS-R-14]
#[test]
fn deferrable_servers_on_several_pcpus_are_refused_and_best_effort_is_not() {
    let deferrable = guarantee(Server::Deferrable);
    assert_eq!(admit(2, deferrable, &[VcpuParams::BEST_EFFORT, hard(10, 1)]), Err((1, 2_000_000, 1_000_000)));
    assert_eq!(admit(1, deferrable, &[VcpuParams::BEST_EFFORT, hard(10, 1)]), Ok(()));
    let partitioned = PoolParams { placement: Placement::Partitioned, ..deferrable };
    assert_eq!(admit(2, partitioned, &[hard(10, 5), hard(10, 5)]), Ok(()));
}

// [RTDS-R-14]
#[test]
fn urgent_deferrable_servers_are_guaranteed_among_themselves_alone() {
    let deferrable = guarantee(Server::Deferrable);
    assert_eq!(admit(1, deferrable, &[urgent(100, 10), urgent(100, 10)]), Ok(()));
    assert_eq!(admit(1, deferrable, &[urgent(100, 10), hard(100, 10)]), Err((1, 200_000, 100_000)));
    assert_eq!(admit(1, deferrable, &[hard(100, 10), hard(100, 10)]), Ok(()));
}

// [RTDS-R-14]
#[test]
fn a_deferrable_server_may_have_all_of_a_pcpu() {
    let deferrable = guarantee(Server::Deferrable);
    assert_eq!(admit(1, deferrable, &[hard(10, 10)]), Ok(()));
    // 90 % and what it can take back to back: U (P - Q) / P = 9 %.
    assert_eq!(admit(1, deferrable, &[hard(10, 9)]), Ok(()));
    assert_eq!(admit(1, deferrable, &[hard(10, 9), hard(100, 2)]).unwrap_err().0, 1);
}

// [RTDS-R-14] [RTDS-R-15]
#[test]
fn urgent_reservations_need_a_pcpu_each_or_one_for_them_alone() {
    let cbs = guarantee(Server::ConstantBandwidth);
    assert_eq!(admit(2, cbs, &[urgent(10, 6), urgent(10, 6)]), Ok(()));
    // The third would get 4 ms on each of two pCPUs at the same time.
    assert_eq!(admit(2, cbs, &[urgent(10, 6); 3]), Err((2, 3_000_000, 2_000_000)));
    assert_eq!(admit(2, cbs, &[urgent(10, 6), urgent(10, 6), hard(10, 1)]), Err((2, 2_100_000, 2_000_000)));
    assert_eq!(admit(1, cbs, &[urgent(10, 5), urgent(20, 10)]), Ok(()));
    assert_eq!(admit(1, cbs, &[urgent(10, 5), hard(20, 10)]), Err((1, 1_500_000, 1_000_000)));
}

// [RTDS-R-14]
#[test]
fn global_edf_guarantees_nothing_to_a_reservation_that_may_not_run_everywhere() {
    let mut policy = policy(2, guarantee(Server::ConstantBandwidth));
    let one = Affinity::hard(CpuSet::from_bits(2));
    assert_eq!(add(&mut policy, 0, hard(10, 1), one), Err((2, 1)));
    assert_eq!(add(&mut policy, 0, hard(10, 1), Affinity::hard(CpuSet::from_bits(7))), Ok(()));
    assert_eq!(add(&mut policy, 1, VcpuParams::BEST_EFFORT, one), Ok(()));
    // Nor does it become one later, whichever of its parameters comes last.
    let before = policy.clone();
    let mut refused = |all: &[Change<Rtds<Vec<Slot>>>]| policy.change(all, When::Now, at(0)).map_err(|why| why.has);
    assert_eq!(refused(&[Change::Vcpu(Vcpu(1), hard(10, 1))]), Err(1));
    assert_eq!(refused(&[Change::Affinity(Vcpu(0), one)]), Err(1));
    assert_eq!(refused(&[Change::Affinity(Vcpu(1), Affinity::ANY), Change::Vcpu(Vcpu(1), hard(10, 1))]), Ok(NONE));
    assert_eq!(refused(&[Change::Vcpu(Vcpu(1), VcpuParams::BEST_EFFORT), Change::Affinity(Vcpu(1), one)]), Ok(NONE));
    assert!(policy.in_force(Vcpu(1)) == before.in_force(Vcpu(1)));
}

// [RTDS-R-14]
#[test]
fn a_guarantee_is_set_only_where_every_reservation_may_run_everywhere() {
    let guarantee = Change::Pool(guarantee(Server::ConstantBandwidth));
    let mut policy = policy(2, PoolParams::default());
    let one = Affinity::hard(on(1));
    add(&mut policy, 0, hard(10, 1), one).unwrap();
    add(&mut policy, 1, VcpuParams::BEST_EFFORT, one).unwrap();
    let before = policy.clone();
    assert!(policy.change(&[guarantee], When::Now, at(0)).is_err());
    // What comes after it in the same call has to pass the new test.
    let everywhere = Change::Affinity(Vcpu(0), Affinity::ANY);
    assert!(policy.change(&[everywhere, guarantee, Change::Vcpu(Vcpu(1), hard(10, 1))], When::Now, at(0)).is_err());
    assert!(policy == before);
    assert_eq!(policy.change(&[everywhere, guarantee], When::Now, at(0)), Ok(NONE));
    assert!(add(&mut policy, 2, hard(10, 1), one).is_err());
}

// [RTDS-R-14]
#[test]
fn three_servers_of_60_percent_are_refused_as_deferrable_and_admitted_as_cbs() {
    let all = [hard(5, 1), hard(10, 2), hard(20, 4)];
    assert!(admit(1, guarantee(Server::Deferrable), &all).is_err());
    assert_eq!(admit(1, guarantee(Server::ConstantBandwidth), &all), Ok(()));
    // Alone, a deferrable server of 50 % disturbs nobody but itself.
    assert_eq!(admit(1, guarantee(Server::Deferrable), &[hard(10, 5)]), Ok(()));
}

// [RTDS-R-14]
#[test]
fn an_exact_fit_is_admitted_and_nothing_beyond_it() {
    let third = hard(30, 10);
    let least = VcpuParams::reserve(ns(10_000), ms(1000), false).unwrap();
    assert_eq!(admit(1, guarantee(Server::ConstantBandwidth), &[third; 3]), Ok(()));
    let over = [third, third, third, least];
    for admission in [Admission::Capacity, Admission::Guarantee] {
        let refused = admit(1, PoolParams { admission, ..PoolParams::default() }, &over);
        assert_eq!(refused, Err((3, 1_000_010, 1_000_000)));
    }
    assert_eq!(admit(1, untested(Server::ConstantBandwidth), &over), Ok(()));
}

// [RTDS-R-14]
#[test]
fn global_edf_admits_by_the_density_bound() {
    // Two pCPUs: U ≤ 2 − u. Dhall's set, a heavy vCPU beside light ones, is refused at any size of the light ones.
    let cbs = guarantee(Server::ConstantBandwidth);
    let (half, light) = (hard(10, 5), hard(9, 1));
    assert_eq!(admit(2, cbs, &[half; 3]), Ok(()));
    assert_eq!(admit(2, cbs, &[half, half, half, hard(100, 1)]), Err((3, 1_510_000, 1_500_000)));
    assert!(admit(2, cbs, &[light, light, hard(10, 10)]).is_err());
    // As an urgent one it has a pCPU, and the light ones share the other.
    assert_eq!(admit(2, cbs, &[light, light, urgent(10, 10)]), Ok(()));
}

// [RTDS-R-14]
#[test]
fn a_stricter_test_is_set_only_if_it_holds() {
    let mut world = machine_with(PoolParams::default(), 2);
    let all = [0; 3].map(|_| hog(&mut world, hard(10, 6)));
    let stricter = [Change::Pool(guarantee(Server::ConstantBandwidth))];
    assert!(!change(&mut world, &stricter, When::Now));
    assert!(change(&mut world, &all.map(|v| Change::Vcpu(v, hard(10, 4))), When::Now));
    // What the heaviest was is forgotten once one of them is gone.
    world.switch_off(all[2]);
    settle(&mut world);
    assert_eq!(world.remove(all[2]), Ok(()));
    assert!(change(&mut world, &stricter, When::Now));
    let more = [Change::Vcpu(all[0], hard(10, 10)), Change::Vcpu(all[1], hard(10, 9))];
    assert!(!change(&mut world, &more, When::Now));
    assert!(change(&mut world, &[Change::Pool(untested(Server::ConstantBandwidth))], When::Now));
    assert!(change(&mut world, &more, When::Now));
}
