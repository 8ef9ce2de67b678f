//! Parameters for the load, made from what the policy says about its keys; no policy is known by name.

use crate::chance::Chance;
use policies::Descriptor;
use sched::param::default_row;
use sched::{AnyRow, Key, Kind, Refused};

/// How often a random row may be refused before the defaults are taken.
const ATTEMPTS: u32 = 64;
/// Durations stay below, so that many periods begin and end in a run, ns.
const LONGEST: u64 = 50_000_000;
/// The length of a table's entry, ns.
const STEP: u64 = 1_000_000;

/// A random row that `check` accepts.
pub(crate) fn random(keys: &[Key], check: fn(&AnyRow) -> Result<(), Refused>, chance: &mut Chance) -> AnyRow {
    for _ in 0..ATTEMPTS {
        let mut row = default_row(keys);
        for (word, key) in row.iter_mut().zip(keys) {
            *word = match key.kind {
                Kind::Duration => chance.spread(key.min, key.max.min(LONGEST)),
                _ => chance.spread(key.min, key.max),
            };
        }
        if check(&AnyRow(row)).is_ok() {
            return AnyRow(row);
        }
    }
    AnyRow(default_row(keys))
}

/// The pool's parameters: the defaults, and for what has none a length that `entries` steps fill.
pub(crate) fn pool(policy: &Descriptor, entries: usize) -> AnyRow {
    let mut row = default_row(policy.pool);
    for (word, key) in row.iter_mut().zip(policy.pool) {
        if key.default.is_none() {
            *word = STEP.saturating_mul(entries as u64).clamp(key.min, key.max);
        }
    }
    AnyRow(row)
}

/// The `index`-th entry of a table: one step after the other, the groups in turn.
pub(crate) fn entry(policy: &Descriptor, index: usize, groups: usize) -> AnyRow {
    let keys = policy.table.map_or(&[][..], |(_, keys)| keys);
    let mut row = default_row(keys);
    let mut durations = 0;
    for (word, key) in row.iter_mut().zip(keys) {
        match key.kind {
            Kind::Partition => *word = (index as u64).checked_rem(groups as u64).unwrap_or(0),
            Kind::Duration => {
                // A start, then a length.
                *word = if durations == 0 { STEP.saturating_mul(index as u64) } else { STEP };
                durations += 1;
            }
            _ => {}
        }
    }
    AnyRow(row)
}
