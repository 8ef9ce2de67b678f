//! A neighbour that takes every nanosecond it gets: after a greeting it never calls, traps or waits.
//!
//! Arguments: `quiet` leaves the greeting out.
#![cfg_attr(target_os = "none", no_std, no_main)]

use guests::{Guest, Result, arch, say};

guests::program!(run);

fn run(guest: &Guest) -> Result {
    let args = guest.args().only(&["quiet"])?;
    if !args.flag("quiet")? {
        say!("hog: busy from now on");
    }
    arch::spin_forever()
}
