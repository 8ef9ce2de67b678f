//! Parameters of a vCPU: its slice and period, its latency, and whether it shares the slack.

use sched::global::server::Terms;
use sched::param::check_ranges;
use sched::{Duration, Key, Kind, NoRow, Refused, Row};

const SHORTEST: u64 = 10_000;
const LONGEST: u64 = 100_000_000_000;
const PERIOD: u64 = 10_000_000_000;
const SLICE: u64 = 10_000_000;

const SLICE_KEY: u8 = 1;
const LATENCY_KEY: u8 = 2;
const XTRATIME_KEY: u8 = 3;

/// There are none.
pub type PoolParams = NoRow;

/// Parameters of one vCPU.
///
/// Values are valid by construction: slice ≤ period, 10 µs ≤ latency ≤ period, and something to run with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VcpuParams {
    period: Duration,
    slice: Duration,
    latency: Duration,
    xtratime: bool,
}

impl VcpuParams {
    /// Mostly slack: 10 ms in 10 s, and turns in slack.
    pub const DEFAULT: Self = Self {
        period: Duration::from_nanos(PERIOD),
        slice: Duration::from_nanos(SLICE),
        latency: Duration::from_nanos(PERIOD),
        xtratime: true,
    };

    /// `slice` in every `period`, a first service within `latency` after a long block, and turns in slack if it has
    /// `xtratime`.
    ///
    /// # Errors
    /// The rules of the type.
    pub fn reserve(slice: Duration, period: Duration, latency: Duration, xtratime: bool) -> Result<Self, Refused> {
        Self::read(&[period.nanos(), slice.nanos(), latency.nanos(), u64::from(xtratime)])
    }

    /// The natural length of a period.
    pub const fn period(&self) -> Duration {
        self.period
    }

    /// Execution in every natural period; zero without a reservation.
    pub const fn slice(&self) -> Duration {
        self.slice
    }

    /// The length of the first period after a long block.
    pub const fn latency(&self) -> Duration {
        self.latency
    }

    /// True if it has turns in slack.
    pub const fn xtratime(&self) -> bool {
        self.xtratime
    }

    // [ATROPOS-R-05]
    /// What the period after `present` grants: a scaled one is twice as long as the one before.
    pub(crate) fn after(&self, present: Terms) -> Terms {
        self.terms(present.period.times(2))
    }

    // [ATROPOS-R-05]
    /// What a period of this length grants, never longer than the natural one. The slice is computed from the natural
    /// one each time and rounded up, so that no share is lost by scaling.
    pub(crate) fn terms(&self, period: Duration) -> Terms {
        if period >= self.period {
            return Terms { slice: self.slice, period: self.period };
        }
        let product = u128::from(self.slice.nanos()) * u128::from(period.nanos());
        let slice = product.div_ceil(u128::from(self.period.nanos().max(1)));
        Terms { slice: Duration::from_nanos(u64::try_from(slice).unwrap_or(u64::MAX)), period }
    }
}

impl Row for VcpuParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "period",
            kind: Kind::Duration,
            min: SHORTEST,
            max: LONGEST,
            default: Some(PERIOD),
            doc: "The natural length of a period: the slice is renewed once in each.",
        },
        Key {
            name: "slice",
            kind: Kind::Duration,
            min: 0,
            max: LONGEST,
            default: Some(SLICE),
            doc: "Execution reserved in every period; 0 reserves nothing.",
        },
        Key {
            name: "latency",
            kind: Kind::Duration,
            min: 0,
            max: LONGEST,
            default: Some(0),
            doc: "The first period after a long block, with a slice in proportion; 0 means the natural period.",
        },
        Key {
            name: "xtratime",
            kind: Kind::Flag,
            min: 0,
            max: 1,
            default: Some(1),
            doc: "Whether the vCPU has turns in time that no slice claims.",
        },
    ];

    // [ATROPOS-R-11]
    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let word = |index: usize| row.get(index).copied().unwrap_or(0);
        let (period, slice, xtratime) = (word(0), word(1), word(3) != 0);
        let latency = if word(2) == 0 { period } else { word(2) };
        if slice > period {
            return Err(Refused::new("the slice must not exceed the period", SLICE_KEY, period, slice));
        }
        if slice == 0 && !xtratime {
            return Err(Refused::new("without a slice and without extra time it would never run", XTRATIME_KEY, 1, 0));
        }
        if latency < SHORTEST {
            return Err(Refused::new("a latency is at least 10us", LATENCY_KEY, SHORTEST, latency));
        }
        if latency > period {
            return Err(Refused::new("the latency must not exceed the period", LATENCY_KEY, period, latency));
        }
        let time = Duration::from_nanos;
        Ok(Self { period: time(period), slice: time(slice), latency: time(latency), xtratime })
    }

    fn write(&self, row: &mut [u64]) {
        let words = [self.period, self.slice, self.latency].map(Duration::nanos);
        let words = words.into_iter().chain([u64::from(self.xtratime)]);
        row.iter_mut().zip(words).for_each(|(to, word)| *to = word);
    }
}
