//! Keeps a pattern of its own in its vector registers: whoever else runs must not change it, nor see it.
//!
//! Arguments: `rounds=` how often it looks (1000); `quiet` says nothing.
#![cfg_attr(target_os = "none", no_std, no_main)]

use guests::arch::{self, VECTOR_WORDS, VECTORS};
use guests::{Guest, Result, hypercall, say};

guests::program!(run);

/// The abort code of a failed check.
const CHANGED: u64 = 4;
/// Iterations of [`arch::burn`] between two looks.
const PAUSE: u64 = 1000;

fn run(guest: &Guest) -> Result {
    let args = guest.args().only(&["rounds", "quiet"])?;
    let rounds = args.number("rounds")?.unwrap_or(1000);
    let words = arch::enable_vectors();
    let own = pattern(guest.info().partition.into());
    let mut found = [[0; VECTOR_WORDS]; VECTORS];
    arch::fill_vectors(&own);
    for _ in 0..rounds {
        arch::burn(PAUSE);
        arch::store_vectors(&mut found);
        let same = own.iter().zip(&found).all(|(own, found)| own.iter().zip(found).take(words).all(|(a, b)| a == b));
        if !same {
            say!("vectors: a register changed by itself");
            hypercall::abort(CHANGED);
        }
    }
    if !args.flag("quiet")? {
        say!("vectors: {VECTORS} registers of {} bits kept their values {rounds} times", words * 64);
    }
    Ok(())
}

/// Different in every word and in every partition.
fn pattern(partition: u64) -> [[u64; VECTOR_WORDS]; VECTORS] {
    let mut pattern = [[0; VECTOR_WORDS]; VECTORS];
    for (word, place) in pattern.iter_mut().flatten().enumerate() {
        *place = (partition + 1) << 32 | 0x5a00 | word as u64;
    }
    pattern
}
