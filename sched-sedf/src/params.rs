//! Parameters of a vCPU: its slice, or its weight, and whether it has extra time.

use sched::param::check_ranges;
use sched::{Duration, Key, Kind, NoRow, Refused, Row};

const SHORTEST_PERIOD: u64 = 10_000;
const LONGEST_PERIOD: u64 = 10_000_000_000;
const SHORTEST_SLICE: u64 = 5_000;
const PERIOD: u64 = 100_000_000;

const SLICE_KEY: u8 = 1;
const EXTRATIME_KEY: u8 = 2;
const WEIGHT_KEY: u8 = 3;

/// There are none.
pub type PoolParams = NoRow;

/// Parameters of one vCPU.
///
/// Values are valid by construction: a slice of 5 µs up to the period, or none; not both a slice and a weight; and
/// something to run with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VcpuParams {
    period: Duration,
    slice: Duration,
    extratime: bool,
    weight: u16,
}

impl VcpuParams {
    /// Extra time alone.
    pub const BEST_EFFORT: Self =
        Self { period: Duration::from_nanos(PERIOD), slice: Duration::ZERO, extratime: true, weight: 0 };

    /// `slice` in every `period`, and extra time if it has `extratime`.
    ///
    /// # Errors
    /// The rules of the type.
    pub fn reserve(slice: Duration, period: Duration, extratime: bool) -> Result<Self, Refused> {
        Self::read(&[period.nanos(), slice.nanos(), u64::from(extratime), 0])
    }

    /// A share by `weight` of what the slices leave over: of all of it, or with `extratime` of its extra time.
    ///
    /// # Errors
    /// The weight is 0 or above 65535.
    pub fn weighted(weight: u64, extratime: bool) -> Result<Self, Refused> {
        Self::read(&[PERIOD, 0, u64::from(extratime), weight])
    }

    /// The length of a period; 100 ms for a share by weight.
    pub const fn period(&self) -> Duration {
        self.period
    }

    /// Execution in every period; zero without a reservation.
    pub const fn slice(&self) -> Duration {
        self.slice
    }

    /// True if it may use what the slices leave over.
    pub const fn extratime(&self) -> bool {
        self.extratime
    }

    /// The weight; zero if it has none.
    pub const fn weight(&self) -> u16 {
        self.weight
    }

    /// True if its slice follows from its weight.
    pub(crate) const fn by_weight(&self) -> bool {
        self.weight != 0 && !self.extratime
    }

    /// True if it has a slice at all.
    pub(crate) const fn served(&self) -> bool {
        !self.slice.is_zero() || self.by_weight()
    }

    // [SEDF-R-05]
    /// How fast it ages in extra time: in inverse proportion to its reserved share, or to its weight.
    pub(crate) fn rate(&self) -> u64 {
        let slice = self.slice.nanos();
        if slice == 0 {
            (1 << 17) / u64::from(self.weight.max(1))
        } else {
            (self.period.nanos() << 10).checked_div(slice).unwrap_or(1)
        }
    }
}

impl Row for VcpuParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "period",
            kind: Kind::Duration,
            min: SHORTEST_PERIOD,
            max: LONGEST_PERIOD,
            default: Some(PERIOD),
            doc: "The length of a period: the slice is renewed once in each. Without meaning for a weight.",
        },
        Key {
            name: "slice",
            kind: Kind::Duration,
            min: 0,
            max: LONGEST_PERIOD,
            default: Some(0),
            doc: "Execution reserved in every period; 0 reserves nothing.",
        },
        Key {
            name: "extratime",
            kind: Kind::Flag,
            min: 0,
            max: 1,
            default: Some(1),
            doc: "Whether the vCPU may use time that no slice claims.",
        },
        Key {
            name: "weight",
            kind: Kind::Number,
            min: 0,
            max: 65_535,
            default: Some(0),
            doc: "The share of what the slices leave over: as a slice without `extratime`, else as extra time.",
        },
    ];

    // [SEDF-R-12]
    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let word = |index: usize| row.get(index).copied().unwrap_or(0);
        let (period, slice, extratime, weight) = (word(0), word(1), word(2) != 0, word(3));
        if slice != 0 && slice < SHORTEST_SLICE {
            return Err(Refused::new("a slice is either 0 or at least 5us", SLICE_KEY, SHORTEST_SLICE, slice));
        }
        if slice > period {
            return Err(Refused::new("the slice must not exceed the period", SLICE_KEY, period, slice));
        }
        if slice != 0 && weight != 0 {
            return Err(Refused::new("a vCPU has a slice or a weight, not both", WEIGHT_KEY, 0, weight));
        }
        if slice == 0 && weight == 0 && !extratime {
            let rule = "without a slice, a weight and extra time it would never run";
            return Err(Refused::new(rule, EXTRATIME_KEY, 1, 0));
        }
        let period = if weight != 0 { PERIOD } else { period };
        let time = Duration::from_nanos;
        // The range of the weight was checked.
        let weight = u16::try_from(weight).unwrap_or(u16::MAX);
        Ok(Self { period: time(period), slice: time(slice), extratime, weight })
    }

    fn write(&self, row: &mut [u64]) {
        let words = [self.period.nanos(), self.slice.nanos(), u64::from(self.extratime), u64::from(self.weight)];
        row.iter_mut().zip(words).for_each(|(to, word)| *to = word);
    }
}
