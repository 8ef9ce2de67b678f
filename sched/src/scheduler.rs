//! The [`Scheduler`] trait: the contract between a policy and whoever runs it.

use crate::{Affinity, Change, Cpu, CpuSet, Duration, Group, Instant, Params, Refused, Vcpu};

/// Why a vCPU stops being ready.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Why {
    /// It waits for an event of its own accord.
    Wait,
    /// Somebody else paused it.
    Pause,
    /// It is switched off, or not yet on.
    Off,
}

/// How a vCPU gives up its turn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Leave {
    /// It offers its pCPU, see [`Scheduler::yield_now`].
    Yield,
    /// It stops being ready, see [`Scheduler::block`].
    Block(Why),
}

/// When a change takes effect.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum When {
    /// At once.
    Now,
    /// At the policy's next natural boundary: replenishment, accounting, frame.
    Boundary,
}

/// The answer of `pick`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Choice {
    /// The vCPU to run; `None` leaves the pCPU idle.
    pub run: Option<Vcpu>,
    /// When this pCPU must pick again at the latest; `None`: do not interrupt it. Then nobody waits for it either who
    /// would get it by a yield: `run` yields in vain until a call kicks this pCPU.
    pub until: Option<Instant>,
    /// The planned start of what runs now, for policies that plan starts; lateness = now − due.
    pub due: Option<Instant>,
    /// pCPUs that must pick again because of this decision.
    pub kick: CpuSet,
}

/// The answer of [`Scheduler::turn`]: a [`Choice`], and the alarm after it. It goes from hand to hand at every switch,
/// so it is words and no options: nobody is an index that no vCPU has, and never is the far end of time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Turn {
    until: Instant,
    due: Instant,
    kick: CpuSet,
    alarm: Instant,
    run: u16,
}

impl Turn {
    const NOBODY: u16 = u16::MAX;

    /// The choice `choice`, after which time alone first changes something at `alarm`.
    #[inline(always)]
    pub fn new(choice: Choice, alarm: Option<Instant>) -> Self {
        Self {
            until: choice.until.unwrap_or(Instant::MAX),
            due: choice.due.unwrap_or(Instant::MAX),
            kick: choice.kick,
            alarm: alarm.unwrap_or(Instant::MAX),
            run: choice.run.map_or(Self::NOBODY, |v| v.0),
        }
    }

    /// What runs from now on.
    #[inline(always)]
    pub fn choice(&self) -> Choice {
        Choice {
            run: (self.run != Self::NOBODY).then_some(Vcpu(self.run)),
            until: some(self.until),
            due: some(self.due),
            kick: self.kick,
        }
    }

    /// [`Scheduler::alarm`] after it.
    #[inline(always)]
    pub fn alarm(&self) -> Option<Instant> {
        some(self.alarm)
    }
}

#[inline(always)]
fn some(at: Instant) -> Option<Instant> {
    (at != Instant::MAX).then_some(at)
}

/// How well the promise to a vCPU was kept so far.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Service {
    /// Time for which it ran.
    pub served: Duration,
    /// Periods or windows in which a ready vCPU got less than its promise.
    pub shortfalls: u64,
    /// Times it ran past the end of its budget or window.
    pub overruns: u64,
    /// The latest start of a window, or the latest replenishment, against plan.
    pub worst_lateness: Duration,
}

/// A scheduling policy of one pool.
///
/// Called under the pool's lock, with interrupts masked; `now` never decreases from call to call.
/// Every returned [`CpuSet`] is a set of pCPUs to which the caller owes a later `pick`: kicks may merge
/// or come late, but are never lost. Each pCPU picks once when it comes up, and due alarms are handled
/// before a `pick` at the same instant. A call that refuses changes nothing. Nothing panics, whatever the
/// arguments: calls about vCPUs or pCPUs that do not exist do nothing.
///
/// With m pCPUs and n vCPUs, `wake`, `block`, `yield_now`, `pick`, `saved` and `expire` take
/// O(m + log n); `add` and `change` O(m + log n) per entry.
///
/// Construction is inherent to each policy, as is the memory it lives in.
pub trait Scheduler: Params + Sized {
    /// Admits `v` as a member of `g`. It enters switched off; `wake` makes it ready.
    fn add(&mut self, v: Vcpu, g: Group, p: Self::Vcpu, a: Affinity, now: Instant) -> Result<(), Refused>;

    /// Forgets `v`, which must be blocked and saved.
    fn remove(&mut self, v: Vcpu, now: Instant) -> Result<(), Refused>;

    /// Applies all changes or none.
    fn change(&mut self, all: &[Change<Self>], when: When, now: Instant) -> Result<CpuSet, Refused>;

    /// `v` became ready. Idempotent; legal while its context is still being saved.
    fn wake(&mut self, v: Vcpu, now: Instant) -> CpuSet;

    /// `v` stopped being ready. Idempotent. If it runs, its pCPU is in the answer.
    fn block(&mut self, v: Vcpu, why: Why, now: Instant) -> CpuSet;

    /// `v`, which runs, offers its pCPU to others.
    fn yield_now(&mut self, v: Vcpu, now: Instant) -> CpuSet;

    /// Charges what ran on `cpu` and chooses what runs there from now on. What ran there before stays
    /// bound to `cpu` until `saved`. A spurious `pick` changes no choice.
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice;

    /// The context of `v`, which last ran on `cpu`, is in memory: from now on it may run anywhere.
    fn saved(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet;

    /// A whole turn of `cpu` in one call: `before`, which runs there, may `leave`; then `pick`; then `saved` of
    /// `before` if something else was picked. The context of `before` is in memory before anybody can ask for it.
    /// Answers with the choice and the [`Self::alarm`] after it. What is written here is what it means; a policy
    /// may get there on a shorter way.
    #[inline(always)]
    fn turn(&mut self, cpu: Cpu, before: Option<Vcpu>, leave: Option<Leave>, now: Instant) -> Turn {
        let left = match (before, leave) {
            (Some(v), Some(Leave::Yield)) => self.yield_now(v, now),
            (Some(v), Some(Leave::Block(why))) => self.block(v, why, now),
            _ => CpuSet::EMPTY,
        };
        let mut choice = self.pick(cpu, now);
        choice.kick = choice.kick.or(left.without(CpuSet::only(cpu)));
        if let Some(v) = before
            && choice.run != before
        {
            choice.kick = choice.kick.or(self.saved(v, cpu, now));
        }
        Turn::new(choice, self.alarm())
    }

    /// The earliest instant at which time alone could change a choice, beyond every pCPU's `until`.
    fn alarm(&self) -> Option<Instant>;

    /// Handles exactly one due event of the alarm, the most urgent one; nothing if none is due.
    fn expire(&mut self, now: Instant) -> CpuSet;

    /// The parameters that really hold for `v`.
    fn in_force(&self, v: Vcpu) -> Option<(Self::Vcpu, Affinity)>;

    /// How the promise to `v` was kept up to `now`.
    fn service(&self, v: Vcpu, now: Instant) -> Service;

    /// The earliest instant, not before `now`, at which waking `v` could matter. The caller may delay a
    /// timed wake of a blocked `v` until then, so that nobody places interrupts into another's window.
    fn heeds(&self, _v: Vcpu, now: Instant) -> Instant {
        now
    }
}
