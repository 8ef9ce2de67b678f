//! What a row must not exceed.

use super::Thousandths;
use serde::{Deserialize, Serialize};

/// Which figure of a row a budget, or a comparison, is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// The arithmetic mean.
    Mean,
    /// The 99th percentile.
    P99,
    /// The largest sample.
    Max,
}

impl Statistic {
    /// As it is printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::P99 => "p99",
            Self::Max => "max",
        }
    }
}

/// A limit for one figure of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Which figure.
    pub statistic: Statistic,
    /// The limit itself, which is still good.
    pub limit: Thousandths,
}
