//! The partitions' consoles on the one real console.
//!
//! Each partition writes into a ring of its own and never waits. The rings are emptied when a pCPU idles,
//! or in the writer's own time, a few bytes at a visit, so that nobody's output costs somebody else time.
//! What does not fit is dropped and counted. On a terminal ([`plain`]) every line starts with the partition's
//! name; for our tools ([`frames`]) the line carries frames, and with them the hypervisor's log.

mod frames;
mod plain;

use crate::{
    arch,
    system::{Lock, Partition, System},
};
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU64, Ordering};
use heapless::Deque;
use trace::frame::Frame;

/// The size of a partition's ring in bytes.
const RING: usize = 1024;
/// How many bytes one visit writes at most.
const VISIT: usize = 16;

/// What a partition wrote and nobody has seen yet.
pub struct Output {
    ring: Lock<Deque<u8, RING>>,
    drops: AtomicU64,
}

impl Default for Output {
    fn default() -> Self {
        Self { ring: Lock::new(Deque::new()), drops: AtomicU64::new(0) }
    }
}

impl Output {
    /// Takes what fits of `bytes`, and returns how many that were.
    pub fn put(&self, bytes: &[u8]) -> usize {
        let mut ring = self.ring.lock();
        let taken = bytes.iter().take_while(|byte| ring.push_back(**byte).is_ok()).count();
        if taken < bytes.len() {
            self.drops.fetch_add((bytes.len() - taken) as u64, Ordering::Relaxed);
        }
        taken
    }

    /// How many bytes were dropped.
    pub fn drops(&self) -> u64 {
        self.drops.load(Ordering::Relaxed)
    }

    #[inline(never)]
    fn take(&self) -> Option<u8> {
        self.ring.lock().pop_front()
    }

    /// Takes as many as `place` has room for.
    fn take_some(&self, place: &mut [u8]) -> usize {
        let mut ring = self.ring.lock();
        place.iter_mut().map_while(|place| ring.pop_front().map(|byte| *place = byte)).count()
    }

    #[inline(never)]
    fn len(&self) -> usize {
        self.ring.lock().len()
    }

    /// Whether there are so many bytes, or a whole line.
    fn is_worth(&self, bytes: usize) -> bool {
        let ring = self.ring.lock();
        ring.len() >= bytes || ring.back() == Some(&b'\n')
    }
}

/// The one real console.
pub enum Console {
    /// Text, as a terminal wants it.
    Plain(Lock<plain::Line>),
    /// Frames, as our tools want it.
    Frames(Lock<frames::Wire>),
}

impl Console {
    /// The console as the boot line wants it.
    pub fn new(frames: bool) -> Self {
        if frames { Self::Frames(Lock::default()) } else { Self::Plain(Lock::default()) }
    }

    /// Writes a few bytes of what `partition` has to say, unless another pCPU is writing.
    pub fn visit(&self, system: &System, partition: &Partition) {
        match self {
            Self::Plain(line) => line.try_lock().into_iter().for_each(|mut line| line.visit(system, partition)),
            Self::Frames(wire) => wire.try_lock().into_iter().for_each(|mut wire| wire.visit(partition)),
        }
    }

    /// Writes a few bytes of whoever has something to say; true if there is more.
    pub fn idle(&self, system: &System) -> bool {
        match self {
            Self::Plain(line) => line.try_lock().is_some_and(|mut line| line.idle(system)),
            Self::Frames(wire) => wire.try_lock().is_some_and(|mut wire| wire.idle(system)),
        }
    }

    /// Writes everything that is left, at the end.
    pub fn flush(&self, system: &System) {
        match self {
            Self::Plain(line) => line.lock().flush(system),
            Self::Frames(wire) => wire.lock().flush(system),
        }
    }

    /// The hypervisor's own voice here.
    pub fn voice(&self) -> Voice {
        Voice::new(matches!(self, Self::Frames(_)))
    }
}

/// Writes a byte to the machine's console, and a carriage return before a line feed. Waits a bounded time.
fn put(byte: u8) {
    if byte == b'\n' {
        put_raw(b'\r');
    }
    put_raw(byte);
}

#[inline(never)]
fn put_raw(byte: u8) {
    for _ in 0..100_000 {
        if arch::console_byte(byte) {
            return;
        }
    }
}

/// The hypervisor's own voice, for boot and for the end: it waits until everything is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Voice {
    /// Plain text: for a terminal, for refusals and for the last words of all.
    Plain,
    /// Text in frames.
    Frames,
}

impl Voice {
    /// The voice that the boot line wants.
    pub fn new(frames: bool) -> Self {
        if frames { Self::Frames } else { Self::Plain }
    }

    /// Says a line with our name in front, while nobody else writes.
    #[inline(never)]
    pub fn say(mut self, text: fmt::Arguments<'_>) {
        let _ = self.write_str("majorframe: ");
        let _ = self.write_fmt(text);
        let _ = self.write_str("\n");
    }
}

impl Write for Voice {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self {
            Self::Plain => text.bytes().for_each(put),
            Self::Frames => frames::speak(text),
        }
        Ok(())
    }
}

/// Writes a frame, and waits until it is written.
#[inline(never)]
pub fn send(frame: &Frame) {
    frame.bytes().iter().for_each(|byte| put_raw(*byte));
}

/// Ends a frame that somebody may be in the middle of, so that what is said next is seen.
pub fn interrupt() {
    put_raw(0);
}

/// Says a line of the hypervisor's own as plain text.
#[macro_export]
macro_rules! say {
    ($($part:tt)*) => { $crate::console::Voice::Plain.say(format_args!($($part)*)) };
}
