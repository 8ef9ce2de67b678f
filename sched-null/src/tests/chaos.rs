//! Random calls: each vCPU that is on owns a pCPU or waits, and no pCPU is free beside a waiter for it. That
//! is this policy's own; what every policy must keep is in `conformance`.

use super::*;
use proptest::prelude::*;
use sched::{Change, Group, Life, NoLog, Pool, When, Why};

const VCPUS: u16 = 6;
const CPUS: u8 = 4;
const KINDS: [Surplus; 3] = [Surplus::Wait, Surplus::Refuse, Surplus::Lend];
type Chaos = Pool<Null<Vec<Slot>>, Vec<Life>>;

fn affinity(kind: u8) -> Affinity {
    let hard = [7, 15, 1, 6, 5][usize::from(kind % 5)];
    Affinity { hard: CpuSet::from_bits(hard), soft: CpuSet::from_bits(2) }
}

fn act(pool: &mut Chaos, (call, v, kind): (u8, u16, u8)) {
    let (who, time) = (Vcpu(v), at(0));
    match call {
        0..=4 => drop(pool.wake(who, time, &mut NoLog)),
        5 => drop(pool.block(who, Why::Wait, time, &mut NoLog)),
        6 => drop(pool.block(who, Why::Off, time, &mut NoLog)),
        7 => drop(pool.pick(Cpu(kind % CPUS), time, &mut NoLog)),
        8 => {
            if let Some(cpu) = pool.life(who).unsaved {
                pool.saved(who, cpu, time, &mut NoLog);
            }
        }
        9 => drop(pool.change(&[Change::Affinity(who, affinity(kind))], When::Now, time, &mut NoLog)),
        10 => {
            let set = CpuSet::from_bits(u64::from(kind % 15 + 1));
            pool.change(&[Change::Cpus(set)], When::Now, time, &mut NoLog);
        }
        11 => {
            let surplus = KINDS[usize::from(kind % 3)];
            pool.change(&[Change::Pool(PoolParams { surplus })], When::Now, time, &mut NoLog);
        }
        _ => {
            if pool.remove(who, time, &mut NoLog).is_ok() {
                // It may be refused where the pool has none of its pCPUs at present.
                let added = pool.add(who, Group(0), NoRow, affinity(kind), time, &mut NoLog);
                if added.is_err() {
                    let again = pool.add(who, Group(0), NoRow, Affinity::ANY, time, &mut NoLog);
                    assert!(again.is_ok() || pool.policy().surplus == Surplus::Refuse);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    // [NULL-R-01] [NULL-R-03] [NULL-R-07] [NULL-R-09] [NULL-R-13] [NULL-R-14] [NULL-R-15]
    #[test]
    fn any_sequence_of_calls_keeps_ownership_exact(
        surplus in prop::sample::select(&KINDS[..]),
        steps in prop::collection::vec((0u8..13, 0..VCPUS + 1, any::<u8>()), 1..120),
    ) {
        let mut pool = Pool::new(policy(surplus, VCPUS, cpus(CPUS)), std::vec![Life::ABSENT; VCPUS as usize], at(0));
        for v in 0..VCPUS {
            let added = pool.add(Vcpu(v), Group(0), NoRow, affinity(v as u8), at(0), &mut NoLog);
            prop_assert!(added.is_ok() || surplus == Surplus::Refuse);
        }
        for (call, v, kind) in steps {
            act(&mut pool, (call, v, kind));
            exact(&pool)?;
        }
    }
}

fn exact(pool: &Chaos) -> Result<(), TestCaseError> {
    let policy = pool.policy();
    let (mut owned, mut homes) = (CpuSet::EMPTY, CpuSet::EMPTY);
    for v in (0..VCPUS).map(Vcpu) {
        let slot = policy.slots.at(v.index());
        prop_assert!(slot.own.is_none() || !slot.waits());
        if let Some(cpu) = slot.own {
            prop_assert_eq!(policy.seats.at(cpu.index()).owner, Some(v));
            prop_assert!(slot.affinity.hard.contains(cpu) && !owned.contains(cpu));
            owned = owned.or(CpuSet::only(cpu));
            let has = slot.home == slot.own;
            prop_assert_eq!(has, slot.ready || policy.surplus != Surplus::Lend);
        } else {
            prop_assert!(!slot.ready || slot.waits());
        }
        if let Some(cpu) = slot.home {
            prop_assert_eq!(policy.seats.at(cpu.index()).user, Some(v));
            prop_assert!(slot.affinity.hard.contains(cpu) && !homes.contains(cpu));
            homes = homes.or(CpuSet::only(cpu));
            prop_assert!(!slot.waits() || slot.ready);
        }
        prop_assert!(!slot.waits() || !slot.ready || policy.free.and(slot.affinity.hard).is_empty());
        let lends = policy.surplus == Surplus::Lend;
        let queued = slot.waits() && slot.home.is_none() && (slot.ready || !lends);
        prop_assert_eq!(slot.is_queued(), queued);
        prop_assert!(!queued || policy.idle.and(slot.affinity.hard).is_empty());
    }
    prop_assert_eq!(policy.members as usize, policy.slots.as_slice().iter().filter(|slot| slot.present).count());
    prop_assert_eq!(policy.free, policy.cpus.without(owned));
    prop_assert_eq!(policy.idle, policy.cpus.without(homes));
    let users = (0..CPUS).map(Cpu).filter(|cpu| policy.seats.at(cpu.index()).user.is_some());
    prop_assert_eq!(users.fold(CpuSet::EMPTY, |all, cpu| all.or(CpuSet::only(cpu))), homes);
    let line: Vec<_> = policy.waiting().map(|v| policy.slots.at(v.index()).place).collect();
    prop_assert!(line.is_sorted());
    prop_assert_eq!(line.len(), policy.slots.as_slice().iter().filter(|slot| slot.is_queued()).count());
    prop_assert_eq!(pool.violations(), 0);
    Ok(())
}
