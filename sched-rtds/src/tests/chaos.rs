//! Random calls: whatever comes, the protocol holds and nothing that should run is left waiting.

use super::*;
use proptest::prelude::*;
use sched::{Affinity, Change, Cpu, Duration, Group, Leave, Life, NoLog, Phase, Pool, Vcpu, When, Why};

const VCPUS: u16 = 6;
const CPUS: u8 = 3;
type Chaos = Pool<Rtds<Vec<Slot>>, Vec<Life>>;

fn params(kind: u8) -> VcpuParams {
    match kind % 6 {
        0 => VcpuParams::BEST_EFFORT,
        1 => hard(10, 4),
        2 => soft(7, 2),
        3 => soft(20, 15),
        4 => hard(15, 3).with_urgency().unwrap(),
        _ => hard(10, 10),
    }
}

fn affinity(kind: u8) -> Affinity {
    let hard = [7, 7, 1, 6, 5][usize::from(kind % 5)];
    Affinity { hard: CpuSet::from_bits(hard), soft: CpuSet::from_bits(2) }
}

/// Serves everything owed at `now`: kicks, untils, the alarm and saves.
fn settle(pool: &mut Chaos, until: &mut [Option<u64>], now: u64) {
    for _ in 0..2000 {
        let due = (0..CPUS).find(|cpu| until[usize::from(*cpu)].is_some_and(|until| until <= now));
        let kicked = pool.kicks().first().map(|cpu| cpu.0);
        if pool.alarm().is_some_and(|alarm| alarm <= at(now)) {
            pool.expire(at(now), &mut NoLog);
        } else if let Some(cpu) = due.or(kicked) {
            pick(pool, until, cpu, now);
        } else if let Some(v) = (0..VCPUS).map(Vcpu).find(|v| pool.life(*v).unsaved.is_some()) {
            let cpu = pool.life(v).unsaved.unwrap();
            pool.saved(v, cpu, at(now), &mut NoLog);
        } else {
            return;
        }
    }
    panic!("it never settles");
}

fn pick(pool: &mut Chaos, until: &mut [Option<u64>], cpu: u8, now: u64) {
    // A pick in front of a replenishment that is due already may ask to be repeated at once.
    let overdue = pool.alarm().is_some_and(|alarm| alarm <= at(now));
    let choice = pool.pick(Cpu(cpu), at(now), &mut NoLog).choice;
    until[usize::from(cpu)] = choice.until.map(|until| until.nanos());
    assert!(overdue || choice.until.is_none_or(|until| until > at(now)), "{choice:?} at {now}");
    assert_eq!(pool.violations(), 0);
}

/// A whole turn in one call, with the runner yielding, blocking or neither.
fn turn(pool: &mut Chaos, until: &mut [Option<u64>], kind: u8, now: u64) {
    let cpu = Cpu(kind % CPUS);
    // A context that is not yet saved has to be, before its pCPU turns to others.
    if (0..VCPUS).any(|v| pool.life(Vcpu(v)).unsaved == Some(cpu)) {
        return;
    }
    let leave = [None, Some(Leave::Yield), Some(Leave::Block(Why::Wait))][usize::from(kind / 3 % 3)];
    let choice = pool.turn(cpu, leave, at(now), &mut NoLog).choice;
    until[usize::from(cpu.0)] = choice.until.map(|until| until.nanos());
    assert_eq!(pool.violations(), 0);
}

