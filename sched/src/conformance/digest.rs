//! A 128-bit digest of a state, so that millions of states can be told apart in little memory.
//!
//! Two lanes are mixed by widening multiplication with different odd constants. It withstands accidents,
//! not attacks: with 10⁷ states the chance that two share a digest is about 10⁻²⁵ for an ideal function.

use core::hash::Hasher;

/// A hasher with a result of 128 bits.
#[derive(Clone, Debug)]
pub struct Digest {
    lanes: [u64; 2],
}

const FACTORS: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93];

impl Digest {
    pub(super) const fn new() -> Self {
        Self { lanes: [0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344] }
    }

    /// The digest of all that was written.
    pub(super) fn value(mut self) -> u128 {
        self.mix(0x452821E6);
        self.mix(0x38D01377);
        u128::from(self.lanes[0]) << 64 | u128::from(self.lanes[1])
    }

    #[inline(always)]
    fn mix(&mut self, word: u64) {
        let [a, b] = self.lanes;
        // Each lane also sees the other one, so that the two do not collide together.
        self.lanes = [fold(a ^ word, FACTORS[0]) ^ b, fold(b.rotate_left(29) ^ word, FACTORS[1]) ^ a];
    }
}

/// Both halves of a product, one over the other.
#[inline(always)]
fn fold(word: u64, factor: u64) -> u64 {
    let product = u128::from(word ^ 0xA409_3822_299F_31D0) * u128::from(factor);
    (product >> 64) as u64 ^ product as u64
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.lanes[0]
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
        self.mix(bytes.len() as u64);
    }
    fn write_u8(&mut self, word: u8) {
        self.mix(word.into());
    }
    fn write_u16(&mut self, word: u16) {
        self.mix(word.into());
    }
    fn write_u32(&mut self, word: u32) {
        self.mix(word.into());
    }
    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }
    fn write_u128(&mut self, word: u128) {
        self.mix(word as u64);
        self.mix((word >> 64) as u64);
    }
    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }
}

/// For a set of digests: they are as good as random already.
#[derive(Clone, Default, Debug)]
pub(super) struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u128(&mut self, word: u128) {
        self.0 = word as u64;
    }
}
