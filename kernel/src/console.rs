//! The partitions' consoles on the one real console.
//!
//! Each partition writes into a ring of its own and never waits. The rings are emptied when a pCPU idles,
//! or in the writer's own time, a few bytes at a visit, so that nobody's output costs somebody else time.
//! What does not fit is dropped and counted. Every line starts with the partition's name.

use crate::{
    arch,
    system::{Lock, Partition, System},
};
use core::fmt::Write;
use core::sync::atomic::{AtomicU64, Ordering};
use heapless::Deque;

/// The size of a partition's ring in bytes.
const RING: usize = 1024;
/// A line that stopped half-way is cut when somebody else has this much to say.
const PATIENCE: usize = RING / 2;
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

    fn take(&self) -> Option<u8> {
        self.ring.lock().pop_front()
    }

    fn len(&self) -> usize {
        self.ring.lock().len()
    }
}

/// Who writes at present.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Line {
    /// The partition in the middle of a line.
    owner: Option<u16>,
}

/// The one real console.
pub struct Console {
    line: Lock<Line>,
}

impl Default for Console {
    fn default() -> Self {
        Self { line: Lock::new(Line::default()) }
    }
}

impl Console {
    /// Writes a few bytes of what `partition` has to say, unless another pCPU is writing.
    pub fn visit(&self, system: &System, partition: &Partition) {
        let Some(mut line) = self.line.try_lock() else { return };
        let owner = line.owner.and_then(|index| system.partitions.get(index as usize));
        match owner {
            Some(owner) if owner.index != partition.index => {
                drain(&mut line, owner, VISIT);
                if line.owner.is_some() && partition.output.len() > PATIENCE {
                    cut(&mut line);
                }
            }
            _ => drain(&mut line, partition, VISIT),
        }
    }

    /// Writes a few bytes of whoever has something to say; true if there is more.
    pub fn idle(&self, system: &System) -> bool {
        let Some(mut line) = self.line.try_lock() else { return false };
        if let Some(owner) = line.owner.and_then(|index| system.partitions.get(index as usize)) {
            drain(&mut line, owner, VISIT);
            if line.owner.is_some() && owner.output.len() == 0 {
                if system.partitions.iter().any(|other| other.output.len() > PATIENCE) {
                    cut(&mut line);
                    return true;
                }
                return false;
            }
            return true;
        }
        let Some(next) = system.partitions.iter().find(|partition| partition.output.len() > 0) else {
            return false;
        };
        drain(&mut line, next, VISIT);
        true
    }

    /// Writes everything that is left, at the end.
    pub fn flush(&self, system: &System) {
        let mut line = self.line.lock();
        if let Some(owner) = line.owner.and_then(|index| system.partitions.get(index as usize)) {
            drain(&mut line, owner, RING);
            if line.owner.is_some() {
                cut(&mut line);
            }
        }
        for partition in system.partitions {
            drain(&mut line, partition, RING);
            if line.owner.is_some() {
                cut(&mut line);
            }
        }
    }
}

fn cut(line: &mut Line) {
    put(b'\n');
    line.owner = None;
}

fn drain(line: &mut Line, partition: &Partition, at_most: usize) {
    for _ in 0..at_most {
        let Some(byte) = partition.output.take() else { return };
        if byte == b'\r' {
            continue;
        }
        if line.owner.is_none() {
            line.owner = Some(partition.index);
            partition.name.bytes().for_each(put);
            b": ".iter().copied().for_each(put);
        }
        put(byte);
        if byte == b'\n' {
            line.owner = None;
        }
    }
}

/// Writes a byte to the machine's console, and a carriage return before a line feed. Waits a bounded time.
fn put(byte: u8) {
    if byte == b'\n' {
        put_raw(b'\r');
    }
    put_raw(byte);
}

fn put_raw(byte: u8) {
    for _ in 0..100_000 {
        if arch::console_byte(byte) {
            return;
        }
    }
}

/// The hypervisor's own voice, for boot and for the end: it waits until everything is written.
#[derive(Clone, Copy, Debug)]
pub struct Voice;

impl Write for Voice {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        text.bytes().for_each(put);
        Ok(())
    }
}

/// Says a line of the hypervisor's own.
#[macro_export]
macro_rules! say {
    ($($part:tt)*) => {{
        use core::fmt::Write as _;
        let mut voice = $crate::console::Voice;
        let _ = voice.write_str("majorframe: ");
        let _ = voice.write_fmt(format_args!($($part)*));
        let _ = voice.write_str("\n");
    }};
}
