//! Measures what the hypervisor costs, by itself: marks VALUE for each result and prints it.
//!
//! Arguments: `only=` a list of `null,psci,gicd,uart,yield,timer,wfi,switch,lone` (all but `switch`, which
//! needs a second bench with `peer`, and `lone`), `peer`: yields for ever, `shots=1000` timer shots, `gap=100us`
//! between them, `span=1s`: how long `lone` looks for time that was taken from it.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::hypercall::{VERSION, YIELD, value};
use guests::stats::{Summary, tenths};
use guests::{Guest, Result, arch, hypercall, psci, say, timer};

guests::program!(run);

/// Measurements beyond [`abi::hypercall::value`]; totals in ns.
mod own {
    /// Round trips of PSCI_VERSION.
    pub(crate) const PSCI_VERSION: u64 = 16;
    /// Reads of a register of the interrupt controller.
    pub(crate) const CONTROLLER: u64 = 17;
    /// Reads of a register of the serial port.
    pub(crate) const UART: u64 = 18;
    /// Virtual timer to vector while the guest works: total, then least and largest of one shot.
    pub(crate) const TIMER_RUNNING: u64 = 19;
    /// The same out of WFI.
    pub(crate) const TIMER_WFI: u64 = 22;
    /// Time taken from a guest that only works: total of one span, ns, for each million ns of it. After it, how often.
    pub(crate) const TAKEN: u64 = 28;
}

const LOOPS: u64 = 10_000;
/// Rounds of which the fastest counts: pre-emption only ever makes one longer.
const ROUNDS: u64 = 3;
const TESTS: &[&str] = &["null", "psci", "gicd", "uart", "yield", "timer", "wfi", "switch", "lone"];
const ALL_BUT_SWITCH: u32 = 0b111_1111;
const LONE: u32 = 1 << 8;

fn run(guest: &Guest) -> Result {
    let args = guest.args().only(&["only", "peer", "shots", "gap", "span"])?;
    if args.flag("peer")? {
        yield_for_ever();
    }
    let wants = "a list of null, psci, gicd, uart, yield, timer, wfi, switch, lone";
    let tests = args.choices("only", TESTS, wants)?.unwrap_or(ALL_BUT_SWITCH);
    let shots = args.number("shots")?.unwrap_or(1000);
    let gap = args.duration("gap")?.unwrap_or(100_000);
    let span = args.duration("span")?.unwrap_or(1_000_000_000);
    if tests & LONE != 0 {
        time_taken(guest, span);
    }
    arch::enable_interrupts();
    for test in (0..TESTS.len()).filter(|test| tests & !LONE & 1 << test != 0) {
        measure(guest, test, shots, gap);
    }
    Ok(())
}

fn measure(guest: &Guest, test: usize, shots: u64, gap: u64) {
    let name = TESTS.get(test).unwrap_or(&"");
    match test {
        0 => loops(guest, name, value::NULL_HYPERCALL, 1, |count| arch::time_hypercalls(VERSION, count)),
        1 => loops(guest, name, own::PSCI_VERSION, 1, |count| arch::time_hypercalls(psci::VERSION, count)),
        2 => loops(guest, name, own::CONTROLLER, 1, arch::time_controller_reads),
        3 => loops(guest, name, own::UART, 1, arch::time_uart_reads),
        4 => loops(guest, name, value::YIELD_ALONE, 1, |count| arch::time_hypercalls(YIELD, count)),
        5 => timer_shots(guest, name, own::TIMER_RUNNING, timer::work_until, shots, gap),
        6 => timer_shots(guest, name, own::TIMER_WFI, timer::sleep_until, shots, gap),
        // One yield leads to the peer and its yield leads back: two switches.
        _ => loops(guest, name, value::YIELD_SWITCH, 2, |count| arch::time_hypercalls(YIELD, count)),
    }
}

/// Measures a loop of [`LOOPS`] calls less an empty one, after a warm-up that also lets a peer start.
fn loops(guest: &Guest, name: &str, which: u64, per_loop: u64, ticks: impl Fn(u64) -> u64) {
    ticks(LOOPS / 10);
    let best = |ticks: &dyn Fn(u64) -> u64| (0..ROUNDS).map(|_| ticks(LOOPS)).min().unwrap_or(0);
    let net = best(&ticks).saturating_sub(best(&arch::time_nothing));
    let (total, count) = (span(guest, net), LOOPS * per_loop);
    hypercall::value(which, total, count);
    let tenths = tenths(total, count);
    say!("bench: {name} {}.{} ns", tenths / 10, tenths % 10);
}

fn timer_shots(guest: &Guest, name: &str, which: u64, wait: fn(u64) -> u64, shots: u64, gap: u64) {
    let mut latency = Summary::new();
    for _ in 0..shots {
        let due = guest.clock().ticks(guest.now().saturating_add(gap));
        latency.add(span(guest, wait(due).saturating_sub(due)));
    }
    hypercall::value(which, latency.total, latency.count);
    hypercall::value(which + 1, latency.least(), 1);
    hypercall::value(which + 2, latency.max, 1);
    say!("bench: {name} {} to {} ns, mean {}", latency.least(), latency.max, latency.mean());
}

/// Reads the counter without a pause: a gap of more than twice the smallest is time in which somebody else ran.
fn time_taken(guest: &Guest, length: u64) {
    let begin = arch::counter();
    let end = guest.clock().ticks(guest.now().saturating_add(length));
    let (mut last, mut least, mut taken, mut times) = (begin, u64::MAX, 0_u64, 0_u64);
    while last < end {
        let now = arch::counter();
        let gap = now.saturating_sub(last);
        last = now;
        if gap != 0 && gap < least {
            least = gap;
        }
        if gap > least.saturating_mul(2) {
            taken += gap - least;
            times += 1;
        }
    }
    let millions = (length / 1_000_000).max(1);
    hypercall::value(own::TAKEN, span(guest, taken), millions);
    hypercall::value(own::TAKEN + 1, times, 1);
    say!("bench: lone, {} ns of {length} ns taken in {times} gaps", span(guest, taken));
}

/// `ticks` in nanoseconds.
fn span(guest: &Guest, ticks: u64) -> u64 {
    abi::Clock::new(0, guest.clock().frequency).nanos(ticks)
}

fn yield_for_ever() -> ! {
    loop {
        hypercall::yield_now();
    }
}
