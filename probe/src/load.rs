//! The load: calls that are meant to hurt, at sizes from a handful of vCPUs to thousands.
//!
//! For each size: everybody wakes at one instant, then random calls with short, long and very long steps of
//! time in between, then everybody blocks and wakes again at once after an hour, and leaves. The protocol is
//! that of [`Pool`], as in the hypervisor. Each line of the output is one kind of call at one size:
//! `cost vcpus pcpus windows call calls instructions worst`.

use crate::chance::Chance;
use crate::machine::{self, Line, instructions};
use crate::rows;
use crate::seam::{self, Arena, Parts};
use crate::tally::Counted;
use core::fmt::Write;
use policies::{Descriptor, Storage};
use sched::{Affinity, AnyRow, Change, Cpu, CpuSet, Group, Instant, Life, NoLog, Phase, Pool, Vcpu, When, Why};

/// vCPUs, pCPUs, entries of the table.
type Size = (usize, u8, usize);
/// First n grows, then m, then the table; the other two stay.
const SIZES: [Size; 12] = [
    (10, 4, 16),
    (100, 4, 16),
    (1000, 4, 16),
    (4000, 4, 16),
    (1000, 1, 16),
    (1000, 16, 16),
    (1000, 64, 16),
    (100, 4, 1),
    (100, 4, 128),
    (100, 4, 1024),
    (4000, 1, 16),
    (4000, 64, 16),
];
const STEPS: u32 = 6000;
/// vCPUs of one group.
const GROUP: usize = 4;
const HOUR: u64 = 3_600_000_000_000;
const WORDS: usize = 1 << 20;
static mut MEMORY: [u64; WORDS] = [0; WORDS];

type World = Pool<Counted, &'static mut [Life]>;

#[unsafe(no_mangle)]
extern "C" fn probe_main() -> ! {
    machine::start_counting();
    let begun = instructions();
    let empty = instructions().wrapping_sub(begun);
    let begun = instructions();
    machine::hundred_instructions();
    let hundred = instructions().wrapping_sub(begun).wrapping_sub(empty);
    let _ = writeln!(Line, "counter {hundred} {}", crate::canary::keep());
    if let Some(policy) = policies::REGISTRY.first() {
        SIZES.iter().for_each(|size| measure(policy, *size, empty));
    }
    let _ = writeln!(Line, "end");
    machine::off()
}

fn measure(policy: &Descriptor, size: Size, empty: u32) {
    let (vcpus, pcpus, windows) = size;
    let Some(mut load) = Load::new(policy, size, empty) else {
        let _ = writeln!(Line, "refused {vcpus} {pcpus} {windows}");
        return;
    };
    load.run();
    for (call, cost) in load.pool.policy().costs() {
        let _ = writeln!(Line, "cost {vcpus} {pcpus} {windows} {call} {} {} {}", cost.calls, cost.total, cost.worst);
    }
    if load.pool.violations() > 0 {
        let _ = writeln!(Line, "violations {}", load.pool.violations());
    }
}

struct Load<'a> {
    policy: &'a Descriptor,
    pool: World,
    chance: Chance,
    vcpus: u16,
    pcpus: u8,
    now: u64,
    until: [u64; Cpu::LIMIT],
}

impl<'a> Load<'a> {
    fn new(policy: &'a Descriptor, (vcpus, pcpus, windows): Size, empty: u32) -> Option<Self> {
        // SAFETY: the pool made from this memory for the size before is no longer used.
        let memory: &'static mut [u64] = unsafe { core::slice::from_raw_parts_mut((&raw mut MEMORY).cast(), WORDS) };
        let mut arena = Arena::new(memory);
        let groups = vcpus.div_ceil(GROUP);
        let entries = if policy.table.is_some() { windows } else { 0 };
        let table = arena.take(entries, AnyRow::default())?;
        table.iter_mut().enumerate().for_each(|(index, row)| *row = rows::entry(policy, index, groups));
        let cpus = CpuSet::from_bits(u64::MAX >> (64 - u32::from(pcpus)));
        let parts = Parts { row: rows::pool(policy, entries), table, cpus, vcpus, groups };
        let subject = Counted::new(seam::build(&mut arena, &parts)?, empty);
        let lives = arena.take(vcpus, Life::ABSENT)?;
        let pool = Pool::new(subject, lives, Instant::ZERO);
        let vcpus = u16::try_from(vcpus).ok()?;
        Some(Self { policy, pool, chance: Chance::new(42), vcpus, pcpus, now: 0, until: [u64::MAX; Cpu::LIMIT] })
    }

    fn run(&mut self) {
        (0..self.vcpus).for_each(|v| self.add(v));
        (0..self.pcpus).for_each(|cpu| self.pick(cpu));
        for start in [0, HOUR] {
            self.now = self.now.saturating_add(start);
            (0..self.vcpus).for_each(|v| self.wake(v));
            self.serve();
            for _ in 0..STEPS {
                self.step();
            }
            (0..self.vcpus).for_each(|v| self.block(v));
            self.serve();
        }
        for v in 0..self.vcpus {
            // Refused for one that is not saved yet, which is a cost too.
            let _ = self.pool.remove(Vcpu(v), self.time(), &mut NoLog);
        }
    }

