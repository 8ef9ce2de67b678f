//! What `defmt` calls to write a message: into the ring of the pCPU that logs.

use crate::log::{self, Ring};

#[defmt::global_logger]
struct Logger;

#[inline(never)]
fn own() -> Option<&'static Ring> {
    log::ring(super::here())
}

// SAFETY: each pCPU has a ring of its own and runs the hypervisor with interrupts masked, so a message is
// never interrupted by another one in the same ring.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        own().into_iter().for_each(Ring::begin);
    }

    // Whoever has the console takes messages out; nobody waits for that.
    unsafe fn flush() {}

    unsafe fn release() {
        own().into_iter().for_each(Ring::end);
    }

    unsafe fn write(bytes: &[u8]) {
        own().into_iter().for_each(|ring| ring.write(bytes));
    }
}

defmt::timestamp!("{=u64:us}", log::now());
