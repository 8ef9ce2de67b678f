//! The smallest guest: says who it is and powers off. No arguments are refused, they are only shown.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::hypercall::status;
use guests::{Guest, Result, hypercall, psci, say};

guests::program!(run);

fn run(guest: &Guest) -> Result {
    let info = guest.info();
    let (version, psci) = (hypercall::version(), psci::version());
    say!("hello from {} (partition {}, {} vCPUs)", info.name, info.partition, info.vcpus);
    say!("args: {}", info.args);
    say!("interface {}.{}, PSCI {}.{}", version >> 16, version & 0xffff, psci >> 16, psci & 0xffff);
    say!("clock {} Hz, {} ns since the epoch, plan {:016x}", info.clock.frequency, guest.now(), info.plan_hash);
    say!(
        "start {}, ran {} ns, {} console bytes dropped",
        hypercall::status(status::STARTS),
        hypercall::status(status::RUN_TIME),
        hypercall::status(status::CONSOLE_DROPS),
    );
    Ok(())
}
