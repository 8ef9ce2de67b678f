//! Random calls: whatever comes, the protocol holds and nobody runs outside its window.

use super::*;
use proptest::prelude::*;
use sched::{Change, Life, NoLog, Phase, Pool, Vcpu, When, Why};

const VCPUS: u16 = 6;
const CPUS: u8 = 3;
type Chaos = Pool<Arinc653<Vec<Slot>, Vec<Window>>, Vec<Life>>;

fn windows() -> Vec<Window> {
    std::vec![
        window(0, 0, 3),
        window(1, 3, 4).on(CpuSet::from_bits(3)),
        window(2, 3, 2).on(on(2)),
        window(0, 7, 2).on(on(1)),
        window(1, 6, 3).on(on(2)),
        window(2, 1, 5).of(1),
        window(0, 6, 3).on(CpuSet::from_bits(5)).of(1),
    ]
}

fn affinity(kind: u8) -> Affinity {
    let hard = [7, 7, 1, 6, 5][usize::from(kind % 5)];
    Affinity { hard: CpuSet::from_bits(hard), soft: CpuSet::from_bits(2) }
}

/// The partition that has `cpu` at `now`, in the schedule that is in force in `pool`.
fn owner(pool: &Chaos, cpu: u8, now: u64) -> Option<Group> {
    let phase = ns(now % (10 * MS));
    let all = windows();
    let mut all = all.iter().filter(|w| w.schedule() == pool.policy().plan.active());
    let here = all.find(|w| w.cpus().contains(Cpu(cpu)) && w.start() <= phase && phase < w.end());
    here.map(Window::group)
}

fn pick(pool: &mut Chaos, until: &mut [Option<u64>], cpu: u8, now: u64) {
    let choice = pool.pick(Cpu(cpu), at(now), &mut NoLog).choice;
    until[usize::from(cpu)] = choice.until.map(|until| until.nanos());
    let left = !pool.policy().cpus.contains(Cpu(cpu));
    assert!(choice.until.map_or(left, |until| until > at(now)), "{choice:?} at {now}");
    assert!(
        choice.run.is_none_or(|v| shared(pool) || owner(pool, cpu, now) == Some(pool.life(v).group)),
        "{choice:?} at {now}"
    );
    assert!(choice.due.is_none_or(|due| due <= at(now)));
    assert_eq!(pool.violations(), 0);
}

/// True if guests may use what owners do not.
fn shared(pool: &Chaos) -> bool {
    pool.policy().slack == Slack::Next
}

fn settle(pool: &mut Chaos, until: &mut [Option<u64>], now: u64) {
    for _ in 0..500 {
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

fn act(pool: &mut Chaos, until: &mut [Option<u64>], (call, v, kind): (u8, u16, u8), now: u64) {
    let (who, time) = (Vcpu(v), at(now));
    match call {
        0..=5 => drop(pool.wake(who, time, &mut NoLog)),
        6 => drop(pool.block(who, Why::Wait, time, &mut NoLog)),
        7 => drop(pool.block(who, Why::Off, time, &mut NoLog)),
        8..=9 => pick(pool, until, kind % CPUS, now),
        10 => {
            if let Some(cpu) = pool.life(who).unsaved {
                pool.saved(who, cpu, time, &mut NoLog);
            }
        }
        11 => {
            if matches!(pool.life(who).phase, Phase::Running(_)) {
                pool.yield_now(who, time, &mut NoLog);
            }
        }
        12 if kind >= 200 => {
            let when = if kind % 2 == 0 { When::Now } else { When::Boundary };
            let slack = if kind % 3 == 0 { Slack::Next } else { Slack::Idle };
            let pool_params = PoolParams { schedule: kind / 2 % 2, slack, ..params(10) };
            assert!(pool.change(&[Change::Pool(pool_params)], when, time, &mut NoLog).refused.is_none());
            // Whoever runs as a guest has to leave if that is over: the next pick sees to it.
            (0..CPUS).for_each(|cpu| pick(pool, until, cpu, now));
        }
        12 if kind >= 128 => {
            let set = CpuSet::from_bits(u64::from(kind % 7 + 1));
            pool.change(&[Change::Cpus(set)], When::Now, time, &mut NoLog);
        }
        12 => drop(pool.change(&[Change::Affinity(who, affinity(kind))], When::Now, time, &mut NoLog)),
        _ => {
            if pool.remove(who, time, &mut NoLog).is_ok() {
                // It may be refused where the pool has none of its pCPUs at present.
                let added = pool.add(who, Group(v % 3), NoRow, affinity(kind), time, &mut NoLog);
                if added.is_err() {
                    pool.add(who, Group(v % 3), NoRow, Affinity::ANY, time, &mut NoLog).unwrap();
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    // [ARINC-R-02] [ARINC-R-04] [ARINC-R-15]
    #[test]
    fn any_sequence_of_calls_keeps_the_protocol_and_the_windows(
        steps in prop::collection::vec((0u8..14, 0..VCPUS + 1, any::<u8>(), 0u64..4 * MS, 0u8..3), 1..120),
    ) {
        let policy = Arinc653::new(std::vec![Slot::EMPTY; VCPUS as usize], windows(), params(10), cpus(CPUS), at(0)).unwrap();
        let mut pool = Pool::new(policy, std::vec![Life::ABSENT; VCPUS as usize], at(0));
        for v in 0..VCPUS {
            pool.add(Vcpu(v), Group(v % 3), NoRow, affinity(v as u8), at(0), &mut NoLog).unwrap();
        }
        let mut until = [Some(0); CPUS as usize];
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

/// With nothing owed: a spurious pick changes nothing, and no ready vCPU misses a free pCPU of its window.
fn quiet(pool: &Chaos, now: u64) -> Result<(), TestCaseError> {
    let mut copy = pool.clone();
    for cpu in (0..CPUS).map(Cpu) {
        let before = copy.running(cpu);
        prop_assert_eq!(copy.pick(cpu, at(now), &mut NoLog).choice.run, before);
    }
    for v in (0..VCPUS).map(Vcpu) {
        let (slot, waits) = (pool.policy().slots.at(v.index()), pool.life(v).phase == Phase::Ready);
        prop_assert_eq!(slot.node.is_linked(), waits);
        let mine = |cpu: &Cpu| {
            slot.affinity.hard.and(pool.policy().cpus).contains(*cpu) && owner(pool, cpu.0, now) == Some(slot.group)
        };
        let free = (0..CPUS).map(Cpu).filter(mine).any(|cpu| match pool.running(cpu) {
            Some(runner) => pool.life(runner).group != slot.group,
            None => true,
        });
        prop_assert!(!(waits && free), "{:?} misses a free pCPU", v);
    }
    Ok(())
}
