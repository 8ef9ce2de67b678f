//! Runtime of the small guests that run in Majorframe's partitions.
//!
//! A guest is one of the programs under `src/bin`: it starts with the MMU off on its first vCPU, reads
//! its name, clock and arguments from the info page and talks to the hypervisor by the calls of [`abi`].
//! [`arch`] is the only part that knows the machine; on a PC its place is taken by a stand-in, so that
//! every line of every guest is compiled, linted and, where it is pure, tested there.
//!
//! Rules: no allocation, no floating point, no unaligned access (memory is Device memory while the MMU
//! is off), no read-modify-write atomics (exclusives are not promised on Device memory), no
//! `core::hint::spin_loop` (an ISB on AArch64 lets no other pCPU of the emulator proceed).
#![no_std]

#[cfg(not(target_os = "none"))]
extern crate std;

pub mod arch;
pub mod args;
pub mod attack;
pub mod console;
pub mod grid;
pub mod hypercall;
pub mod interrupts;
pub mod psci;
pub mod runtime;
pub mod stats;
pub mod timer;
pub mod work;

pub use args::Args;
pub use runtime::Guest;

/// The program's entry: `program!(run)` with `fn run(&Guest) -> guests::Result`.
///
/// Bare metal it becomes what the start code calls; on a PC an empty `main` that only keeps `run` compiled.
#[macro_export]
macro_rules! program {
    ($run:path) => {
        #[cfg(target_os = "none")]
        // SAFETY: the name is taken by this macro alone, once for each program.
        #[unsafe(no_mangle)]
        extern "C" fn guest_entry() -> ! {
            $crate::runtime::start($run)
        }

        #[cfg(not(target_os = "none"))]
        fn main() {
            let _: fn(&$crate::Guest) -> $crate::Result = $run;
        }
    };
}

/// What a program returns: `Ok` powers the partition off, an error is said and aborts it.
pub type Result = core::result::Result<(), args::Error<'static>>;
