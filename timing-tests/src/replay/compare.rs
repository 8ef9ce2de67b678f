//! Feeding recorded calls to a policy and comparing its answers.

use super::text;
use sched::{Answer, Call, Change, Instant, Life, NoLog, Params, Pool, Refused, Row, Scheduler};
use trace::{
    Calls,
    calls::{Gap, Recorded},
    seam::{AnyParams, Called},
};

/// Differences reported of one pool; after the first one the states differ, and so will most answers.
const REPORTED: usize = 3;
/// Calls shown before the first difference.
const CONTEXT: usize = 5;

/// How the replay of a pool ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Every answer is the same.
    Same,
    /// Some answers differ.
    Different(Vec<Difference>),
    /// Every answer is the same up to a call that is missing.
    Gap(Gap),
    /// Every answer is the same, but so many events were dropped later.
    Dropped(u64),
    /// A call cannot be replayed; a sentence says why.
    Unreadable(String),
    /// The policy cannot be built; a sentence says why.
    NotBuilt(String),
}

/// A call whose answers differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The number of the call.
    pub seq: u32,
    /// The calls before it with their recorded answers, the oldest first; only of the first difference.
    pub before: Vec<String>,
    /// The call: "pick on cpu0 at 1.000016 ms".
    pub call: String,
    /// The recorded answer: "run v2 until 1.2 ms".
    pub recorded: String,
    /// The answer of the replay.
    pub replayed: String,
}

impl core::fmt::Display for Difference {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for line in &self.before {
            writeln!(f, "    {line}")?;
        }
        let Self { seq, call, recorded, replayed, .. } = self;
        write!(f, "  > {seq}: {call}: recorded {recorded}; replayed {replayed}")
    }
}

/// Feeds `calls` to `policy`, in a pool with room for `vcpus`.
pub(super) fn compare<S: Scheduler>(policy: S, vcpus: usize, calls: &Calls<'_>) -> Ending {
    let mut pool = Pool::new(policy, vec![Life::ABSENT; vcpus], Instant::ZERO);
    let mut differences = Vec::new();
    for (index, recorded) in calls.iter().enumerate() {
        let Some(replayed) = feed(&mut pool, &recorded) else {
            let call = text::call(&recorded);
            return Ending::Unreadable(format!("call {} cannot be replayed: {call}", recorded.event.seq));
        };
        if !same(&recorded.event.answer(), &replayed) {
            let before = if differences.is_empty() { context(calls, index) } else { Vec::new() };
            differences.push(difference(&recorded, &replayed, before));
        }
        if differences.len() == REPORTED {
            break;
        }
    }
    match calls.gap {
        _ if !differences.is_empty() => Ending::Different(differences),
        Some(gap) => Ending::Gap(gap),
        None => Ending::Same,
    }
}

/// Carries out a recorded call; `None` if it makes no sense.
fn feed<S: Scheduler>(pool: &mut Pool<S, Vec<Life>>, recorded: &Recorded) -> Option<Answer> {
    let all: Vec<Change<S>>;
    let call = match recorded.called? {
        Called::Add { v, g, affinity } => Call::Add { v, g, row: S::Vcpu::read(&recorded.row?.0).ok()?, affinity },
        Called::Remove(v) => Call::Remove { v },
        Called::Change(items, when) => {
            all = recorded.items.iter().map(typed).collect::<Result<_, _>>().ok()?;
            if all.len() != usize::from(items) {
                return None;
            }
            Call::Change { all: &all, when }
        }
        Called::Wake(v) => Call::Wake { v },
        Called::Block(v, why) => Call::Block { v, why },
        Called::Yield(v) => Call::Yield { v },
        Called::Pick(cpu) => Call::Pick { cpu },
        Called::Turn(cpu, leave) => Call::Turn { cpu, leave },
        Called::Saved(v, cpu) => Call::Saved { v, cpu },
        Called::Expire => Call::Expire,
        Called::Row(_) | Called::Item(_) => return None,
    };
    Some(pool.apply(call, recorded.event.now, &mut NoLog))
}

/// The same change with the parameters' own types.
fn typed<S: Params>(change: &Change<AnyParams>) -> Result<Change<S>, Refused> {
    Ok(match *change {
        Change::Pool(row) => Change::Pool(S::Pool::read(&row.0)?),
        Change::Group(g, row) => Change::Group(g, S::Group::read(&row.0)?),
        Change::Vcpu(v, row) => Change::Vcpu(v, S::Vcpu::read(&row.0)?),
        Change::Affinity(v, affinity) => Change::Affinity(v, affinity),
        Change::Cpus(cpus) => Change::Cpus(cpus),
    })
}

/// Of a refusal the trace keeps only that it happened.
fn same(recorded: &Answer, replayed: &Answer) -> bool {
    recorded.kick == replayed.kick
        && recorded.choice == replayed.choice
        && recorded.alarm == replayed.alarm
        && recorded.refused.is_some() == replayed.refused.is_some()
}

fn difference(recorded: &Recorded, replayed: &Answer, before: Vec<String>) -> Difference {
    Difference {
        seq: recorded.event.seq,
        before,
        call: text::call(recorded),
        recorded: text::answer(recorded, &recorded.event.answer()),
        replayed: text::answer(recorded, replayed),
    }
}

fn context(calls: &Calls<'_>, index: usize) -> Vec<String> {
    let line = |call: Recorded| {
        let answer = text::answer(&call, &call.event.answer());
        format!("{}: {}: {answer}", call.event.seq, text::call(&call))
    };
    (index.saturating_sub(CONTEXT)..index).filter_map(|at| calls.get(at)).map(line).collect()
}
