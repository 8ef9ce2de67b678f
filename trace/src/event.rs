//! Events and their byte format: eight little-endian words each.
//!
//! Word 0 holds kind, pCPU, pool, a small argument and a sequence number; word 1 the instant in ns since
//! the epoch; words 2 to 7 depend on the kind. A missing instant is `u64::MAX`, a missing vCPU `0xffff`.

use sched::{CpuSet, Instant, Service, Times, Vcpu};

/// The encoded form of an event.
pub type Words = [u64; 8];
/// The length of an encoded event in bytes.
pub const EVENT_BYTES: usize = 64;

/// The kind of an event, the lowest byte of word 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Seam: a pCPU chose what to run.
    Pick = 1,
    /// Seam: a vCPU became ready.
    Wake = 2,
    /// Seam: a vCPU stopped being ready.
    Block = 3,
    /// Seam: a vCPU offered its pCPU.
    Yield = 4,
    /// Seam: a context is in memory.
    Saved = 5,
    /// Seam: the alarm was due.
    Expire = 6,
    /// Seam: a vCPU was admitted; a `Row` follows.
    Add = 7,
    /// Seam: a vCPU left.
    Remove = 8,
    /// Seam: parameters changed; its items follow as `Item`.
    Change = 9,
    /// The parameter row of the `Add` before it.
    Row = 10,
    /// One item of the `Change` before it.
    Item = 11,
    /// A guest's mark.
    Mark = 16,
    /// A step in the life of a partition.
    Life = 17,
    /// At the end: how the promise to a vCPU was kept.
    Service = 18,
    /// At the end: the time ledger of a vCPU.
    Times = 19,
    /// A measurement of the hypervisor about itself.
    Stat = 20,
}

/// A step in the life of a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum LifeStep {
    /// Its first vCPU starts.
    Started = 1,
    /// It switched itself off.
    PowerOff = 2,
    /// It asked for a restart.
    Reset = 3,
    /// It faulted; the detail says why (see [`FaultCause`]), the address where.
    Faulted = 4,
    /// It was restarted after a fault or a reset.
    Restarted = 5,
    /// It idles after a fault.
    Idle = 6,
}

impl LifeStep {
    /// What happened, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::PowerOff => "off",
            Self::Reset => "reset",
            Self::Faulted => "faulted",
            Self::Restarted => "restarted",
            Self::Idle => "idle after its fault",
        }
    }
}

/// Why a partition faulted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum FaultCause {
    /// It declared itself faulty.
    Abort = 1,
    /// It touched memory that it does not have.
    Memory = 2,
    /// It did something that no partition may do.
    Exit = 3,
    /// It caused more exits per second than the plan allows.
    ExitRate = 4,
    /// Its exception vector cannot be executed.
    Vector = 5,
}

/// What a [`Kind::Stat`] measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Stat {
    /// First hypervisor instruction to first guest instruction, ns, without scrubbing.
    BootTime = 1,
    /// Scrubbing and loading partition memory at boot, ns.
    ScrubTime = 2,
    /// Length of the hypervisor's code, bytes.
    TextBytes = 3,
    /// Hypervisor memory for all partitions, bytes.
    PartitionBytes = 4,
    /// Exits from guests, all pCPUs.
    Exits = 5,
    /// Choices of a policy that were refused.
    Violations = 6,
    /// The number of partitions.
    Partitions = 7,
    /// Console bytes dropped, all partitions.
    ConsoleDrops = 8,
}

/// A decoded event. Seam events carry raw words; [`crate::seam`] gives them meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A call into the seam, or the row or item that belongs to one.
    Seam(SeamEvent),
    /// A guest's mark (see `abi::hypercall::mark`).
    Mark {
        /// When the hypervisor saw it.
        now: Instant,
        /// The partition's index in the plan.
        partition: u16,
        /// The vCPU's index in the partition.
        vcpu: u16,
        /// The kind of mark.
        kind: u8,
        /// The guest's task number.
        task: u32,
        /// x2, x3, x4.
        args: [u64; 3],
    },
    /// A step in the life of a partition.
    Life {
        /// When.
        now: Instant,
        /// The partition's index in the plan.
        partition: u16,
        /// Which step ([`LifeStep`] as a number).
        step: u8,
        /// A [`FaultCause`] as a number for faults, else 0.
        detail: u8,
        /// Where it faulted, or the code it gave.
        address: u64,
    },
    /// How the promise to a vCPU was kept.
    Service {
        /// The pool.
        pool: u8,
        /// The vCPU in the pool.
        v: Vcpu,
        /// Up to when.
        now: Instant,
        /// The counters.
        service: Service,
    },
    /// The time ledger of a vCPU.
    Times {
        /// The pool.
        pool: u8,
        /// The vCPU in the pool.
        v: Vcpu,
        /// Up to when.
        now: Instant,
        /// The ledger.
        times: Times,
    },
    /// A measurement of the hypervisor about itself ([`Stat`] as a number).
    Stat {
        /// When.
        now: Instant,
        /// What.
        stat: u16,
        /// How much.
        value: u64,
    },
}

