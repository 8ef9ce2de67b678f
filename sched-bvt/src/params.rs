//! Parameters: how fast a vCPU ages and how it warps, and the pool's context-switch allowance.

use sched::param::check_ranges;
use sched::{Duration, Key, Kind, Refused, Row};

/// The usual `mcu_advance`.
pub(crate) const MCU: u64 = 10;
const ALLOWANCE: u64 = 5_000_000;
const LIMIT: u64 = 2_000_000_000;
const REST: u64 = 1_000_000_000;
/// The longest duration of the warp, ns: far from the ends of all sums.
const LONGEST: u64 = 3_600_000_000_000;

/// Parameters of one vCPU. Values are valid by construction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VcpuParams {
    mcu_advance: u16,
    warpback: bool,
    warp_value: Duration,
    warpl: Duration,
    warpu: Duration,
}

impl VcpuParams {
    /// An even share, without a warp.
    pub const DEFAULT: Self = Self {
        mcu_advance: MCU as u16,
        warpback: false,
        warp_value: Duration::ZERO,
        warpl: Duration::from_nanos(LIMIT),
        warpu: Duration::from_nanos(REST),
    };

    /// A share in inverse proportion to `mcu_advance`.
    ///
    /// # Errors
    /// It is not within 1 to 1000.
    pub fn share(mcu_advance: u64) -> Result<Self, Refused> {
        Self::read(&[mcu_advance, 0, 0, LIMIT, REST])
    }

    /// The same share with a warp.
    ///
    /// # Errors
    /// A duration is longer than an hour.
    pub fn warped(self, value: Duration, limit: Duration, rest: Duration) -> Result<Self, Refused> {
        Self::read(&[u64::from(self.mcu_advance), 1, value.nanos(), limit.nanos(), rest.nanos()])
    }

    /// How fast it ages; 10 is usual, twice as much is half the share.
    pub const fn mcu_advance(&self) -> u64 {
        self.mcu_advance as u64
    }

    /// True if it warps.
    pub const fn warpback(&self) -> bool {
        self.warpback
    }

    /// By how much it counts as younger while it warps, in time of a vCPU with the usual `mcu_advance`.
    pub const fn warp_value(&self) -> Duration {
        self.warp_value
    }

    /// How long it may run warped; zero: without end.
    pub const fn warpl(&self) -> Duration {
        self.warpl
    }

    /// How long it must go without a warp after that; zero: for ever.
    pub const fn warpu(&self) -> Duration {
        self.warpu
    }
}

impl Row for VcpuParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "mcu_advance",
            kind: Kind::Number,
            min: 1,
            max: 1000,
            default: Some(MCU),
            doc: "How fast the vCPU ages while it runs: shares are in inverse proportion to it.",
        },
        Key { name: "warpback", kind: Kind::Flag, min: 0, max: 1, default: Some(0), doc: "Whether the vCPU warps." },
        Key {
            name: "warp_value",
            kind: Kind::Duration,
            min: 0,
            max: LONGEST,
            default: Some(0),
            doc: "How much younger the vCPU counts while it warps: how much it may borrow.",
        },
        Key {
            name: "warpl",
            kind: Kind::Duration,
            min: 0,
            max: LONGEST,
            default: Some(LIMIT),
            doc: "Execution after which a warp ends; 0 sets no limit.",
        },
        Key {
            name: "warpu",
            kind: Kind::Duration,
            min: 0,
            max: LONGEST,
            default: Some(REST),
            doc: "Time without a warp before one that ended returns; with 0 it does not return.",
        },
    ];

    // [BVT-R-10]
    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let word = |index: usize| row.get(index).copied().unwrap_or(0);
        let time = |index: usize| Duration::from_nanos(word(index));
        // Its range was checked.
        let mcu_advance = u16::try_from(word(0)).unwrap_or(u16::MAX);
        Ok(Self { mcu_advance, warpback: word(1) != 0, warp_value: time(2), warpl: time(3), warpu: time(4) })
    }

    fn write(&self, row: &mut [u64]) {
        let times = [self.warp_value, self.warpl, self.warpu].map(Duration::nanos);
        let words = [self.mcu_advance(), u64::from(self.warpback)].into_iter().chain(times);
        row.iter_mut().zip(words).for_each(|(to, word)| *to = word);
    }
}

/// Parameters of the pool.
///
/// Values are valid by construction: an allowance of 10 µs to 1 s.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolParams {
    ctx_allow: Duration,
}

impl PoolParams {
    /// The context-switch allowance: how far a vCPU may get ahead of the first in line, in its own time.
    pub const fn ctx_allow(&self) -> Duration {
        self.ctx_allow
    }
}

impl Default for PoolParams {
    fn default() -> Self {
        Self { ctx_allow: Duration::from_nanos(ALLOWANCE) }
    }
}

impl Row for PoolParams {
    const KEYS: &'static [Key] = &[Key {
        name: "ctx_allow",
        kind: Kind::Duration,
        min: 10_000,
        max: 1_000_000_000,
        default: Some(ALLOWANCE),
        doc: "How far a running vCPU may get ahead of the first in line before they switch.",
    }];

    // [BVT-R-10]
    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        Ok(Self { ctx_allow: Duration::from_nanos(row.first().copied().unwrap_or(0)) })
    }

    fn write(&self, row: &mut [u64]) {
        if let Some(word) = row.first_mut() {
            *word = self.ctx_allow.nanos();
        }
    }
}
