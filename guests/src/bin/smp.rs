//! Starts its other vCPUs, lets each count and report by a software interrupt, wakes each out of WFI,
//! sees all of them off and says what it found.
//!
//! Arguments: `rounds=1000` counts of each vCPU, `pings=0` timed interrupts to each running vCPU.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use abi::layout::VCPUS_MAX;
use guests::hypercall::code;
use guests::stats::Summary;
use guests::{Guest, Result, arch, hypercall, interrupts, psci, say};

guests::program!(run);

/// Sent to a vCPU that sleeps, at its end. Lower numbers name the sender of a report.
const GO_HOME: u32 = 15;
/// Sent to a vCPU that runs.
const PING: u32 = 14;
/// Total, then least and largest, ns, from sending to the other vCPU's vector.
const VALUE_SGI: u64 = 25;
/// Visits to a loop that waits for another vCPU before it counts as lost: some tenths of a second, since the host of an
/// emulator may let another thread wait for that long.
const PATIENCE: u64 = 100_000_000;

/// What all vCPUs count up together. One place for each: exclusives are not promised with the MMU off.
static COUNTS: [AtomicU64; VCPUS_MAX] = [const { AtomicU64::new(0) }; VCPUS_MAX];
static ROUNDS: AtomicU64 = AtomicU64::new(0);
static PINGS: AtomicU64 = AtomicU64::new(0);

fn run(guest: &Guest) -> Result {
    let args = guest.args().only(&["rounds", "pings"])?;
    ROUNDS.store(args.number("rounds")?.unwrap_or(1000), Relaxed);
    PINGS.store(args.number("pings")?.unwrap_or(0), Relaxed);
    let vcpus = (guest.info().vcpus as usize).min(VCPUS_MAX);
    arch::enable_interrupts();
    (1..vcpus).for_each(start);
    (1..vcpus).for_each(await_report);
    if PINGS.load(Relaxed) > 0 {
        (1..vcpus).for_each(|vcpu| ping(guest, vcpu));
    }
    (1..vcpus).for_each(|vcpu| arch::send_sgi(GO_HOME, vcpu));
    (1..vcpus).for_each(await_off);
    check_errors(guest.info().vcpus.into());
    let counted: u64 = COUNTS.iter().map(|count| count.load(Relaxed)).sum();
    let expected = ROUNDS.load(Relaxed) * (vcpus as u64).saturating_sub(1);
    demand(counted == expected, "all counts arrived");
    say!("smp: {vcpus} vCPUs, {counted} counts, all reported and off");
    Ok(())
}

/// What every other vCPU runs.
extern "C" fn work() {
    let me = arch::vcpu();
    arch::enable_interrupts();
    if let Some(count) = COUNTS.get(me) {
        (0..ROUNDS.load(Relaxed)).for_each(|_| count.store(count.load(Relaxed) + 1, Relaxed));
    }
    arch::send_sgi(me as u32, 0);
    arch::open();
    while interrupts::sgi_count(me, PING as usize) < PINGS.load(Relaxed) {
        arch::relax();
    }
    arch::close();
    while interrupts::sgi_count(me, GO_HOME as usize) == 0 {
        arch::doze();
    }
}

fn start(vcpu: usize) {
    demand(psci::affinity_info(vcpu as u64) == psci::OFF, "a vCPU is off before CPU_ON");
    demand(psci::cpu_on(vcpu as u64, work) == 0, "CPU_ON succeeds");
}

/// Sleeps until `vcpu` has reported.
fn await_report(vcpu: usize) {
    while interrupts::sgi_count(0, vcpu) == 0 {
        arch::doze();
    }
    demand(psci::affinity_info(vcpu as u64) == psci::ON, "a vCPU is on while it works");
}

fn await_off(vcpu: usize) {
    let off = (0..PATIENCE).any(|_| {
        let off = psci::affinity_info(vcpu as u64) == psci::OFF;
        if !off {
            arch::relax();
            hypercall::yield_now();
        }
        off
    });
    demand(off, "a vCPU switches itself off");
}

/// Times software interrupts to `vcpu`, which runs.
fn ping(guest: &Guest, vcpu: usize) {
    let (clock, mut latency) = (guest.clock(), Summary::new());
    for count in 1..=PINGS.load(Relaxed) {
        let sent = arch::counter();
        arch::send_sgi(PING, vcpu);
        let taken = (0..PATIENCE).any(|_| {
            arch::relax();
            interrupts::sgi_count(vcpu, PING as usize) >= count
        });
        demand(taken, "a running vCPU takes an interrupt");
        latency.add(clock.nanos(interrupts::sgi_ticks(vcpu)).saturating_sub(clock.nanos(sent)));
    }
    hypercall::value(VALUE_SGI, latency.total, latency.count);
    hypercall::value(VALUE_SGI + 1, latency.least(), 1);
    hypercall::value(VALUE_SGI + 2, latency.max, 1);
    say!("smp: SGI to vCPU {vcpu}: {} to {} ns, mean {}", latency.least(), latency.max, latency.mean());
}

/// What PSCI must refuse.
fn check_errors(vcpus: u64) {
    demand(psci::cpu_on(0, work) == psci::ALREADY_ON, "CPU_ON of the running vCPU is refused");
    demand(psci::cpu_on(vcpus, work) == psci::INVALID_PARAMETERS, "CPU_ON of an absent vCPU is refused");
    demand(psci::affinity_info(vcpus) == psci::INVALID_PARAMETERS, "AFFINITY_INFO of an absent vCPU is refused");
    arch::send_sgi(PING, 15);
}

fn demand(holds: bool, what: &str) {
    if !holds {
        say!("smp: FAILED: {what}");
        hypercall::abort(code::FAILED);
    }
}
