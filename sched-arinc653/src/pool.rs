//! The parameters of the pool.

use crate::SCHEDULES;
use sched::param::check_ranges;
use sched::{Duration, Key, Kind, Refused, Row};

/// The longest major frame: a day.
pub(crate) const LONGEST: u64 = 86_400_000_000_000;
/// The shortest one.
const SHORTEST: u64 = 1_000;

/// What happens to time that the partition of a window does not use, and to gaps between windows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Slack {
    /// The pCPU stays idle.
    Idle,
    /// The partition of the pCPU's next window may use it, until the owner wakes or the window ends.
    Next,
}

/// Parameters of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolParams {
    /// The length of the major frame, after which the windows repeat; 1 µs to a day. Fixed while the pool runs.
    pub major_frame: Duration,
    /// The schedule in force, from 0 to [`SCHEDULES`] − 1.
    pub schedule: u8,
    /// What happens to unused time.
    pub slack: Slack,
    /// A window that starts later than this counts as a shortfall of the vCPU that starts in it; zero: none does.
    pub lateness_limit: Duration,
}

impl PoolParams {
    /// One schedule with this major frame; unused time stays idle, and no lateness counts as a shortfall.
    pub const fn frame(major_frame: Duration) -> Self {
        Self { major_frame, schedule: 0, slack: Slack::Idle, lateness_limit: Duration::ZERO }
    }
}

// [ARINC-R-14]
impl Row for PoolParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "major_frame",
            kind: Kind::Duration,
            min: SHORTEST,
            max: LONGEST,
            default: None,
            doc: "The length of the major frame, after which the windows repeat.",
        },
        Key {
            name: "schedule",
            kind: Kind::Name,
            min: 0,
            max: SCHEDULES as u64 - 1,
            default: Some(0),
            doc: "The schedule in force at boot, by name.",
        },
        Key {
            name: "slack",
            kind: Kind::Choice(&["idle", "next"]),
            min: 0,
            max: 1,
            default: Some(0),
            doc: "What becomes of unused time: nothing, or the partition of the next window may use it.",
        },
        Key {
            name: "lateness_limit",
            kind: Kind::Duration,
            min: 0,
            max: LONGEST,
            default: Some(0),
            doc: "A window that starts later than this counts as a shortfall; 0 counts none.",
        },
    ];

    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let word = |index: usize| row.get(index).copied().unwrap_or(0);
        Ok(Self {
            major_frame: Duration::from_nanos(word(0)),
            schedule: u8::try_from(word(1)).unwrap_or(u8::MAX),
            slack: if word(2) == 0 { Slack::Idle } else { Slack::Next },
            lateness_limit: Duration::from_nanos(word(3)),
        })
    }

    fn write(&self, row: &mut [u64]) {
        let (frame, limit) = (self.major_frame.nanos(), self.lateness_limit.nanos());
        let words = [frame, u64::from(self.schedule), u64::from(self.slack == Slack::Next), limit];
        row.iter_mut().zip(words).for_each(|(to, word)| *to = word);
    }
}
