//! Parameters: their names, ranges, defaults and flat form.

use sched::fair::params::{CAP_PERIOD, RATELIMIT, VCPU_WEIGHT, Words, check_ratelimit, put};
use sched::param::check_ranges;
use sched::{Duration, Key, Kind, Refused, Row};

const MS: u64 = 1_000_000;

/// Parameters of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolParams {
    /// The time slice; 1 to 1000 ms.
    pub tslice: Duration,
    /// Nobody who has run for less than this is pre-empted; 0, or 100 µs to 500 ms, and at most a slice.
    pub ratelimit: Duration,
    /// The period in which a cap's budget is spent; 1 ms to 1 s.
    pub cap_period: Duration,
    /// A vCPU that was pre-empted waits this long for its pCPU before another one takes it; at most 100 ms.
    pub migration_delay: Duration,
}

impl PoolParams {
    /// The defaults of Xen's credit, but for the period of caps, which there is the slice.
    pub const DEFAULT: Self = Self {
        tslice: Duration::from_millis(30),
        ratelimit: Duration::from_millis(1),
        cap_period: Duration::from_millis(10),
        migration_delay: Duration::ZERO,
    };
}

impl Row for PoolParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "tslice",
            kind: Kind::Duration,
            min: MS,
            max: 1_000 * MS,
            default: Some(30 * MS),
            doc: "The time slice.",
        },
        RATELIMIT,
        CAP_PERIOD,
        Key {
            name: "migration_delay",
            kind: Kind::Duration,
            min: 0,
            max: 100 * MS,
            default: Some(0),
            doc: "A vCPU that was pre-empted waits this long for its pCPU before another one takes it.",
        },
    ];

    // [CREDIT-R-08]
    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let words = Words(row);
        check_ratelimit(1, words.number(1))?;
        if words.number(1) > words.number(0) {
            let rule = "the rate limit must not exceed the time slice";
            return Err(Refused::new(rule, 1, words.number(0), words.number(1)));
        }
        Ok(Self {
            tslice: words.time(0),
            ratelimit: words.time(1),
            cap_period: words.time(2),
            migration_delay: words.time(3),
        })
    }

    // [CREDIT-R-20]
    fn write(&self, row: &mut [u64]) {
        let Self { tslice, ratelimit, cap_period, migration_delay } = *self;
        put(row, [tslice, ratelimit, cap_period, migration_delay].map(Duration::nanos));
    }
}

/// Parameters of a vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VcpuParams {
    /// Its weight; 0 = its group's.
    pub weight: u32,
}

impl VcpuParams {
    /// The group's weight.
    pub const DEFAULT: Self = Self { weight: 0 };
}

impl Row for VcpuParams {
    const KEYS: &'static [Key] = &[VCPU_WEIGHT];

    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        Ok(Self { weight: Words(row).small(0) })
    }

    // [CREDIT-R-20]
    fn write(&self, row: &mut [u64]) {
        put(row, [u64::from(self.weight)]);
    }
}
