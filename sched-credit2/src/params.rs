//! Parameters: their names, ranges, defaults and flat form.

use sched::fair::params::{CAP_PERIOD, RATELIMIT, VCPU_WEIGHT, Words, check_ratelimit, put};
use sched::param::check_ranges;
use sched::{Duration, Key, Kind, Refused, Row};

const MS: u64 = 1_000_000;
const US: u64 = 1_000;

/// Parameters of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolParams {
    /// A vCPU without a latency hint pre-empts nobody who has run for less than this; 0, or 100 µs to 500 ms.
    pub ratelimit: Duration,
    /// The period in which a cap's budget is spent; 1 ms to 1 s.
    pub cap_period: Duration,
    /// The credit by which a vCPU must lead to run on another pCPU than its last one; at most 100 ms.
    pub migration_resistance: Duration,
}

impl PoolParams {
    /// The defaults of Xen's credit2.
    pub const DEFAULT: Self = Self {
        ratelimit: Duration::from_millis(1),
        cap_period: Duration::from_millis(10),
        migration_resistance: Duration::from_micros(500),
    };
}

impl Row for PoolParams {
    const KEYS: &'static [Key] = &[
        Key {
            doc: "A vCPU runs at least this long before one without a latency hint pre-empts it; 0 = no limit, else 100 us to 500 ms.",
            ..RATELIMIT
        },
        CAP_PERIOD,
        Key {
            name: "migration_resistance",
            kind: Kind::Duration,
            min: 0,
            max: 100 * MS,
            default: Some(500 * US),
            doc: "The credit by which a vCPU must lead to run on another pCPU than its last one.",
        },
    ];

    // [CREDIT2-R-08]
    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let words = Words(row);
        check_ratelimit(0, words.number(0))?;
        Ok(Self { ratelimit: words.time(0), cap_period: words.time(1), migration_resistance: words.time(2) })
    }

    // [CREDIT2-R-19]
    fn write(&self, row: &mut [u64]) {
        let Self { ratelimit, cap_period, migration_resistance } = *self;
        put(row, [ratelimit, cap_period, migration_resistance].map(Duration::nanos));
    }
}

/// Parameters of a vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VcpuParams {
    /// Its weight; 0 = its group's.
    pub weight: u32,
    /// The delay it tolerates when it wakes within its share; 0 = no hint. At most 1 s.
    pub latency: Duration,
}

impl VcpuParams {
    /// The group's weight, no hint.
    pub const DEFAULT: Self = Self { weight: 0, latency: Duration::ZERO };
}

impl Row for VcpuParams {
    const KEYS: &'static [Key] = &[
        VCPU_WEIGHT,
        Key {
            name: "latency",
            kind: Kind::Duration,
            min: 0,
            max: 1_000 * MS,
            default: Some(0),
            doc: "A hint: while within its share it runs at once when it wakes, those with the shortest delay first; 0 = no hint.",
        },
    ];

    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let words = Words(row);
        Ok(Self { weight: words.small(0), latency: words.time(1) })
    }

    // [CREDIT2-R-19]
    fn write(&self, row: &mut [u64]) {
        put(row, [u64::from(self.weight), self.latency.nanos()]);
    }
}
