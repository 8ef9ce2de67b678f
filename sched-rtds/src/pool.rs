//! Parameters of the pool: the wake-up rule, where vCPUs run, and what is tested before a reservation is accepted.

use sched::param::check_ranges;
use sched::{Key, Kind, Refused, Row};

const PARTITIONED: u64 = 1;

/// What waking does to a server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Server {
    /// Budget and deadline stay, on a fixed grid of periods. Two budgets can come back to back.
    Deferrable,
    /// A new period starts if the rest of the old one would allow more than the reserved share.
    ConstantBandwidth,
}

/// Where vCPUs run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Placement {
    /// The earliest deadlines run, each on any pCPU of its affinity.
    Global,
    /// Each vCPU has one pCPU of its affinity, the first on which its reservation fits.
    Partitioned,
}

/// What is tested before a reservation is accepted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Admission {
    /// Nothing.
    Off,
    /// No more is reserved than there is. Necessary for every promise, sufficient for none.
    Capacity,
    /// A published test says that every promise is kept.
    Guarantee,
}

/// Parameters of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolParams {
    /// What waking does to a server.
    pub server: Server,
    /// Where vCPUs run; fixed while the pool runs.
    pub placement: Placement,
    /// What is tested before a reservation is accepted.
    pub admission: Admission,
}

impl Default for PoolParams {
    fn default() -> Self {
        Self { server: Server::ConstantBandwidth, placement: Placement::Global, admission: Admission::Capacity }
    }
}

impl Row for PoolParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "server",
            kind: Kind::Choice(&["deferrable", "cbs"]),
            min: 0,
            max: 1,
            default: Some(1),
            doc: "What waking does to a reservation: keep the period, or start a new one if that is due.",
        },
        Key {
            name: "placement",
            kind: Kind::Choice(&["global", "partitioned"]),
            min: 0,
            max: 1,
            default: Some(0),
            doc: "Whether a vCPU runs on any pCPU of its affinity, or on one of them where its budget fits.",
        },
        Key {
            name: "admission",
            kind: Kind::Choice(&["off", "capacity", "guarantee"]),
            min: 0,
            max: 2,
            default: Some(1),
            doc: "What reservations must pass: nothing, no more than there is, or a test that guarantees them.",
        },
    ];

    // [RTDS-R-12]
    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let word = |index: usize| row.get(index).copied().unwrap_or(0);
        Ok(Self {
            server: if word(0) == 0 { Server::Deferrable } else { Server::ConstantBandwidth },
            placement: if word(1) == PARTITIONED { Placement::Partitioned } else { Placement::Global },
            admission: match word(2) {
                0 => Admission::Off,
                1 => Admission::Capacity,
                _ => Admission::Guarantee,
            },
        })
    }

    // [RTDS-R-12]
    fn write(&self, row: &mut [u64]) {
        let server = u64::from(self.server == Server::ConstantBandwidth);
        let placement = u64::from(self.placement == Placement::Partitioned);
        let words = [server, placement, self.admission as u64];
        row.iter_mut().zip(words).for_each(|(to, word)| *to = word);
    }
}