/// A seam event in its encoded form with the common fields taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SeamEvent {
    /// One of the seam kinds.
    pub kind: u8,
    /// The pCPU that made the call.
    pub cpu: u8,
    /// The pool.
    pub pool: u8,
    /// A small argument.
    pub small: u8,
    /// The number of the call in its pool.
    pub seq: u32,
    /// When.
    pub now: Instant,
    /// Words 2 to 7.
    pub words: [u64; 6],
}

/// Word 0.
#[inline(always)]
pub const fn head(kind: Kind, cpu: u8, pool: u8, small: u8, seq: u32) -> u64 {
    head_from(kind, (cpu as u64) << 8 | (pool as u64) << 16, small, seq)
}

/// Word 0 from an origin (see [`crate::seam::origin`]).
#[inline(always)]
pub const fn head_from(kind: Kind, origin: u64, small: u8, seq: u32) -> u64 {
    kind as u64 | origin | (small as u64) << 24 | (seq as u64) << 32
}

/// An optional instant as a word.
#[inline(always)]
pub const fn word_of(instant: Option<Instant>) -> u64 {
    match instant {
        Some(instant) => instant.nanos(),
        None => u64::MAX,
    }
}

/// The optional instant in a word.
pub const fn instant_of(word: u64) -> Option<Instant> {
    if word == u64::MAX { None } else { Some(Instant::from_nanos(word)) }
}

impl Event {
    /// The eight words of this event, as written by pCPU `cpu`.
    pub fn encode(&self, cpu: u8) -> Words {
        match *self {
            Event::Seam(e) => {
                let head = u64::from(e.kind)
                    | u64::from(e.cpu) << 8
                    | u64::from(e.pool) << 16
                    | u64::from(e.small) << 24
                    | u64::from(e.seq) << 32;
                let [a, b, c, d, f, g] = e.words;
                [head, e.now.nanos(), a, b, c, d, f, g]
            }
            Event::Mark { now, partition, vcpu, kind, task, args: [a, b, c] } => {
                let who = u64::from(partition) | u64::from(vcpu) << 16 | u64::from(task) << 32;
                [head(Kind::Mark, cpu, 0, kind, 0), now.nanos(), who, a, b, c, 0, 0]
            }
            Event::Life { now, partition, step, detail, address } => {
                let what = u64::from(partition) | u64::from(detail) << 16;
                [head(Kind::Life, cpu, 0, step, 0), now.nanos(), what, address, 0, 0, 0, 0]
            }
            Event::Service { pool, v, now, service: s } => {
                let counts = [s.served.nanos(), s.shortfalls, s.overruns, s.worst_lateness.nanos()];
                [
                    head(Kind::Service, cpu, pool, 0, 0),
                    now.nanos(),
                    v.0.into(),
                    counts[0],
                    counts[1],
                    counts[2],
                    counts[3],
                    0,
                ]
            }
            Event::Times { pool, v, now, times: t } => {
                let [a, b, c, d] = [t.running, t.ready, t.blocked, t.off].map(|spent| spent.nanos());
                [head(Kind::Times, cpu, pool, 0, 0), now.nanos(), v.0.into(), a, b, c, d, 0]
            }
            Event::Stat { now, stat, value } => {
                [head(Kind::Stat, cpu, 0, 0, 0), now.nanos(), stat.into(), value, 0, 0, 0, 0]
            }
        }
    }

    /// The event in these words; `None` if the kind is unknown.
    pub fn decode(words: &Words) -> Option<Self> {
        let [head, now, a, b, c, d, e, f] = *words;
        let now = Instant::from_nanos(now);
        let (kind, cpu, pool, small) = (head as u8, (head >> 8) as u8, (head >> 16) as u8, (head >> 24) as u8);
        Some(match kind {
            1..=11 => {
                let words = [a, b, c, d, e, f];
                Event::Seam(SeamEvent { kind, cpu, pool, small, seq: (head >> 32) as u32, now, words })
            }
            16 => Event::Mark {
                now,
                partition: a as u16,
                vcpu: (a >> 16) as u16,
                kind: small,
                task: (a >> 32) as u32,
                args: [b, c, d],
            },
            17 => Event::Life { now, partition: a as u16, step: small, detail: (a >> 16) as u8, address: b },
            18 => {
                let [served, worst_lateness] = [b, e].map(sched::Duration::from_nanos);
                Event::Service {
                    pool,
                    v: Vcpu(a as u16),
                    now,
                    service: Service { served, shortfalls: c, overruns: d, worst_lateness },
                }
            }
            19 => {
                let [running, ready, blocked, off] = [b, c, d, e].map(sched::Duration::from_nanos);
                Event::Times { pool, v: Vcpu(a as u16), now, times: Times { running, ready, blocked, off } }
            }
            20 => Event::Stat { now, stat: a as u16, value: b },
            _ => return None,
        })
    }
}

/// A set of pCPUs as a word.
#[inline(always)]
pub const fn set_word(set: CpuSet) -> u64 {
    set.bits()
}
