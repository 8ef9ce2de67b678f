//! Plans and recordings for tests, put together by hand.

use crate::plan::{Expect, Partition, Plan, Pool, Values, VcpuPlan};
use abi::hypercall::mark;
use sched::{
    Affinity, Answer, AnyRow, Call, Choice, Cpu, CpuSet, Instant, Key, Kind, Log, Times, Vcpu, Why, param::ROW_WORDS,
};
use trace::{Event, Recording, Ring, Seam, Sink, Unit, Words, event::LifeStep, seam::AnyParams};

/// A key of which only the name matters.
pub(crate) const fn key(name: &'static str) -> Key {
    Key { name, kind: Kind::Number, min: 0, max: u64::MAX, default: None, doc: "" }
}

/// Named values; the k-th of `words` belongs to the k-th of `keys`.
pub(crate) fn values(keys: &'static [Key], words: &[u64]) -> Values {
    let mut row = [0; ROW_WORDS];
    row[..words.len()].copy_from_slice(words);
    Values { keys, row: AnyRow(row) }
}

/// A plan with one pool "main" on pCPU 0 and these partitions of one vCPU each.
pub(crate) fn plan(names: &[&str]) -> Plan {
    let partition = |(index, name): (usize, &&str)| Partition {
        name: (*name).into(),
        pool: 0,
        group: index,
        first_vcpu: index as u16,
        params: Values::NONE,
        vcpus: vec![VcpuPlan { affinity: Affinity::ANY, params: Values::NONE }],
        expect: Expect::default(),
    };
    Plan {
        name: "test".into(),
        hash: 0xfeed,
        pools: vec![Pool {
            name: "main".into(),
            scheduler: "null".into(),
            cpus: CpuSet::only(Cpu(0)),
            groups: names.len(),
            vcpus: names.len(),
            params: Some(Values::NONE),
            table: Vec::new(),
        }],
        partitions: names.iter().enumerate().map(partition).collect(),
    }
}

/// An orderly run that ended at `end` ns, with one ring.
pub(crate) fn recording(end: u64, events: Vec<Event>) -> Recording {
    Recording {
        unit: Unit::Instructions,
        plan_hash: 0xfeed,
        schedulers: vec!["null".into()],
        epoch: 0,
        frequency: 1_000_000_000,
        ended: true,
        end_time: at(end),
        rings: vec![Ring { events, dropped: 0, losses: vec![] }],
    }
}

pub(crate) fn at(nanos: u64) -> Instant {
    Instant::from_nanos(nanos)
}

/// A mark of task 0 on vCPU 0 of partition 0.
pub(crate) fn task_mark(now: u64, kind: u64, args: [u64; 3]) -> Event {
    Event::Mark { now: at(now), partition: 0, vcpu: 0, kind: kind as u8, task: 0, args }
}

pub(crate) fn task(now: u64, period: u64, first: u64, deadline: u64) -> Event {
    task_mark(now, mark::TASK, [period, first, deadline])
}

pub(crate) fn start(job: u64, release: u64, at: u64) -> Event {
    task_mark(at, mark::START, [job, release, at])
}

pub(crate) fn complete(job: u64, deadline: u64, at: u64) -> Event {
    task_mark(at, mark::COMPLETION, [job, deadline, at])
}

pub(crate) fn life(now: u64, step: LifeStep) -> Event {
    Event::Life { now: at(now), partition: 0, step: step as u8, detail: 1, address: 0x42 }
}

pub(crate) fn times(v: u16, now: u64, [running, ready, blocked, off]: [u64; 4]) -> Event {
    let [running, ready, blocked, off] = [running, ready, blocked, off].map(sched::Duration::from_nanos);
    Event::Times { pool: 0, v: Vcpu(v), now: at(now), times: Times { running, ready, blocked, off } }
}

/// Collects events.
#[derive(Default)]
pub(crate) struct Collect(pub(crate) Vec<Event>);

impl Sink for Collect {
    fn push(&mut self, event: Words) {
        self.0.push(Event::decode(&event).unwrap());
    }
}

/// Writes the calls of pool 0 by hand, numbered as they come.
#[derive(Default)]
pub(crate) struct Script {
    sink: Collect,
    seq: u32,
}

impl Script {
    fn log(&mut self, now: u64, call: Call<'_, AnyParams>, answer: Answer) {
        self.seq += 1;
        Seam::new(0, 0, &mut self.sink).record(self.seq, at(now), &call, &answer);
    }

    pub(crate) fn pick(&mut self, now: u64, cpu: u8, run: Option<u16>) {
        self.pick_due(now, cpu, run, None);
    }

    pub(crate) fn pick_due(&mut self, now: u64, cpu: u8, run: Option<u16>, due: Option<u64>) {
        let choice = Choice { run: run.map(Vcpu), due: due.map(at), ..Choice::default() };
        self.log(now, Call::Pick { cpu: Cpu(cpu) }, Answer { choice, ..Answer::default() });
    }

    pub(crate) fn block(&mut self, now: u64, v: u16) {
        self.log(now, Call::Block { v: Vcpu(v), why: Why::Wait }, Answer::default());
    }

    pub(crate) fn events(self) -> Vec<Event> {
        self.sink.0
    }
}
