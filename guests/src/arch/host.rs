//! A PC in the machine's place: nothing answers and nothing happens, time passes by itself.

use std::sync::OnceLock;
use std::time::Instant;

/// No hypervisor: every call is unknown.
pub fn hypercall(_function: u64, _arguments: [u64; 6]) -> u64 {
    abi::hypercall::NOT_SUPPORTED
}

/// As [`hypercall`].
pub fn long_hypercall(_words: [u64; 8]) -> [u64; 8] {
    [abi::hypercall::NOT_SUPPORTED; 8]
}

/// As [`hypercall`].
pub fn wait_until(function: u64, nanos: u64) -> (u64, u64) {
    (hypercall(function, [nanos, 0, 0, 0, 0, 0]), counter())
}

/// Nanoseconds since the first call.
pub fn counter() -> u64 {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

/// The only one.
pub fn vcpu() -> usize {
    0
}

/// Lets others run.
pub fn relax() {
    std::thread::yield_now();
}

/// Works a little.
pub fn burn(iterations: u64) {
    for count in 0..iterations {
        core::hint::black_box(count);
    }
}

/// Ends the process.
pub fn spin_forever() -> ! {
    stop()
}

/// Ends the process.
pub fn stop() -> ! {
    std::process::exit(0)
}

/// No vector registers, so to speak.
pub const VECTORS: usize = 1;
/// 64-bit words of a register.
pub const VECTOR_WORDS: usize = 2;

/// Nothing to switch on.
pub fn enable_vectors() -> usize {
    VECTOR_WORDS
}

/// Nowhere to put it.
pub fn fill_vectors(_from: &[[u64; VECTOR_WORDS]; VECTORS]) {}

/// Nothing was kept.
pub fn store_vectors(_to: &mut [[u64; VECTOR_WORDS]; VECTORS]) {}

/// No timer.
pub fn timer_arm(_ticks: u64) {}

/// No timer.
pub fn timer_off() {}

/// Nothing to wait for.
pub fn doze() {}

/// No interrupts.
pub fn open() {}

/// No interrupts.
pub fn close() {}

/// No interrupts.
pub fn enable_interrupts() {}

/// Nobody to send to.
pub fn send_sgi(_id: u32, _vcpu: usize) {}

/// No devices.
pub fn flood() {}

/// Nothing there.
pub fn load(_address: u64) -> u8 {
    0
}

/// Nothing there.
///
/// # Safety
/// None needed.
pub unsafe fn store(_address: u64, _value: u8) {}

/// Nothing there.
///
/// # Safety
/// None needed.
pub unsafe fn jump(_address: u64) {}

/// Nothing happens.
pub fn undefined() {}

/// Nothing happens.
pub fn write_monitor_register() {}

/// Nothing happens.
pub fn write_hypervisor_register() {}

/// No monitor.
pub fn secure_call(function: u64) -> u64 {
    hypercall(function, [0; 6])
}

/// No hypervisor.
pub fn strange_call() -> u64 {
    hypercall(0, [0; 6])
}

/// Ends the process.
pub fn lose_vectors(_address: u64) -> ! {
    stop()
}

/// Takes no time.
pub fn time_hypercalls(_function: u64, _count: u64) -> u64 {
    0
}

/// Takes no time.
pub fn time_controller_reads(_count: u64) -> u64 {
    0
}

/// Takes no time.
pub fn time_uart_reads(_count: u64) -> u64 {
    0
}

/// Takes no time.
pub fn time_nothing(_count: u64) -> u64 {
    0
}

/// Nowhere.
pub fn secondary_entry() -> u64 {
    0
}

/// Nothing to hand over.
pub fn context(_function: extern "C" fn()) -> u64 {
    0
}

/// Nowhere.
pub fn image() -> (u64, u64) {
    (abi::layout::RAM, abi::layout::RAM)
}

/// No page.
pub fn info_page() -> &'static [u8] {
    &[]
}

/// This machine has no deeds of its own.
pub const OWN_DEEDS: &[&str] = &[];
/// What an argument with one of them looks like.
pub const OWN_WANTS: &str = "nothing: this machine has no deeds of its own";

/// There are none.
pub fn perform_own(_deed: usize) {}
