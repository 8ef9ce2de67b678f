//! The parameters of the pool.

use sched::param::check_ranges;
use sched::{Key, Kind, Refused, Row, Why};

/// What becomes of a vCPU for which there is no pCPU.
///
/// The number is that of the first reason in the order of [`Why`] for which a pCPU goes to others, so that blocking
/// asks one question.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Surplus {
    /// It waits, visibly, until an owner is switched off. Meanwhile it runs on pCPUs whose owners are not ready.
    Lend = Why::Wait as u8,
    /// It waits, visibly, until an owner is switched off.
    Wait = Why::Off as u8,
    /// It is not admitted. Who is admitted has a pCPU from then on, switched on or not.
    Refuse = Why::Off as u8 + 1,
}

impl Surplus {
    /// True if a vCPU that stops being ready, because of `why`, leaves its pCPU to others.
    // [NULL-R-05] [NULL-R-09] [NULL-R-13]
    #[inline(always)]
    pub(crate) const fn takes(self, why: Why) -> bool {
        why as u8 >= self as u8
    }
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
