//! Whoever watches a simulated run.

use crate::{Answer, Call, Cpu, Instant, Log, NoLog, Params, Vcpu};

/// A mark that a guest sets as it executes, like those that guests of the hypervisor set by hypercall.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mark {
    /// A job executes its first instruction.
    Start {
        /// Which job of the vCPU, from 0.
        job: u64,
        /// When it was released.
        release: Instant,
    },
    /// A job is complete.
    Completion {
        /// Which job of the vCPU, from 0.
        job: u64,
        /// When it had to be.
        deadline: Instant,
    },
    /// The vCPU switches itself off.
    Off,
    /// A note of its program.
    Note([u64; 4]),
}

/// Watches a run. Every method does nothing unless it is written.
pub trait Observer {
    /// pCPU `cpu` made the `seq`-th call of the pool.
    fn call<S: Params>(&mut self, cpu: Cpu, seq: u32, now: Instant, call: &Call<'_, S>, answer: &Answer) {
        let _ = (cpu, seq, now, call, answer);
    }

    /// `v`, which executes on `cpu`, sets a mark.
    fn mark(&mut self, cpu: Cpu, v: Vcpu, now: Instant, mark: &Mark) {
        let _ = (cpu, v, now, mark);
    }
}

/// Watches nothing.
impl Observer for NoLog {}

/// The observer as the log of calls that one pCPU makes.
pub(super) struct Tap<'a, O> {
    pub(super) cpu: Cpu,
    pub(super) observer: &'a mut O,
}

impl<O: Observer> Log for Tap<'_, O> {
    #[inline]
    fn record<S: Params>(&mut self, seq: u32, now: Instant, call: &Call<'_, S>, answer: &Answer) {
        self.observer.call(self.cpu, seq, now, call, answer);
    }
}
