//! Faults on purpose: an inspection that does not find each of them is not to be believed.

use core::hint::black_box;

/// Panics for an index beyond the end.
#[unsafe(no_mangle)]
#[inline(never)]
pub(crate) fn canary_panic(index: usize) -> u64 {
    let words = black_box([1u64, 2, 3]);
    words[index]
}

/// Calls itself.
#[unsafe(no_mangle)]
#[inline(never)]
pub(crate) fn canary_recursion(depth: u64) -> u64 {
    if depth == 0 { black_box(0) } else { black_box(canary_recursion(black_box(depth - 1))) + 1 }
}

/// Calls somebody whom only the caller knows.
#[unsafe(no_mangle)]
#[inline(never)]
pub(crate) fn canary_indirect(call: fn(u64) -> u64) -> u64 {
    black_box(call(7)) + 1
}

/// Takes 3200 bytes of stack.
#[unsafe(no_mangle)]
#[inline(never)]
pub(crate) fn canary_stack(seed: u64) -> u64 {
    let words = black_box([seed; 400]);
    words.iter().fold(0, |sum, word| sum ^ word)
}

/// Calls the harmless ones, so that none is left out of the program.
pub(crate) fn keep() -> u64 {
    canary_panic(black_box(1)) + canary_recursion(2) + canary_indirect(black_box(canary_stack))
}
