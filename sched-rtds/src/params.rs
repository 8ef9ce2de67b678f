//! Parameters of a vCPU: its reservation.

use sched::param::check_ranges;
use sched::{Duration, Key, Kind, Refused, Row};

/// The shortest budget and period: what Xen's RTDS accepts too.
const SHORTEST: u64 = 10_000;
/// The longest period: 2³² µs, as in Xen's interface. It keeps every sum far from the ends of 64 bits.
const LONGEST: u64 = 4_294_967_295_000;

const BUDGET: u8 = 1;
const EXTRATIME: u8 = 2;
const OFFSET: u8 = 3;
const URGENT: u8 = 4;

/// The reservation of one vCPU: `budget` of execution in every `period`.
///
/// Values are valid by construction: `budget` ≤ `period`, both at least 10 µs (or no budget at all).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VcpuParams {
    period: Duration,
    budget: Duration,
    extratime: bool,
    /// It has to stop when its budget ends; follows from the others.
    stops: bool,
    offset: Duration,
    urgent: bool,
}

impl VcpuParams {
    /// No reservation: a turn of what the reservations leave over.
    pub const BEST_EFFORT: Self = Self {
        period: Duration::from_millis(10),
        budget: Duration::ZERO,
        extratime: true,
        stops: false,
        offset: Duration::ZERO,
        urgent: false,
    };

    /// A reservation of `budget` in every `period`; `extratime` also allows a turn of what is left over.
    ///
    /// # Errors
    /// The rules of the type.
    pub fn reserve(budget: Duration, period: Duration, extratime: bool) -> Result<Self, Refused> {
        Self::read(&[period.nanos(), budget.nanos(), u64::from(extratime)])
    }

    /// The same reservation with its grid of periods moved by `offset`, which is less than the period.
    ///
    /// # Errors
    /// The offset is not less than the period.
    pub fn with_offset(self, offset: Duration) -> Result<Self, Refused> {
        let mut row = self.words();
        row[usize::from(OFFSET)] = offset.nanos();
        Self::read(&row)
    }

    /// The same reservation before all that are not urgent, whatever their deadlines.
    ///
    /// # Errors
    /// It reserves nothing.
    pub fn with_urgency(self) -> Result<Self, Refused> {
        let mut row = self.words();
        row[usize::from(URGENT)] = 1;
        Self::read(&row)
    }

    fn words(&self) -> [u64; 5] {
        let flags = [u64::from(self.extratime), u64::from(self.urgent)];
        [self.period.nanos(), self.budget.nanos(), flags[0], self.offset.nanos(), flags[1]]
    }

    /// The length of a period; at least 10 µs.
    pub const fn period(&self) -> Duration {
        self.period
    }

    /// Execution per period; zero without a reservation.
    pub const fn budget(&self) -> Duration {
        self.budget
    }

    /// True if it may use what the reservations leave over.
    pub const fn extratime(&self) -> bool {
        self.extratime
    }

    /// Where its grid of periods starts after the epoch (server `deferrable`).
    pub const fn offset(&self) -> Duration {
        self.offset
    }

    /// True if its reservation goes before all that are not urgent.
    pub const fn urgent(&self) -> bool {
        self.urgent
    }

    /// True if it has a server.
    pub(crate) const fn reserved(&self) -> bool {
        !self.budget.is_zero()
    }

    /// True if the end of its budget takes the pCPU away from it even if nobody else wants it.
    pub(crate) const fn stops(&self) -> bool {
        self.stops
    }
}

impl Row for VcpuParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "period",
            kind: Kind::Duration,
            min: SHORTEST,
            max: LONGEST,
            default: Some(10_000_000),
            doc: "The length of a period: the budget is replenished once in each.",
        },
        Key {
            name: "budget",
            kind: Kind::Duration,
            min: 0,
            max: LONGEST,
            default: Some(0),
            doc: "Execution reserved in every period; 0 reserves nothing.",
        },
        Key {
            name: "extratime",
            kind: Kind::Flag,
            min: 0,
            max: 1,
            default: Some(1),
            doc: "Whether the vCPU may use time that no reservation needs, beyond its budget.",
        },
        Key {
            name: "offset",
            kind: Kind::Duration,
            min: 0,
            max: LONGEST,
            default: Some(0),
            doc: "Start of the grid of periods after the epoch; for the server \"deferrable\".",
        },
        Key {
            name: "urgent",
            kind: Kind::Flag,
            min: 0,
            max: 1,
            default: Some(0),
            doc: "Whether its budget goes before those of all others; for shares above m / (2m - 1) on m pCPUs.",
        },
    ];

    // [RTDS-R-12]
    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let word = |index: usize| row.get(index).copied().unwrap_or(0);
        let (period, budget, extratime, offset) = (word(0), word(1), word(2) != 0, word(3));
        if budget != 0 && budget < SHORTEST {
            return Err(Refused::new("a budget is either 0 or at least 10us", BUDGET, SHORTEST, budget));
        }
        if budget > period {
            return Err(Refused::new("the budget must not exceed the period", BUDGET, period, budget));
        }
        if budget == 0 && !extratime {
            return Err(Refused::new("without a budget and without extra time it would never run", EXTRATIME, 1, 0));
        }
        if offset >= period {
            return Err(Refused::new("the offset must be less than the period", OFFSET, period, offset));
        }
        let urgent = word(usize::from(URGENT)) != 0;
        if urgent && budget == 0 {
            return Err(Refused::new("without a budget nothing is urgent", URGENT, 0, 1));
        }
        let time = Duration::from_nanos;
        let stops = !extratime && budget < period;
        Ok(Self { period: time(period), budget: time(budget), extratime, stops, offset: time(offset), urgent })
    }

    // [RTDS-R-12]
    fn write(&self, row: &mut [u64]) {
        row.iter_mut().zip(self.words()).for_each(|(to, word)| *to = word);
    }
}