    fn time(&self) -> Instant {
        Instant::from_nanos(self.now)
    }

    fn any_vcpu(&mut self) -> u16 {
        self.chance.below(u64::from(self.vcpus)) as u16
    }

    fn affinity(&mut self) -> Affinity {
        let own = CpuSet::only(Cpu(self.chance.below(u64::from(self.pcpus)) as u8));
        let set = CpuSet::from_bits(self.chance.any()).or(own);
        match self.chance.below(4) {
            0 => Affinity::hard(own),
            1 => Affinity { hard: set, soft: own },
            _ => Affinity::ANY,
        }
    }

    fn add(&mut self, v: u16) {
        let row = rows::random(self.policy.vcpu, self.policy.check_vcpu, &mut self.chance);
        let affinity = self.affinity();
        let (group, now) = (Group(v / GROUP as u16), self.time());
        let _ = self.pool.add(Vcpu(v), group, row, affinity, now, &mut NoLog);
    }

    /// Only where it has an effect: a call that finds nothing to do would make the mean look better.
    fn wake(&mut self, v: u16) {
        if matches!(self.pool.life(Vcpu(v)).phase, Phase::Ready | Phase::Running(_)) {
            return;
        }
        self.pool.wake(Vcpu(v), self.time(), &mut NoLog);
    }

    /// The same.
    fn block(&mut self, v: u16) {
        if matches!(self.pool.life(Vcpu(v)).phase, Phase::Off | Phase::Blocked(_)) {
            return;
        }
        let why = [Why::Wait, Why::Pause, Why::Off][self.chance.below(3) as usize % 3];
        self.pool.block(Vcpu(v), why, self.time(), &mut NoLog);
    }

    fn pick(&mut self, cpu: u8) {
        let before = self.pool.running(Cpu(cpu));
        let choice = self.pool.pick(Cpu(cpu), self.time(), &mut NoLog).choice;
        if let Some(until) = self.until.get_mut(usize::from(cpu)) {
            *until = choice.until.map_or(u64::MAX, Instant::nanos);
        }
        if let Some(v) = before.filter(|_| before != choice.run) {
            self.pool.saved(v, Cpu(cpu), self.time(), &mut NoLog);
        }
    }

    /// One random call or two, and a step of time.
    fn step(&mut self) {
        let v = self.any_vcpu();
        match self.chance.below(16) {
            0..=4 => self.wake(v),
            5..=8 => self.block(v),
            9 | 10 => {
                if let Some(v) = self.runner() {
                    self.pool.yield_now(v, self.time(), &mut NoLog);
                }
            }
            11 | 12 => {
                if let Some(v) = self.runner() {
                    self.block(v.0);
                }
            }
            13 => self.change(v),
            14 => (0..16).for_each(|_| {
                let v = self.any_vcpu();
                self.wake(v);
            }),
            _ => {
                let cpu = self.chance.below(u64::from(self.pcpus)) as u8;
                self.pick(cpu);
            }
        }
        self.pass();
        self.serve();
    }

    fn runner(&mut self) -> Option<Vcpu> {
        let cpu = self.chance.below(u64::from(self.pcpus)) as u8;
        self.pool.running(Cpu(cpu)).filter(|v| matches!(self.pool.life(*v).phase, Phase::Running(_)))
    }

    fn change(&mut self, v: u16) {
        let when = if self.chance.below(2) == 0 { When::Now } else { When::Boundary };
        let change = match self.chance.below(3) {
            0 => Change::Vcpu(Vcpu(v), rows::random(self.policy.vcpu, self.policy.check_vcpu, &mut self.chance)),
            1 => Change::Affinity(Vcpu(v), self.affinity()),
            _ => {
                let row = rows::random(self.policy.group, self.policy.check_group, &mut self.chance);
                Change::Group(Group(v / GROUP as u16), row)
            }
        };
        self.pool.change(&[change], when, self.time(), &mut NoLog);
    }

    /// Time passes: mostly little, sometimes to the next event, rarely so long that everything is late.
    fn pass(&mut self) {
        let next = self.until.iter().copied().min().unwrap_or(u64::MAX);
        let alarm = self.pool.alarm().map_or(u64::MAX, Instant::nanos);
        self.now = match self.chance.below(64) {
            0 => self.now.saturating_add(1_000_000_000),
            1..=30 => self.now.saturating_add(self.chance.below(200_000)),
            _ => self.now.max(next.min(alarm).min(self.now.saturating_add(20_000_000))),
        };
    }

    /// What is due and owed, a bounded part of it: the hypervisor too leaves the rest for later.
    fn serve(&mut self) {
        for _ in 0..8 {
            if self.pool.alarm().is_some_and(|alarm| alarm.nanos() <= self.now) {
                self.pool.expire(self.time(), &mut NoLog);
            }
        }
        for cpu in 0..self.pcpus {
            let due = self.until.get(usize::from(cpu)).is_some_and(|until| *until <= self.now);
            if due || self.pool.kicks().contains(Cpu(cpu)) {
                self.pick(cpu);
            }
        }
    }
}
