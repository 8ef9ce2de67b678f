//! Randomness that is the same on every host: no floating-point function decides anything here.

use crate::Duration;

/// A generator of 64-bit numbers: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), for simulation only.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rng(u64);

/// The golden ratio as an odd 64-bit fraction: the step of the generator.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Rng {
    /// The generator number `stream` of `seed`; different streams are independent for our purposes.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = Self(seed ^ stream.wrapping_mul(STEP).rotate_left(32));
        rng.0 = rng.bits() ^ stream;
        rng
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `most`, all about equally likely (off by less than 2⁻⁶⁴ × `most`).
    pub fn up_to(&mut self, most: u64) -> u64 {
        ((u128::from(self.bits()) * (u128::from(most) + 1)) >> 64) as u64
    }

    /// An exponentially distributed time, so that events at such distances are a Poisson process.
    ///
    /// Von Neumann's method (1951): comparisons only, hence no dependence on a host's logarithm.
    pub fn exponential(&mut self, mean: Duration) -> Duration {
        let mut whole = 0_u64;
        loop {
            let first = self.bits();
            let (mut least, mut length) = (first, 1_u32);
            loop {
                let next = self.bits();
                if next >= least {
                    break;
                }
                (least, length) = (next, length + 1);
            }
            if length % 2 == 1 {
                let part = (u128::from(first) * u128::from(mean.nanos())) >> 64;
                return mean.times(whole) + Duration::from_nanos(part as u64);
            }
            whole += 1;
        }
    }
}

/// A length of time that is always the same, or drawn evenly from a range.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Span {
    least: Duration,
    most: Duration,
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self::fixed(Duration::ZERO);

    /// Always `length`.
    pub const fn fixed(length: Duration) -> Self {
        Self { least: length, most: length }
    }

    /// From `least` to `most`, both included; always `least` if `most` is smaller.
    pub const fn between(least: Duration, most: Duration) -> Self {
        Self { least, most }
    }

    /// A length; a fixed one asks nothing of `rng`.
    pub fn draw(&self, rng: &mut Rng) -> Duration {
        let width = self.most.saturating_sub(self.least);
        if width.is_zero() { self.least } else { self.least + Duration::from_nanos(rng.up_to(width.nanos())) }
    }
}

impl From<Duration> for Span {
    fn from(length: Duration) -> Self {
        Self::fixed(length)
    }
}

/// What the machine's own doings cost.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Costs {
    /// One look of a pCPU at its pool, before the guest goes on.
    pub decision: Span,
    /// Another context: the old one is `saved` only after this time.
    pub switch: Span,
    /// From the kick of another pCPU to its arrival.
    pub kick: Span,
    /// From the instant a timer is set to, to its interrupt.
    pub timer: Span,
}

impl Costs {
    /// The ideal machine: everything takes no time.
    pub const NONE: Self = Self { decision: Span::ZERO, switch: Span::ZERO, kick: Span::ZERO, timer: Span::ZERO };
}
