//! What figures count. The names keep instructions of an emulator and times of hardware apart.

use core::fmt;
use serde::{Deserialize, Serialize};

/// What a figure counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Unit {
    /// Nanoseconds of an emulator that retires one instruction in each: no times of hardware.
    #[serde(rename = "virtual ns")]
    VirtualNs,
    /// Nanoseconds of the simulator's own clock.
    #[serde(rename = "simulated ns")]
    SimulatedNs,
    /// Nanoseconds of a real clock.
    #[serde(rename = "ns")]
    Ns,
    /// Bytes.
    #[serde(rename = "bytes")]
    Bytes,
    /// Parts of a million.
    #[serde(rename = "ppm")]
    Ppm,
    /// How many.
    #[serde(rename = "count")]
    Count,
}

impl Unit {
    /// As it is printed and stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VirtualNs => "virtual ns",
            Self::SimulatedNs => "simulated ns",
            Self::Ns => "ns",
            Self::Bytes => "bytes",
            Self::Ppm => "ppm",
            Self::Count => "count",
        }
    }

    /// The unit of times in a recording.
    pub const fn of_times(unit: trace::Unit) -> Self {
        match unit {
            trace::Unit::RealTime => Self::Ns,
            trace::Unit::Instructions => Self::VirtualNs,
            trace::Unit::Simulated => Self::SimulatedNs,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
