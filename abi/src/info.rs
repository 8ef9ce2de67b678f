//! The info page: what a partition can know about itself without asking.
//!
//! One read-only page at [`crate::layout::INFO`] (on a PC [`crate::layout::pc::INFO`]), little-endian, written before the partition starts.

use crate::Clock;

/// "MJFRINFO", little-endian.
pub const MAGIC: u64 = u64::from_le_bytes(*b"MJFRINFO");
/// The longest name of a partition in bytes.
pub const NAME_BYTES: usize = 32;
/// The longest argument text in bytes.
pub const ARGS_BYTES: usize = 1024;
/// The length of a written info page.
pub const BYTES: usize = ARGS_AT + ARGS_BYTES;

const NAME_AT: usize = 64;
const ARGS_AT: usize = NAME_AT + NAME_BYTES;

/// The content of the info page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InfoPage<'a> {
    /// The system clock; instants in hypercalls and marks count from its epoch.
    pub clock: Clock,
    /// The partition's index in the plan.
    pub partition: u32,
    /// How many vCPUs it has.
    pub vcpus: u32,
    /// The hash of the plan that the system runs.
    pub plan_hash: u64,
    /// The partition's name.
    pub name: &'a str,
    /// Its arguments.
    pub args: &'a str,
}

impl<'a> InfoPage<'a> {
    /// Writes the page; texts that are too long are cut. `page` has at least [`BYTES`] bytes, else
    /// nothing is written.
    pub fn write(&self, page: &mut [u8]) {
        let Some(page) = page.get_mut(..BYTES) else { return };
        let mut words = [0_u64; 8];
        words[0] = MAGIC;
        words[1] = u64::from(self.partition) | u64::from(self.vcpus) << 32;
        words[2] = self.clock.epoch_ticks;
        words[3] = u64::from(self.clock.frequency);
        words[4] = self.plan_hash;
        words[5] = self.name.len().min(NAME_BYTES) as u64 | (self.args.len().min(ARGS_BYTES) as u64) << 32;
        for (place, word) in page.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        put(page, NAME_AT, NAME_BYTES, self.name);
        put(page, ARGS_AT, ARGS_BYTES, self.args);
    }

    /// Reads a page; `None` if it is none.
    pub fn read(page: &'a [u8]) -> Option<Self> {
        let word = |index: usize| -> Option<u64> {
            Some(u64::from_le_bytes(page.get(index * 8..index * 8 + 8)?.try_into().ok()?))
        };
        if word(0)? != MAGIC {
            return None;
        }
        let text = |at: usize, length: u64| core::str::from_utf8(page.get(at..at + length as usize)?).ok();
        let (ids, lengths) = (word(1)?, word(5)?);
        Some(Self {
            clock: Clock::new(word(2)?, word(3)? as u32),
            partition: ids as u32,
            vcpus: (ids >> 32) as u32,
            plan_hash: word(4)?,
            name: text(NAME_AT, lengths & 0xffff)?,
            args: text(ARGS_AT, lengths >> 32 & 0xffff)?,
        })
    }
}

fn put(page: &mut [u8], at: usize, room: usize, text: &str) {
    for (place, byte) in page.iter_mut().skip(at).take(room).zip(text.bytes()) {
        *place = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let info = InfoPage {
            clock: Clock::new(99, 62_500_000),
            partition: 3,
            vcpus: 2,
            plan_hash: 0x1234_5678_9abc_def0,
            name: "flight",
            args: "period=1ms work=100us",
        };
        let mut page = [0; BYTES];
        info.write(&mut page);
        assert_eq!(InfoPage::read(&page), Some(info));
    }

    #[test]
    fn noise_is_no_info_page() {
        assert_eq!(InfoPage::read(&[7; BYTES]), None);
        assert_eq!(InfoPage::read(&[]), None);
    }
}