/// One random call.
fn act(pool: &mut Chaos, until: &mut [Option<u64>], (call, v, kind): (u8, u16, u8), now: u64) {
    let (who, time) = (Vcpu(v), at(now));
    match call {
        0..=4 => drop(pool.wake(who, time, &mut NoLog)),
        5..=6 => drop(pool.block(who, Why::Wait, time, &mut NoLog)),
        7 => drop(pool.block(who, Why::Off, time, &mut NoLog)),
        8 => pick(pool, until, kind % CPUS, now),
        9 => turn(pool, until, kind, now),
        10 if kind < 128 => drop(pool.expire(time, &mut NoLog)),
        10 => {
            let set = CpuSet::from_bits(u64::from(kind % 7 + 1));
            pool.change(&[Change::Cpus(set)], When::Now, time, &mut NoLog);
        }
        11 => {
            if let Some(cpu) = pool.life(who).unsaved {
                pool.saved(who, cpu, time, &mut NoLog);
            }
        }
        12 => {
            if matches!(pool.life(who).phase, Phase::Running(_)) {
                pool.yield_now(who, time, &mut NoLog);
            }
        }
        13 => {
            let when = if kind % 2 == 0 { When::Now } else { When::Boundary };
            pool.change(&[Change::Vcpu(who, params(kind))], when, time, &mut NoLog);
        }
        14 => drop(pool.change(&[Change::Affinity(who, affinity(kind))], When::Now, time, &mut NoLog)),
        _ => {
            if pool.remove(who, time, &mut NoLog).is_ok() {
                // It may be refused where the pool has none of its pCPUs at present.
                let added = pool.add(who, Group(0), params(kind), affinity(kind), time, &mut NoLog);
                if added.is_err() {
                    pool.add(who, Group(0), params(kind), Affinity::ANY, time, &mut NoLog).unwrap();
                }
            }
        }
    }
}

impl Rtds<Vec<Slot>> {
    /// The sums of admission are those of a count from nothing; its bounds are not below them.
    fn sums_are_right(&self) -> bool {
        let mut copy = self.clone();
        (0..CPUS).for_each(|home| copy.recount(usize::from(home)));
        copy.terms.loads.iter().zip(self.terms.loads.iter()).all(|(exact, kept)| kept.covers(exact))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    // [RTDS-R-05] [RTDS-R-13]
    #[test]
    fn any_sequence_of_calls_keeps_the_protocol_and_settles(
        cbs in any::<bool>(),
        partitioned in any::<bool>(),
        steps in prop::collection::vec((0u8..16, 0..VCPUS + 1, any::<u8>(), 0u64..6 * MS, 0u8..3), 1..120),
    ) {
        let server = if cbs { Server::ConstantBandwidth } else { Server::Deferrable };
        let placement = if partitioned { Placement::Partitioned } else { Placement::Global };
        let pool = PoolParams { server, placement, admission: Admission::Off };
        let policy = Rtds::new(std::vec![Slot::EMPTY; VCPUS as usize], pool, cpus(CPUS), at(0)).unwrap();
        let mut pool = Pool::new(policy, std::vec![Life::ABSENT; VCPUS as usize], at(0));
        for v in 0..VCPUS {
            pool.add(Vcpu(v), Group(0), params(v as u8), affinity(v as u8), at(0), &mut NoLog).unwrap();
        }
        let mut until = [None; CPUS as usize];
        let mut now = 0;
        for (call, v, kind, wait, calm) in steps {
            now += wait / 4;
            act(&mut pool, &mut until, (call, v, kind), now);
            if calm == 0 {
                settle(&mut pool, &mut until, now);
                quiet(&pool, now)?;
            }
        }
        settle(&mut pool, &mut until, now);
        quiet(&pool, now)?;
    }
}

/// With nothing owed: a spurious pick changes nothing, and no vCPU that may run misses a free pCPU.
fn quiet(pool: &Chaos, now: u64) -> Result<(), TestCaseError> {
    let mut copy = pool.clone();
    for cpu in (0..CPUS).map(Cpu) {
        let before = copy.running(cpu);
        prop_assert_eq!(copy.pick(cpu, at(now), &mut NoLog).choice.run, before);
    }
    prop_assert!(pool.policy().sums_are_right());
    for v in (0..VCPUS).map(Vcpu) {
        let slot = pool.policy().slots.at(v.index());
        let waits = pool.life(v).phase == Phase::Ready;
        prop_assert_eq!(slot.run.is_linked(), waits && slot.may_run());
        let reach = CpuSet::from_bits(slot.run.mask());
        prop_assert!(!slot.run.is_linked() || reach == slot.mask(pool.policy().terms.cpus));
        prop_assert_eq!(slot.refill.is_linked(), waits && slot.params.reserved());
        let free = slot.hard.and(pool.policy().terms.cpus).iter().any(|cpu| pool.running(cpu).is_none());
        prop_assert!(!(waits && slot.may_run() && free), "{:?} misses a free pCPU", v);
        let full = Duration::from_nanos(slot.left.unsigned_abs());
        prop_assert!(
            full <= slot.params.budget().max(slot.next.map_or(full, |next| next.budget()))
                || slot.params.budget().is_zero()
        );
    }
    Ok(())
}
