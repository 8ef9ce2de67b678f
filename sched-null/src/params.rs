//! The parameters of the pool.

use sched::param::check_ranges;
use sched::{Key, Kind, Refused, Row};

/// What becomes of a vCPU for which there is no pCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Surplus {
    /// It is not admitted. Who is admitted has a pCPU from then on, switched on or not.
    Refuse,
    /// It waits, visibly, until an owner is switched off.
    Wait,
    /// It waits too, and runs meanwhile on a pCPU whose owner is not ready.
    Lend,
}

/// Parameters of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolParams {
    /// What becomes of a vCPU for which there is no pCPU.
    pub surplus: Surplus,
}

impl Default for PoolParams {
    fn default() -> Self {
        Self { surplus: Surplus::Wait }
    }
}

impl Row for PoolParams {
    const KEYS: &'static [Key] = &[Key {
        name: "surplus",
        kind: Kind::Choice(&["wait", "refuse", "lend"]),
        min: 0,
        max: 2,
        default: Some(0),
        doc: "Whether a vCPU for which no pCPU is left waits for one, is refused, or borrows one meanwhile.",
    }];

    // [NULL-R-12]
    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let surplus = match row.first() {
            Some(1) => Surplus::Refuse,
            Some(2) => Surplus::Lend,
            _ => Surplus::Wait,
        };
        Ok(Self { surplus })
    }

    // [NULL-R-12]
    fn write(&self, row: &mut [u64]) {
        if let Some(word) = row.first_mut() {
            *word = match self.surplus {
                Surplus::Wait => 0,
                Surplus::Refuse => 1,
                Surplus::Lend => 2,
            };
        }
    }
}
