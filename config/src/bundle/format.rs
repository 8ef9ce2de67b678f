//! The byte form: little-endian 64-bit words, so that no record needs packing or unaligned access.
//!
//! ```text
//! header | pools | partitions | vcpus | loads | blobs | schedulers | rows | text | padding | blobs' bytes
//! '------------------------------- plan part -------------------------------------'
//! ```
//! The sections follow one another without gaps and their lengths follow from the header's counts, so a
//! section can neither overlap another one nor lie outside. Records refer to others by index only; texts are
//! `offset | length << 32` in the text section; blobs' bytes begin at multiples of 4 KiB.
//!
//! The plan part has a CRC-64: it is small, everything depends on it, and a CRC is what an assessor knows.
//! Images have one checksum each, stored in the plan: a CRC of a 40 MB image would cost some 240 M
//! instructions, fifty times the boot budget, while their places are bounded by the plan already and a
//! damaged image harms only its own partition. So it is computed when the user of the bundle asks.

use crc::{CRC_64_XZ, Crc};

/// "MJFRBNDL".
pub(crate) const MAGIC: u64 = u64::from_le_bytes(*b"MJFRBNDL");
/// The version of this format.
pub(crate) const VERSION: u64 = 2;

/// Words of the header and their meaning.
pub(crate) mod header {
    pub(crate) const MAGIC: usize = 0;
    pub(crate) const VERSION: usize = 1;
    /// Bytes of the whole bundle.
    pub(crate) const TOTAL: usize = 2;
    /// Bytes of the plan part.
    pub(crate) const PLAN: usize = 3;
    /// CRC of the plan part without this word.
    pub(crate) const CRC: usize = 4;
    pub(crate) const NAME: usize = 5;
    /// 0 = does not stop by itself.
    pub(crate) const STOP: usize = 6;
    pub(crate) const TRACE: usize = 7;
    /// Four 16-bit counts: pools, partitions, vCPUs, schedulers.
    pub(crate) const COUNTS: usize = 8;
    /// Two 32-bit counts: loads, blobs.
    pub(crate) const IMAGES: usize = 9;
    /// Bytes of the text section without padding.
    pub(crate) const TEXT: usize = 10;
    pub(crate) const WORDS: usize = 11;
}

/// Words of a pool's record.
pub(crate) mod pool {
    pub(crate) const NAME: usize = 0;
    pub(crate) const SCHEDULER: usize = 1;
    pub(crate) const CPUS: usize = 2;
    /// Four 16-bit numbers: first partition, partitions, first vCPU, vCPUs.
    pub(crate) const RANGES: usize = 3;
    pub(crate) const WORDS: usize = 4;
}

/// Words of a partition's record.
pub(crate) mod partition {
    pub(crate) const NAME: usize = 0;
    pub(crate) const ARGS: usize = 1;
    /// Four 16-bit numbers: pool, group, first vCPU in the pool, vCPUs.
    pub(crate) const PLACE: usize = 2;
    pub(crate) const MEMORY_BASE: usize = 3;
    pub(crate) const MEMORY_SIZE: usize = 4;
    pub(crate) const ENTRY: usize = 5;
    pub(crate) const BOOT_ARG: usize = 6;
    /// First load (32 bits), loads (32 bits).
    pub(crate) const LOADS: usize = 7;
    /// Exit limit (32 bits), action on a fault (8), expected end (8), which expectations are given (8), what it may
    /// do (8).
    pub(crate) const FLAGS: usize = 8;
    pub(crate) const MISSES: usize = 9;
    pub(crate) const JITTER: usize = 10;
    pub(crate) const RESTARTS: usize = 11;
    pub(crate) const UNDER: usize = 12;
    /// Where the frequency of the counter is written as text, or 0.
    pub(crate) const CLOCK_TEXT: usize = 13;
    pub(crate) const WORDS: usize = 14;

    /// Bits that say which expectations are given.
    pub(crate) const HAS_MISSES: u64 = 1;
    pub(crate) const HAS_JITTER: u64 = 2;
    pub(crate) const HAS_RESTARTS: u64 = 4;

    /// It may change scheduling parameters.
    pub(crate) const MAY_CONTROL: u64 = 1;
}

