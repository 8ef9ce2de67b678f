//! Chance that is the same in every run: xorshift64* (Vigna, *An experimental exploration of Marsaglia's
//! xorshift generators, scrambled*, 2016).

/// The generator.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Any number.
    pub(crate) fn any(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// A number below `end`; 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.any().checked_rem(end).unwrap_or(0)
    }

    /// A number from `low` to `high`, small ones as likely as large ones.
    pub(crate) fn spread(&mut self, low: u64, high: u64) -> u64 {
        let bits = u64::from(64 - high.leading_zeros());
        let magnitude = self.below(bits + 1);
        let mask = if magnitude >= 64 { u64::MAX } else { (1 << magnitude) - 1 };
        low.saturating_add(self.any() & mask).clamp(low, high)
    }
}
