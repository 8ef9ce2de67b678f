//! The hypervisor's own log, for our tools only: [`log!`](crate::log!) is `defmt` on a machine and nothing on a host.
//!
//! Every pCPU writes into a ring of its own, so none of them waits for another. Whoever has the console takes
//! messages out. What does not fit is dropped and counted. Until [`start`], and so with a plain console for
//! ever, a message costs a load and a branch.

use crate::arch;
use abi::Clock;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use sched::Cpu;
use spin::once::Once;
use trace::frame::{Frame, Kind, PAYLOAD};

/// The bytes of a ring.
const SIZE: u32 = 2048;

static RING: [Ring; arch::CPUS_MAX] = [const { Ring::new() }; arch::CPUS_MAX];
static CLOCK: Once<Clock, arch::Relax> = Once::new();

/// Logs an event that is worth a person's attention: `log!(info, "format", values)`.
#[cfg(target_os = "none")]
#[macro_export]
macro_rules! log {
    ($level:ident, $($part:tt)*) => {
        if $crate::log::is_on() {
            defmt::$level!($($part)*);
        }
    };
}

/// Logs nothing: a host has no log.
#[cfg(not(target_os = "none"))]
#[macro_export]
macro_rules! log {
    ($level:ident, $text:literal $(, $value:expr)* $(,)?) => {
        $(let _ = &$value;)*
    };
}

/// From now on there is a log, by this clock.
pub fn start(clock: Clock) {
    CLOCK.call_once(|| clock);
}

/// Whether there is a log.
#[inline]
pub fn is_on() -> bool {
    CLOCK.get().is_some()
}

/// Microseconds since the epoch, for messages.
pub fn now() -> u64 {
    CLOCK.get().map_or(0, |clock| clock.nanos(arch::ticks()) / 1000)
}

/// The ring of a pCPU, for that pCPU to write to.
pub fn ring(cpu: Cpu) -> Option<&'static Ring> {
    RING.get(cpu.index())
}

/// Makes `frame` the next message of any pCPU, or says that there is none; only for whoever has the console.
pub(crate) fn take(frame: &mut Frame) -> bool {
    (0..).zip(&RING).any(|(cpu, ring)| ring.has_some() && ring.take(cpu, frame))
}

/// How many messages were dropped.
pub fn drops() -> u32 {
    RING.iter().map(|ring| ring.drops.load(Ordering::Relaxed)).sum()
}

/// A ring of messages, each with its length in front: one writer, and one reader at a time.
pub struct Ring {
    bytes: [AtomicU8; SIZE as usize],
    /// How many bytes were ever taken, and how many could have been; the difference is what is there.
    taken: AtomicU32,
    complete: AtomicU32,
    /// The length of the message in the making; only the writer looks at it.
    length: AtomicU32,
    drops: AtomicU32,
}

/// The length of a message that does not fit.
const TOO_LONG: u32 = u32::MAX;

impl Ring {
    const fn new() -> Self {
        let bytes = [const { AtomicU8::new(0) }; SIZE as usize];
        let [taken, complete, length, drops] = [const { AtomicU32::new(0) }; 4];
        Self { bytes, taken, complete, length, drops }
    }

    fn at(&self, place: u32) -> &AtomicU8 {
        &self.bytes[(place % SIZE) as usize]
    }

    /// A message begins.
    pub fn begin(&self) {
        self.length.store(0, Ordering::Relaxed);
    }

    /// The message goes on.
    pub fn write(&self, bytes: &[u8]) {
        let (taken, complete) = (self.taken.load(Ordering::Acquire), self.complete.load(Ordering::Relaxed));
        let before = self.length.load(Ordering::Relaxed);
        let length = before.saturating_add(bytes.len() as u32);
        let used = complete.wrapping_sub(taken);
        let fits = length <= PAYLOAD as u32 && used + 1 + length <= SIZE;
        self.length.store(if fits { length } else { TOO_LONG }, Ordering::Relaxed);
        if fits {
            let places = (0..).map(|offset| self.at(complete.wrapping_add(1 + before + offset)));
            places.zip(bytes).for_each(|(place, byte)| place.store(*byte, Ordering::Relaxed));
        }
    }

    /// The message is complete.
    pub fn end(&self) {
        let (complete, length) = (self.complete.load(Ordering::Relaxed), self.length.load(Ordering::Relaxed));
        if length == TOO_LONG {
            self.drops.store(self.drops.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        } else {
            self.at(complete).store(length as u8, Ordering::Relaxed);
            self.complete.store(complete.wrapping_add(1 + length), Ordering::Release);
        }
    }

    #[inline(always)]
    fn has_some(&self) -> bool {
        self.taken.load(Ordering::Relaxed) != self.complete.load(Ordering::Acquire)
    }

    /// Makes `frame` the next message, which must be there, of pCPU `cpu`.
    #[inline(never)]
    fn take(&self, cpu: u16, frame: &mut Frame) -> bool {
        let taken = self.taken.load(Ordering::Relaxed);
        let length = u32::from(self.at(taken).load(Ordering::Relaxed)).min(PAYLOAD as u32);
        let mut message = [0; PAYLOAD];
        let places = (1..=length).map(|offset| self.at(taken.wrapping_add(offset)));
        message.iter_mut().zip(places).for_each(|(byte, place)| *byte = place.load(Ordering::Relaxed));
        self.taken.store(taken.wrapping_add(1 + length), Ordering::Release);
        frame.begin(Kind::Log, cpu);
        frame.extend(message.get(..length as usize).unwrap_or(&[]));
        frame.finish();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(ring: &Ring, message: &[u8]) {
        ring.begin();
        message.chunks(5).for_each(|piece| ring.write(piece));
        ring.end();
    }

    #[test]
    fn messages_come_out_as_they_went_in_and_what_does_not_fit_is_counted() {
        let ring = Ring::new();
        let (mut wanted, mut frame) = (std::collections::VecDeque::new(), Frame::NONE);
        for round in 0..2000_u32 {
            let message = std::vec![round as u8; (round % 70) as usize];
            let before = ring.drops.load(Ordering::Relaxed);
            tell(&ring, &message);
            if ring.drops.load(Ordering::Relaxed) == before {
                wanted.push_back(message);
            } else {
                assert!(message.len() > PAYLOAD || wanted.iter().map(|kept| kept.len() + 1).sum::<usize>() > 2048 - 71);
            }
            for _ in 0..(round % 16) / 9 {
                let came = ring.has_some() && ring.take(3, &mut frame);
                let seen = came.then(|| frame.bytes().to_vec());
                assert_eq!(seen, wanted.pop_front().map(|message| expected(&message)));
            }
        }
        assert!(ring.drops.load(Ordering::Relaxed) > 100);
    }

    fn expected(message: &[u8]) -> std::vec::Vec<u8> {
        let mut frame = Frame::new(Kind::Log, 3);
        assert_eq!(frame.extend(message), message.len());
        frame.finish();
        frame.bytes().to_vec()
    }
}
