//! A storm of hypercalls at full speed, with no mark among them.
//!
//! Arguments: `calls=version,console,yield,status,wait` (all but `wait`, which asks for a past instant),
//! `count=` rounds (endless).
#![cfg_attr(target_os = "none", no_std, no_main)]

use guests::{Guest, Result, hypercall};

guests::program!(run);

const CALLS: &[&str] = &["version", "console", "yield", "status", "wait"];
const ALL_BUT_WAIT: u32 = 0b1111;

fn run(guest: &Guest) -> Result {
    let args = guest.args().only(&["calls", "count"])?;
    let wants = "a list of version, console, yield, status, wait";
    let calls = args.choices("calls", CALLS, wants)?.unwrap_or(ALL_BUT_WAIT);
    let count = args.number("count")?.unwrap_or(u64::MAX);
    for round in 0..count {
        for call in (0..CALLS.len()).filter(|call| calls & 1 << call != 0) {
            make(call, round);
        }
    }
    Ok(())
}

fn make(call: usize, round: u64) {
    match call {
        0 => drop(hypercall::version()),
        1 => drop(hypercall::console(line(round).as_slice())),
        2 => hypercall::yield_now(),
        3 => drop(hypercall::status(round % 4)),
        _ => drop(hypercall::wait_until(0)),
    }
}

/// A line of 16 bytes that tells the rounds apart.
fn line(round: u64) -> [u8; 16] {
    let mut line = *b"chatter 0000000\n";
    let mut rest = round;
    for digit in line.iter_mut().skip(8).take(7).rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    line
}