/// Words of a vCPU's record: hard and soft affinity.
pub(crate) mod vcpu {
    pub(crate) const HARD: usize = 0;
    pub(crate) const SOFT: usize = 1;
    pub(crate) const WORDS: usize = 2;
}

/// Words of a load's record.
pub(crate) mod load {
    pub(crate) const ADDRESS: usize = 0;
    pub(crate) const BLOB: usize = 1;
    pub(crate) const WORDS: usize = 2;
}

/// Words of a blob's record.
pub(crate) mod blob {
    /// From the bundle's first byte.
    pub(crate) const OFFSET: usize = 0;
    pub(crate) const LENGTH: usize = 1;
    pub(crate) const CHECKSUM: usize = 2;
    pub(crate) const WORDS: usize = 3;
}

/// Words of a scheduler's record. Its rows are, in this order: for each pool a word
/// `given | entries << 8 | first entry << 32` and the pool's row; the groups' rows (one for each partition);
/// the vCPUs' rows; the tables' entries. Rows are cut to the words that the scheduler has keys for.
pub(crate) mod scheduler {
    pub(crate) const NAME: usize = 0;
    /// Four 8-bit numbers: words in a pool's, group's, vCPU's and entry's row; then all entries (32 bits).
    pub(crate) const SHAPE: usize = 1;
    /// The word index of its rows in the plan part.
    pub(crate) const ROWS: usize = 2;
    pub(crate) const WORDS: usize = 3;
}

static CRC: Crc<u64> = Crc::<u64>::new(&CRC_64_XZ);

/// The CRC of a plan part: of everything except the word that holds it. About 6 instructions a byte.
pub(crate) fn plan_crc(plan: &[u8]) -> u64 {
    let (before, after) = (header::CRC * 8, header::CRC * 8 + 8);
    let mut digest = CRC.digest();
    digest.update(plan.get(..before).unwrap_or(&[]));
    digest.update(plan.get(after..).unwrap_or(&[]));
    digest.finalize()
}

/// The checksum of an image: rotate, xor and multiply for each word.
///
/// Each step is a bijection of the running value and of the word, so damage within one word is always
/// found, and any other with all but a chance of 2⁻⁶⁴. About 0.4 instructions a byte on AArch64 for an
/// 8-byte aligned image.
pub fn checksum(bytes: &[u8]) -> u64 {
    let mut sum = bytes.len() as u64;
    let (head, words, _) = bytemuck::pod_align_to::<u8, u64>(bytes);
    let whole = if head.is_empty() { words } else { &[] };
    let (fours, rest) = whole.as_chunks::<4>();
    for four in fours {
        sum = four.iter().fold(sum, |sum, word| mix(sum, u64::from_le(*word)));
    }
    sum = rest.iter().fold(sum, |sum, word| mix(sum, u64::from_le(*word)));
    for chunk in bytes.get(whole.len() * 8..).unwrap_or(&[]).chunks(8) {
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(chunk) {
            *to = *from;
        }
        sum = mix(sum, u64::from_le_bytes(word));
    }
    sum ^ sum >> 32
}

#[inline]
const fn mix(sum: u64, word: u64) -> u64 {
    // 2⁶⁴ divided by the golden ratio, odd.
    (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn the_checksum_does_not_depend_on_where_the_bytes_lie() {
        let mut room = [0_u8; 120];
        for start in 0..9 {
            for length in [0, 1, 7, 8, 9, 31, 32, 33, 100] {
                let place = &mut room[start..start + length];
                place.iter_mut().enumerate().for_each(|(at, byte)| *byte = at as u8 ^ 0x35);
                let here = checksum(&room[start..start + length]);
                let mut other = [0_u8; 120];
                other[3..3 + length].copy_from_slice(&room[start..start + length]);
                assert_eq!(here, checksum(&other[3..3 + length]), "{start} {length}");
            }
        }
    }

    #[test]
    fn length_and_order_count() {
        assert_ne!(checksum(&[0; 8]), checksum(&[0; 16]));
        assert_ne!(checksum(&[0; 7]), checksum(&[0; 8]));
        let (mut one, mut other) = ([0; 16], [0; 16]);
        (one[0], other[8]) = (1, 1);
        assert_ne!(checksum(&one), checksum(&other));
    }
}
