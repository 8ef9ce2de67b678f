//! The trace in memory: one ring for each pCPU, and the directory by which a host finds them.
//!
//! A ring fills once and then drops, so what is there is the beginning without a gap; the summary of a run
//! has room of its own. The counts in the directory are brought up to date at every dispatch: even a system
//! that did not end well can be read.

use super::Range;
use crate::console;
use core::cell::Cell;
use trace::{
    Words,
    area::{self, word},
    event::EVENT_BYTES,
    line,
    seam::Sink,
};

/// A pCPU's ring. Only that pCPU pushes.
#[derive(Debug)]
pub struct Ring {
    first: *mut Words,
    /// How many events fit now; the last ones are kept for the end of the run.
    room: Cell<u64>,
    capacity: u64,
    written: Cell<u64>,
    dropped: Cell<u64>,
    /// The ring's four words in the directory.
    entry: *mut u64,
}

impl Ring {
    /// Takes one event, or counts it as dropped. [`Ring::publish`] makes it seen.
    #[inline(always)]
    pub fn push(&self, event: Words) {
        let at = self.written.get();
        if at < self.room.get() {
            // SAFETY: `first` has room for `capacity` events and only this pCPU writes there.
            unsafe { self.first.add(at as usize).write(event) };
            self.written.set(at + 1);
        } else {
            self.dropped.set(self.dropped.get() + 1);
        }
    }

    /// Brings the counts in the directory up to date, for whoever reads the memory after an unplanned end.
    #[inline(always)]
    pub fn publish(&self) {
        // SAFETY: `entry` points to four words of the directory that only this ring uses.
        unsafe {
            self.entry.add(2).write_volatile(self.written.get());
            self.entry.add(3).write_volatile(self.dropped.get());
        }
    }

    /// Opens the room that was kept for the last events of a run, so that its summary is never lost.
    pub fn open_reserve(&self) {
        self.room.set(self.capacity);
    }

    /// How many events were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.get()
    }
}

impl Sink for &Ring {
    #[inline(always)]
    fn push(&mut self, event: Words) {
        Ring::push(self, event);
    }
}

/// The directory of the trace.
#[derive(Debug)]
pub struct Directory {
    words: *mut u64,
    /// Where the first ring begins.
    rings: u64,
    /// The length of each.
    ring_bytes: u64,
}

// SAFETY: after boot only `end` writes, by the one pCPU that ends the system; rings write their own words.
unsafe impl Sync for Directory {}
// SAFETY: as above; nothing in it belongs to a pCPU.
unsafe impl Send for Directory {}

impl Directory {
    /// A directory in the last page of `area`, for `count` rings in the `bytes` in front of it. The area comes from free
    /// memory ([`super::Ranges::take_last`]), so nothing else uses it, and is at least a page larger than `bytes`.
    pub fn carve(area: Range, bytes: u64, count: u64, plan_hash: u64) -> Self {
        let page = (area.end() - area::DIRECTORY_BYTES as u64) & !0xfff;
        let directory = Self {
            words: page as *mut u64,
            rings: area.start,
            ring_bytes: bytes / count.max(1) / EVENT_BYTES as u64 * EVENT_BYTES as u64,
        };
        for index in 0..area::DIRECTORY_BYTES / 8 {
            directory.set(index, 0);
        }
        directory.set(word::VERSION, area::VERSION);
        directory.set(word::PLAN_HASH, plan_hash);
        directory.set(word::RINGS, count);
        directory.set(word::PLACE, page);
        directory.set(word::MAGIC, area::MAGIC);
        directory
    }

    /// Notes the clock.
    pub fn set_clock(&self, clock: &abi::Clock) {
        self.set(word::EPOCH_TICKS, clock.epoch_ticks);
        self.set(word::FREQUENCY, clock.frequency.into());
    }

    /// Notes which scheduler a pool really runs.
    pub fn set_scheduler(&self, pool: usize, name: &str) {
        let mut text = [0; 16];
        for (place, byte) in text.iter_mut().zip(name.bytes()) {
            *place = byte;
        }
        let value = u128::from_le_bytes(text);
        self.set(word::SCHEDULERS + 2 * pool, value as u64);
        self.set(word::SCHEDULERS + 2 * pool + 1, (value >> 64) as u64);
        self.set(word::POOLS, pool as u64 + 1);
    }

    /// The ring number `index`, which keeps room for `reserve` last events.
    pub fn ring(&self, index: u64, reserve: u64) -> Ring {
        let first = self.rings + index * self.ring_bytes;
        let at = word::RING_FIRST + word::RING_WORDS * index as usize;
        let capacity = self.ring_bytes / EVENT_BYTES as u64;
        self.set(at, first);
        self.set(at + 1, capacity);
        // SAFETY: `at` lies in the directory: the boot code makes at most `RINGS_MAX` rings.
        let entry = unsafe { self.words.add(at) };
        let room = Cell::new(capacity.saturating_sub(reserve));
        Ring { first: first as *mut Words, room, capacity, written: Cell::new(0), dropped: Cell::new(0), entry }
    }

    /// Sends everything over the console: the directory, the rings, and the directory again, so that the line must
    /// damage the same piece twice before a reader lacks it. Only for the end, when nobody pushes any more.
    #[cold]
    #[inline(never)]
    pub fn dump(&self) {
        let piece = (area::DIRECTORY_BYTES / EVENT_BYTES) as u64;
        self.send(line::BEGIN, self.words, piece);
        for ring in 0..self.get(word::RINGS) {
            let at = word::RING_FIRST + word::RING_WORDS * ring as usize;
            self.send(ring as u16, self.get(at) as *const u64, self.get(at + 2));
        }
        self.send(line::END, self.words, piece);
    }

    /// Sends `count` times 64 bytes from `first` on.
    fn send(&self, source: u16, first: *const u64, count: u64) {
        for position in 0..count as usize {
            // SAFETY: `dump` names only the directory and what the counts in it say of the rings. Both are ours, and
            // nobody writes there any more.
            let words = unsafe { first.cast::<Words>().add(position).read() };
            console::send(&line::frame(source, position as u32, &words));
        }
    }

    /// Notes that the system ended in an orderly way at `now`.
    pub fn end(&self, now: sched::Instant) {
        self.set(word::END_TIME, now.nanos());
        self.set(word::ENDED, 1);
    }

    fn get(&self, index: usize) -> u64 {
        // SAFETY: the page is ours, and every word that `dump` asks for lies inside it.
        unsafe { self.words.add(index).read_volatile() }
    }

    fn set(&self, index: usize, value: u64) {
        if index < area::DIRECTORY_BYTES / 8 {
            // SAFETY: the page is ours and `index` lies inside it.
            unsafe { self.words.add(index).write_volatile(value) };
        }
    }
}
