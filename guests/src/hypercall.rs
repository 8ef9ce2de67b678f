//! The hypercalls of [`abi::hypercall`] as functions.

use abi::hypercall as number;

use crate::arch;

/// Codes that the guests of this crate give to [`abort`]; an exception gives its syndrome instead.
pub mod code {
    /// A panic.
    pub const PANIC: u64 = 1;
    /// Arguments that the guest does not understand.
    pub const ARGUMENTS: u64 = 2;
    /// There is no info page.
    pub const NO_INFO_PAGE: u64 = 3;
    /// The guest tested something and it failed.
    pub const FAILED: u64 = 4;
    /// The guest was asked to abort.
    pub const ASKED: u64 = 5;
}

/// The version of the interface: major << 16 | minor.
pub fn version() -> u64 {
    arch::hypercall(number::VERSION, [0; 6])
}

/// Offers the pCPU to others.
pub fn yield_now() {
    arch::hypercall(number::YIELD, [0; 6]);
}

/// The quantity `which` of [`abi::hypercall::status`].
pub fn status(which: u64) -> u64 {
    arch::hypercall(number::STATUS, [which, 0, 0, 0, 0, 0])
}

/// Writes the first bytes of `text` (at most [`abi::hypercall::CONSOLE_BYTES`]) to the console; returns
/// how many were taken.
pub fn console(text: &[u8]) -> usize {
    let length = text.len().min(number::CONSOLE_BYTES);
    let [a, b, c, d, e] = pack(text);
    let taken = arch::hypercall(number::CONSOLE, [length as u64, a, b, c, d, e]);
    // A refusal is a huge number: nothing was taken then.
    if taken <= length as u64 { taken as usize } else { 0 }
}

/// The first 40 bytes of `text`, little-endian, the rest zeros.
fn pack(text: &[u8]) -> [u64; 5] {
    let mut words = [0_u64; 5];
    for (word, chunk) in words.iter_mut().zip(text.chunks(8)) {
        *word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    words
}

/// Waits until `nanos` since the epoch, whatever interrupts come; returns the counter as the first
/// instruction after the wait read it.
#[inline(always)]
pub fn wait_until(nanos: u64) -> u64 {
    loop {
        let (result, ticks) = arch::wait_until(number::WAIT_UNTIL, nanos);
        if result != number::INTERRUPTED {
            return ticks;
        }
    }
}

/// Puts a mark of `kind` (see [`abi::hypercall::mark`]) for `task` into the trace.
#[inline(always)]
pub fn mark(kind: u64, task: u64, a: u64, b: u64, c: u64) {
    arch::hypercall(number::MARK, [kind | task << 8, a, b, c, 0, 0]);
}

/// Marks a measurement: `total` ns for `iterations`.
pub fn value(which: u64, total: u64, iterations: u64) {
    mark(number::mark::VALUE, 0, which, total, iterations);
}

/// Puts a change on this partition's list: `what` is one of [`abi::hypercall::change`], `partition` and `vcpu` name
/// whom it concerns within the pool, `row` is what shall hold.
pub fn change(what: u64, partition: u64, vcpu: u64, row: [u64; 6]) -> u64 {
    let [a, b, c, d, e, f] = row;
    let [result, ..] = arch::long_hypercall([number::CHANGE, what | partition << 16 | vcpu << 32, a, b, c, d, e, f]);
    result
}

/// Applies the list, at once or at the scheduler's next boundary; the result, and for a refusal the key's index,
/// what its rule needs and what it was given.
pub fn apply(at_boundary: bool) -> [u64; 4] {
    let [result, key, needs, has, ..] = arch::long_hypercall([number::APPLY, at_boundary.into(), 0, 0, 0, 0, 0, 0]);
    [result, key, needs, has]
}

/// The row in force for a vCPU of this pool, and where it may run; `None` if there is no such vCPU.
pub fn parameters(partition: u64, vcpu: u64) -> Option<([u64; 6], u64)> {
    let who = partition << 16 | vcpu << 32;
    let [result, a, b, c, d, e, f, hard] = arch::long_hypercall([number::PARAMETERS, who, 0, 0, 0, 0, 0, 0]);
    (result == number::SUCCESS).then_some(([a, b, c, d, e, f], hard))
}

/// Declares the partition faulty.
pub fn abort(code: u64) -> ! {
    arch::hypercall(number::ABORT, [code, 0, 0, 0, 0, 0]);
    arch::stop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_travels_little_endian_in_five_words() {
        assert_eq!(pack(b""), [0; 5]);
        assert_eq!(pack(b"abcdefghi"), [u64::from_le_bytes(*b"abcdefgh"), u64::from(b'i'), 0, 0, 0]);
        let long = pack(&[b'x'; 50]);
        assert_eq!(long, [u64::from_le_bytes([b'x'; 8]); 5]);
    }

    #[test]
    fn where_there_is_no_hypervisor_the_console_takes_nothing() {
        assert_eq!(console(b"text"), 0);
    }
}
