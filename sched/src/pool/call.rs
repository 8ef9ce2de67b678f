//! A call into the seam and its answer as plain values: what the trace records and replay feeds back.

use crate::{Affinity, Change, Choice, Cpu, CpuSet, Group, Instant, Leave, Params, Refused, Vcpu, When, Why};

/// A call into the seam.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a, S: Params> {
    /// Admit a vCPU.
    Add {
        /// Which.
        v: Vcpu,
        /// The group it belongs to.
        g: Group,
        /// Its parameters.
        row: S::Vcpu,
        /// Where it may run.
        affinity: Affinity,
    },
    /// Forget a vCPU.
    Remove {
        /// Which.
        v: Vcpu,
    },
    /// Change parameters, all or nothing.
    Change {
        /// The changes.
        all: &'a [Change<S>],
        /// When they take effect.
        when: When,
    },
    /// A vCPU became ready.
    Wake {
        /// Which.
        v: Vcpu,
    },
    /// A vCPU stopped being ready.
    Block {
        /// Which.
        v: Vcpu,
        /// Why.
        why: Why,
    },
    /// A running vCPU offers its pCPU.
    Yield {
        /// Which.
        v: Vcpu,
    },
    /// A pCPU asks what to run.
    Pick {
        /// Which.
        cpu: Cpu,
    },
    /// A whole turn: what runs may leave, the pCPU asks, and what is replaced is in memory before anybody else
    /// can ask.
    Turn {
        /// Which.
        cpu: Cpu,
        /// What the running vCPU does first.
        leave: Option<Leave>,
    },
    /// A context is in memory.
    Saved {
        /// Whose.
        v: Vcpu,
        /// Where it ran.
        cpu: Cpu,
    },
    /// The alarm is due.
    Expire,
}

/// The answer to a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Answer {
    /// pCPUs that the policy wants to pick again.
    pub kick: CpuSet,
    /// Those among them that were not yet kicked: they need an interrupt.
    pub fresh: CpuSet,
    /// The decision, for `Pick`.
    pub choice: Choice,
    /// The refusal, for `Add`, `Remove` and `Change`.
    pub refused: Option<Refused>,
    /// The alarm after the call.
    pub alarm: Option<Instant>,
}

/// Something that records calls, under the pool's lock.
pub trait Log {
    /// Records the `seq`-th call of the pool.
    fn record<S: Params>(&mut self, seq: u32, now: Instant, call: &Call<'_, S>, answer: &Answer);
}

/// Records nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoLog;

impl Log for NoLog {
    fn record<S: Params>(&mut self, _: u32, _: Instant, _: &Call<'_, S>, _: &Answer) {}
}
