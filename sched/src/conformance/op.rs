//! What can happen on the machine, and how a sequence of it reads.

use crate::{Choice, CpuSet, Duration, Instant, Leave, When, Why};
use core::fmt;
use std::string::{String, ToString};
use std::vec::Vec;

/// Something that happens. One that cannot happen in the present state is skipped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// vCPU n becomes ready.
    Wake(u16),
    /// vCPU n stops being ready.
    Block(u16, Why),
    /// vCPU n, which runs, yields.
    Yield(u16),
    /// pCPU n picks.
    Pick(u8),
    /// A whole turn of pCPU n.
    Turn(u8, Option<Leave>),
    /// The context of vCPU n is in memory.
    Saved(u16),
    /// The alarm is due and handled once.
    Expire,
    /// Time passes.
    Wait(Duration),
    /// vCPU n is added with these sample parameters and this hard affinity.
    Add(u16, u8, u8),
    /// vCPU n is removed.
    Remove(u16),
    /// vCPU n gets this hard and soft affinity.
    Affinity(u16, u8, u8),
    /// The pool gets these pCPUs.
    Cpus(u8),
    /// The n-th sample change is made.
    Change(u8, When),
    /// Calls that must be refused, or about nobody, are tried.
    Intrude,
    /// All that is owed is served, at once.
    Settle,
}

/// What an operation did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Effect {
    /// It could not happen.
    pub skipped: bool,
    /// pCPUs that were asked to pick.
    pub kick: CpuSet,
    /// The decision of a pick.
    pub choice: Option<Choice>,
    /// The rule by which it was refused.
    pub refused: Option<&'static str>,
}

impl Effect {
    pub(super) const SKIPPED: Self = Self { skipped: true, kick: CpuSet::EMPTY, choice: None, refused: None };
}

/// What happened, step by step, for people: `t=3: wake v1 -> kick {p0}`, in ticks.
#[derive(Clone, Debug)]
pub struct Trail {
    tick: Duration,
    steps: Vec<String>,
}

impl Trail {
    pub(super) fn new(tick: Duration) -> Self {
        Self { tick, steps: Vec::new() }
    }

    pub(super) fn note(&mut self, now: Instant, op: Op, effect: &Effect) {
        if effect.skipped || matches!(op, Op::Wait(_)) {
            return;
        }
        let mut step = std::format!("t={}: {op}", self.time(now));
        if let Some(rule) = effect.refused {
            step += &std::format!(" -> refused, {rule}");
        }
        if let Some(choice) = effect.choice {
            step += &choice.run.map_or(" -> nobody".to_string(), |v| std::format!(" -> v{}", v.0));
            step += &choice.until.map_or(String::new(), |until| std::format!(" until {}", self.time(until)));
        }
        if !effect.kick.is_empty() {
            step += &std::format!(" -> kick {}", set(effect.kick));
        }
        self.steps.push(step);
    }

    /// An instant in ticks.
    fn time(&self, at: Instant) -> String {
        let (whole, rest) = (at.nanos() / self.tick.nanos().max(1), at.nanos() % self.tick.nanos().max(1));
        if rest == 0 { whole.to_string() } else { std::format!("{whole}+{rest}ns") }
    }
}

impl fmt::Display for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.steps.join(";\n  "))
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = |bits: u8| set(CpuSet::from_bits(bits.into()));
        match *self {
            Self::Wake(v) => write!(f, "wake v{v}"),
            Self::Block(v, why) => write!(f, "block v{v} ({why:?})"),
            Self::Yield(v) => write!(f, "yield v{v}"),
            Self::Pick(cpu) => write!(f, "pick p{cpu}"),
            Self::Turn(cpu, None) => write!(f, "turn p{cpu}"),
            Self::Turn(cpu, Some(leave)) => write!(f, "turn p{cpu} ({leave:?})"),
            Self::Saved(v) => write!(f, "saved v{v}"),
            Self::Expire => f.write_str("expire"),
            Self::Wait(length) => write!(f, "wait {} ns", length.nanos()),
            Self::Add(v, kind, hard) => write!(f, "add v{v} (sample {kind}) on {}", bits(hard)),
            Self::Remove(v) => write!(f, "remove v{v}"),
            Self::Affinity(v, hard, soft) => write!(f, "affinity v{v} hard {} soft {}", bits(hard), bits(soft)),
            Self::Cpus(cpus) => write!(f, "pool {}", bits(cpus)),
            Self::Change(index, when) => write!(f, "change {index} ({when:?})"),
            Self::Intrude => f.write_str("bad calls"),
            Self::Settle => f.write_str("settle"),
        }
    }
}

fn set(cpus: CpuSet) -> String {
    let members: Vec<String> = cpus.iter().map(|cpu| std::format!("p{}", cpu.0)).collect();
    std::format!("{{{}}}", members.join(", "))
}
