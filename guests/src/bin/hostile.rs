//! A guest that does what it must not do, and tells whether it got away with it.
//!
//! Arguments: `do=` a list of
//! - `read`, `write`, `exec`: touches `at=` (0x8000_0000) or jumps there,
//! - `undef`: an undefined instruction, `msr`: a monitor register, `el2`: a hypervisor register,
//! - `hvc`: unknown hypercalls, `smc`: an unknown secure call, `mmio`: ones into every device register,
//! - `vector`: loses its exception vectors, `abort`: gives up,
//! - `storm`: hypercalls for ever, `timer`, `sgi`: interrupts for ever;
//!
//! or `own=` a list of what only this machine knows ([`arch::OWN_DEEDS`]), done before those.
//!
//! `after=10ms` waits before, `once` does it only on the first start, `survive` skips what faults
//! (without it an exception ends in the hypercall ABORT).
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::hypercall::{NOT_SUPPORTED, status};
use guests::args::Error;
use guests::attack::{self, Outside};
use guests::hypercall::code;
use guests::{Guest, Result, arch, hypercall, say, timer};

guests::program!(run);

const KEYS: &[&str] = &["do", "own", "at", "after", "once", "survive"];
/// In the order in which they are done: from `vector` on they do not return.
const DEEDS: &[&str] =
    &["read", "write", "exec", "undef", "msr", "el2", "hvc", "smc", "mmio", "vector", "abort", "storm", "timer", "sgi"];
const WANTS: &str = "a list of read, write, exec, undef, msr, el2, hvc, smc, mmio, vector, abort, storm, timer, sgi";
const NO_SUCH_HYPERCALL: u64 = 0xc600_ffff;
const NO_SUCH_SECURE_CALL: u64 = 0xc200_ffff;

fn run(guest: &Guest) -> Result {
    let args = guest.args().only(KEYS)?;
    let own = args.choices("own", arch::OWN_DEEDS, arch::OWN_WANTS)?;
    let deeds = args.choices("do", DEEDS, WANTS)?.or(own.and(Some(0))).ok_or(Error::Missing("do"))?;
    let address = args.number("at")?.unwrap_or(0x8000_0000);
    let at = Outside::new(address).ok_or(Error::Value {
        key: "at",
        value: args.text("at")?.unwrap_or(""),
        wants: "an address outside the guest",
    })?;
    let after = args.duration("after")?.unwrap_or(0);
    if args.flag("once")? && hypercall::status(status::STARTS) != 1 {
        say!("hostile: recovered");
        return Ok(());
    }
    if args.flag("survive")? {
        attack::survive();
    }
    hypercall::wait_until(guest.now().saturating_add(after));
    each(own.unwrap_or(0), arch::OWN_DEEDS, arch::perform_own);
    each(deeds, DEEDS, |deed| perform(deed, at));
    say!("hostile: survived");
    Ok(())
}

/// Does all deeds of a set, and says what became of each.
fn each(set: u32, names: &[&str], perform: impl Fn(usize)) {
    for (deed, name) in names.iter().enumerate().filter(|(deed, _)| set & 1 << deed != 0) {
        say!("hostile: {name}");
        perform(deed);
        report(name);
    }
}

fn perform(deed: usize, at: Outside) {
    match deed {
        0 => say!("hostile: read {:#04x}", at.read()),
        1 => at.write(),
        2 => at.execute(),
        3 => arch::undefined(),
        4 => arch::write_monitor_register(),
        5 => arch::write_hypervisor_register(),
        6 => refused("hvc", [arch::hypercall(NO_SUCH_HYPERCALL, [u64::MAX; 6]), arch::strange_call()]),
        7 => refused("smc", [arch::secure_call(NO_SUCH_SECURE_CALL); 2]),
        8 => arch::flood(),
        9 => at.take_vectors(),
        10 => hypercall::abort(code::ASKED),
        11 => for_ever(hypercall::version),
        12 => for_ever(|| timer::sleep_until(0)),
        _ => for_ever(send_to_myself),
    }
}

fn report(name: &str) {
    match attack::take_syndrome() {
        0 => say!("hostile: {name} raised nothing"),
        syndrome => say!("hostile: {name} raised syndrome {syndrome:#x}"),
    }
}

fn refused(name: &str, results: [u64; 2]) {
    for result in results {
        let verdict = if result == NOT_SUPPORTED { "refused" } else { "NOT refused" };
        say!("hostile: {name} {verdict}: {result:#x}");
    }
}

/// Repeats `deed` at full speed, ready for interrupts.
fn for_ever<T>(deed: impl Fn() -> T) {
    arch::enable_interrupts();
    loop {
        deed();
    }
}

fn send_to_myself() {
    arch::send_sgi(0, arch::vcpu());
    arch::open();
    arch::close();
}
