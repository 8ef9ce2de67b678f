//! A simulated run as the hypervisor's rings would hold it.

use abi::hypercall::mark;
use sched::sim::{Mark, Observer};
use sched::{Answer, Call, Cpu, Instant, Log, Params, Service, Times, Vcpu};
use trace::event::{LifeStep, Stat};
use trace::{Event, Ring, Seam, Sink, Words};

/// Whose vCPU it is.
pub(super) struct Guest {
    pub(super) partition: u16,
    pub(super) vcpu: u16,
    pub(super) task: u32,
}

/// The rings of all pCPUs while one pool runs.
pub(super) struct Tracer {
    pub(super) rings: Vec<Ring>,
    /// The vCPUs of the pool.
    pub(super) guests: Vec<Guest>,
    pool: u8,
    /// The pCPU that writes what none in particular does.
    first: Cpu,
    now: Instant,
}

/// A ring as a sink of encoded events.
struct Into<'a>(&'a mut Vec<Event>);

impl Sink for Into<'_> {
    fn push(&mut self, words: Words) {
        // What the recorder just encoded is always known.
        self.0.extend(Event::decode(&words));
    }
}

impl Tracer {
    pub(super) fn new(pool: u8, first: Cpu, rings: Vec<Ring>) -> Self {
        Self { rings, guests: Vec::new(), pool, first, now: Instant::ZERO }
    }

    /// Partition `number` starts.
    pub(super) fn started(&mut self, number: usize) {
        self.life(self.first, number as u16, LifeStep::Started);
    }

    /// What follows happens at `now`.
    pub(super) fn clock(&mut self, now: Instant) {
        self.now = now;
    }

    /// At the end: the promise and the ledger of `v`.
    pub(super) fn summary(&mut self, v: Vcpu, service: Service, times: Times) {
        let (pool, now) = (self.pool, self.now);
        self.push(self.first, Event::Service { pool, v, now, service });
        self.push(self.first, Event::Times { pool, v, now, times });
    }

    /// At the end: choices that were refused.
    pub(super) fn violations(&mut self, count: u32) {
        let event = Event::Stat { now: self.now, stat: Stat::Violations as u16, value: count.into() };
        self.push(self.first, event);
    }

    fn life(&mut self, cpu: Cpu, partition: u16, step: LifeStep) {
        self.push(cpu, Event::Life { now: self.now, partition, step: step as u8, detail: 0, address: 0 });
    }

    fn push(&mut self, cpu: Cpu, event: Event) {
        if let Some(ring) = self.rings.get_mut(cpu.index()) {
            ring.events.push(event);
        }
    }
}

impl Observer for Tracer {
    fn call<S: Params>(&mut self, cpu: Cpu, seq: u32, now: Instant, call: &Call<'_, S>, answer: &Answer) {
        if let Some(ring) = self.rings.get_mut(cpu.index()) {
            Seam::new(cpu.0, self.pool, &mut Into(&mut ring.events)).record(seq, now, call, answer);
        }
    }

    fn mark(&mut self, cpu: Cpu, v: Vcpu, now: Instant, mark: &Mark) {
        self.now = now;
        let Some(&Guest { partition, vcpu, task }) = self.guests.get(v.index()) else { return };
        let (kind, args) = match *mark {
            Mark::Off => return self.life(cpu, partition, LifeStep::PowerOff),
            Mark::Start { job, release } => (mark::START, [job, release.nanos(), now.nanos()]),
            Mark::Completion { job, deadline } => (mark::COMPLETION, [job, deadline.nanos(), now.nanos()]),
            Mark::Note([kind, a, b, c]) => (kind, [a, b, c]),
        };
        self.push(cpu, Event::Mark { now, partition, vcpu, kind: kind as u8, task, args });
    }
}
