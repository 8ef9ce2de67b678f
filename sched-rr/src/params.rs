//! Parameters: the slice of the pool.

use sched::param::check_ranges;
use sched::{Duration, Key, Kind, Refused, Row};

/// The usual turn: what early Xen had.
const SLICE: u64 = 10_000_000;

/// Parameters of the pool.
///
/// Values are valid by construction: a slice of 100 µs to 1 s.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolParams {
    slice: Duration,
}

impl PoolParams {
    /// Turns of `slice`.
    ///
    /// # Errors
    /// The slice is out of its range.
    pub fn turns_of(slice: Duration) -> Result<Self, Refused> {
        Self::read(&[slice.nanos()])
    }

    /// The length of a turn.
    pub const fn slice(&self) -> Duration {
        self.slice
    }
}

impl Default for PoolParams {
    fn default() -> Self {
        Self { slice: Duration::from_nanos(SLICE) }
    }
}

impl Row for PoolParams {
    const KEYS: &'static [Key] = &[Key {
        name: "slice",
        kind: Kind::Duration,
        min: 100_000,
        max: 1_000_000_000,
        default: Some(SLICE),
        doc: "The length of a turn while others wait.",
    }];

    // [RR-R-09]
    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        Ok(Self { slice: Duration::from_nanos(row.first().copied().unwrap_or(0)) })
    }

    fn write(&self, row: &mut [u64]) {
        if let Some(word) = row.first_mut() {
            *word = self.slice.nanos();
        }
    }
}
