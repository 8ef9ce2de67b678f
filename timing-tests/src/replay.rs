//! The recorded calls through the same policy on this machine: every answer must be the same.
//!
//! The policy starts as it did at boot, from the pool's parameters and table in the plan; everything later,
//! vCPUs and their parameters included, is in the recorded calls.

mod compare;
mod text;

pub use compare::{Difference, Ending};

use crate::plan::{Plan, Pool};
use policies::{BuildError, Heap, Policy, Spec};
use sched::Instant;
use trace::{Calls, Recording, calls::Gap};

/// The replay of one pool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replay {
    /// The pool's name.
    pub pool: String,
    /// The scheduler that ran.
    pub scheduler: String,
    /// How many calls were there to be replayed.
    pub calls: usize,
    /// How it ended.
    pub ending: Ending,
}

/// Replays every pool.
pub fn replay(recording: &Recording, plan: &Plan) -> Vec<Replay> {
    let one = |(index, pool): (usize, &Pool)| {
        let calls = Calls::of(recording, index);
        let ending = match (build(pool), recording.dropped()) {
            (Err(sentence), _) => Ending::NotBuilt(sentence),
            (Ok(policy), dropped) => match compare::compare(policy, pool.vcpus, &calls) {
                Ending::Same if dropped > 0 => Ending::Dropped(dropped),
                ending => ending,
            },
        };
        Replay { pool: pool.name.clone(), scheduler: pool.scheduler.clone(), calls: calls.len(), ending }
    };
    plan.pools.iter().enumerate().map(one).collect()
}

/// The pool's policy as it is at boot.
pub(crate) fn build(pool: &Pool) -> Result<Policy<Heap>, String> {
    let name = pool.scheduler.as_str();
    let row = pool.params.ok_or_else(|| format!("the plan has no parameters of {name} for the pool"))?.row;
    let spec = Spec {
        name,
        row,
        table: pool.table.iter().map(|entry| entry.row),
        entries: pool.table.len(),
        cpus: pool.cpus,
        vcpus: pool.vcpus,
        groups: pool.groups,
        now: Instant::ZERO,
    };
    policies::build(&mut Heap, spec).map_err(|error| match error {
        BuildError::Unknown => format!("this tool knows no scheduler {name}"),
        BuildError::Memory => format!("there is not enough memory for {name}"),
        BuildError::Refused(refused) => format!("{name} refuses its parameters: {}", refused.rule),
    })
}

impl Replay {
    /// True if every call of the run was replayed with the same answer.
    pub fn is_same(&self) -> bool {
        self.ending == Ending::Same
    }
}

impl core::fmt::Display for Replay {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { pool, scheduler, calls, ending } = self;
        write!(f, "{pool} ({scheduler}): ")?;
        match ending {
            Ending::Same => write!(f, "{calls} calls replayed, every answer is the same"),
            Ending::Gap(Gap { missing, found }) => {
                write!(f, "{calls} calls replayed with the same answers; then call {missing} is missing before {found}")
            }
            Ending::Dropped(dropped) => {
                write!(f, "{calls} calls replayed with the same answers; {dropped} events were dropped after them")
            }
            Ending::Unreadable(sentence) | Ending::NotBuilt(sentence) => f.write_str(sentence),
            Ending::Different(differences) => {
                write!(f, "DIFFERENT, of {calls} calls:")?;
                differences.iter().try_for_each(|difference| write!(f, "\n{difference}"))
            }
        }
    }
}

#[cfg(test)]
#[path = "replay/tests.rs"]
mod tests;
