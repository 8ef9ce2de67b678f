//! AArch64 at EL1, MMU off, GICv3 by system registers, hypercalls by HVC.

use core::arch::{asm, global_asm};

use abi::layout::VCPUS_MAX;

/// Bytes of stack for each vCPU.
const STACK: usize = 8192;

global_asm!(
    include_str!("start.s"),
    vcpus = const VCPUS_MAX,
    stack = const STACK,
    interrupt = sym interrupt,
    exception = sym exception,
);

unsafe extern "C" {
    static __image_start: u8;
    static __image_end: u8;
    fn guest_secondary();
}

extern "C" fn interrupt(ticks: u64) {
    crate::gic::on_interrupt(ticks);
}

extern "C" fn exception(syndrome: u64, at: u64, link: u64, address: u64) -> u64 {
    crate::attack::on_exception(syndrome, at, address);
    // Outside of the program only a jump leads: the link register leads back.
    let (first, end) = image();
    if (first..end).contains(&at) { at + 4 } else { link }
}

/// Calls the hypervisor: number in x0, arguments from x1, result in x0. As SMCCC 1.1 says, x4 and up survive.
#[inline(always)]
pub fn hypercall(function: u64, arguments: [u64; 6]) -> u64 {
    let [a, b, c, d, e, f] = arguments;
    let result;
    // SAFETY: the hypervisor takes no pointers and changes only x0 to x3.
    unsafe {
        asm!("hvc #0", inlateout("x0") function => result, inlateout("x1") a => _, inlateout("x2") b => _,
            inlateout("x3") c => _, in("x4") d, in("x5") e, in("x6") f, options(nostack));
    }
    result
}

/// A hypercall with one argument that waits; also returns the counter, read by the first instruction after it.
#[inline(always)]
pub fn wait_until(function: u64, nanos: u64) -> (u64, u64) {
    let (result, ticks);
    // SAFETY: as for `hypercall`; reading the counter has no effect.
    unsafe {
        asm!("hvc #0", "mrs x1, cntvct_el0", inlateout("x0") function => result, inlateout("x1") nanos => ticks,
            lateout("x2") _, lateout("x3") _, options(nostack));
    }
    (result, ticks)
}

/// The free-running counter.
#[inline(always)]
pub fn counter() -> u64 {
    let ticks;
    // SAFETY: reading the counter has no effect.
    unsafe { asm!("isb", "mrs {}, cntvct_el0", out(reg) ticks, options(nostack)) };
    ticks
}

/// The number of this vCPU: MPIDR_EL1.Aff0.
#[inline]
pub fn vcpu() -> usize {
    let mpidr: u64;
    // SAFETY: reading an identification register has no effect.
    unsafe { asm!("mrs {}, mpidr_el1", out(reg) mpidr, options(nomem, nostack, preserves_flags)) };
    (mpidr & 0xff) as usize
}

/// The hint of a loop that waits for another vCPU.
#[inline]
pub fn relax() {
    // SAFETY: a hint.
    unsafe { asm!("yield", options(nostack, preserves_flags)) };
}

/// Works for `iterations` of a loop of 16 instructions that never trap; nothing for 0.
#[inline(always)]
pub fn burn(iterations: u64) {
    // SAFETY: counts a register down.
    unsafe {
        asm!(
            "cbz {0}, 3f", "2:", ".rept 14", "nop", ".endr", "subs {0}, {0}, #1", "b.ne 2b", "3:",
            inlateout(reg) iterations => _, options(nomem, nostack)
        );
    }
}

/// Works for ever, without a trap or a hint: the worst neighbour.
pub fn spin_forever() -> ! {
    // SAFETY: a loop that does nothing. The nops make it cheap to emulate.
    unsafe { asm!("2:", ".rept 31", "nop", ".endr", "b 2b", options(noreturn, nomem, nostack)) }
}

/// Sleeps for ever: after a call that does not return has returned.
pub fn stop() -> ! {
    loop {
        // SAFETY: waits; interrupts stay masked.
        unsafe { asm!("msr daifset, #2", "wfi", options(nomem, nostack)) };
    }
}

/// Arms the virtual timer for the instant at which the counter shows `ticks`.
#[inline]
pub fn timer_arm(ticks: u64) {
    // SAFETY: the timer is this vCPU's own; its interrupt has a handler.
    unsafe {
        asm!("msr cntv_cval_el0, {}", "msr cntv_ctl_el0, {}", "isb", in(reg) ticks, in(reg) 1_u64, options(nostack))
    };
}

/// Switches the virtual timer off.
#[inline]
pub fn timer_off() {
    // SAFETY: as for `timer_arm`.
    unsafe { asm!("msr cntv_ctl_el0, xzr", "isb", options(nostack)) };
}

/// Waits for an interrupt, takes it and masks interrupts again. They must be masked before the call:
/// then one that comes between a test and this call ends the wait at once.
#[inline]
pub fn doze() {
    // SAFETY: the handler keeps every register; memory is taken as changed.
    unsafe { asm!("wfi", "msr daifclr, #2", "isb", "msr daifset, #2", options(nostack)) };
}

/// Lets interrupts in from now on.
#[inline]
pub fn open() {
    // SAFETY: as for `doze`.
    unsafe { asm!("msr daifclr, #2", "isb", options(nostack)) };
}

/// Masks interrupts.
#[inline]
pub fn close() {
    // SAFETY: masking is always allowed.
    unsafe { asm!("msr daifset, #2", options(nostack)) };
}

/// Switches this vCPU's interrupt interface on, every priority allowed.
pub fn gic_enable() {
    // SAFETY: the interface is this vCPU's own; interrupts are still masked.
    unsafe {
        asm!("mrs {0}, icc_sre_el1", "orr {0}, {0}, #1", "msr icc_sre_el1, {0}", "isb",
            "mov {0}, #0xff", "msr icc_pmr_el1, {0}", "mov {0}, #1", "msr icc_igrpen1_el1, {0}", "isb",
            out(reg) _, options(nostack));
    }
}

/// Takes the most urgent pending interrupt; 1020 and above mean that there is none.
#[inline]
pub fn acknowledge() -> u32 {
    let id: u64;
    // SAFETY: called by the handler, which ends what it takes.
    unsafe { asm!("mrs {}, icc_iar1_el1", out(reg) id, options(nostack)) };
    (id & 0xff_ffff) as u32
}

/// Ends the interrupt `id`.
#[inline]
pub fn end_of_interrupt(id: u32) {
    // SAFETY: called by the handler for what it took.
    unsafe { asm!("msr icc_eoir1_el1, {}", "isb", in(reg) u64::from(id), options(nostack)) };
}

/// Sends the software interrupt `id` (0 to 15) to `vcpu` (0 to 15).
#[inline]
pub fn send_sgi(id: u32, vcpu: usize) {
    let value = u64::from(id & 15) << 24 | 1 << (vcpu & 15);
    // SAFETY: a message to another vCPU of this partition; what was stored before is seen there.
    unsafe { asm!("dsb sy", "msr icc_sgi1r_el1, {}", "isb", in(reg) value, options(nostack)) };
}

/// Reads the device register at `address`.
#[inline]
pub fn mmio_read(address: u64) -> u32 {
    let value: u32;
    // SAFETY: callers name device registers of `abi::layout`; one plain load leaves a full syndrome.
    unsafe { asm!("ldr {:w}, [{}]", out(reg) value, in(reg) address, options(nostack, preserves_flags)) };
    value
}

/// Writes the device register at `address`.
#[inline]
pub fn mmio_write(address: u64, value: u32) {
    // SAFETY: as for `mmio_read`; devices of a partition do not touch its memory.
    unsafe { asm!("str {:w}, [{}]", in(reg) value, in(reg) address, options(nostack, preserves_flags)) };
}

/// Loads a byte from anywhere.
pub fn load(address: u64) -> u8 {
    let value: u32;
    // SAFETY: nothing is assumed of the byte; a fault goes to the handler, which skips the instruction.
    unsafe { asm!("ldrb {:w}, [{}]", inlateout(reg) 0_u32 => value, in(reg) address, options(nostack)) };
    value as u8
}

/// Stores a byte.
///
/// # Safety
/// `address` lies outside of everything that this program uses.
pub unsafe fn store(address: u64, value: u8) {
    // SAFETY: the caller's promise; a fault goes to the handler, which skips the instruction.
    unsafe { asm!("strb {:w}, [{}]", in(reg) u32::from(value), in(reg) address, options(nostack)) };
}

/// Calls `address` as if it were a function.
///
/// # Safety
/// There is nothing executable, so that the jump faults and the handler returns here.
pub unsafe fn jump(address: u64) {
    // SAFETY: the caller's promise.
    unsafe { asm!("blr {}", in(reg) address, clobber_abi("C")) };
}

/// An instruction that is none.
pub fn undefined() {
    // SAFETY: faults; the handler skips it.
    unsafe { asm!("udf #0", options(nostack)) };
}

/// Writes a register that belongs to the hypervisor: the performance monitor's control.
pub fn write_monitor_register() {
    // SAFETY: enables a counter that nobody here relies on, or faults.
    unsafe { asm!("msr pmcr_el0, {}", in(reg) 1_u64, options(nostack)) };
}

/// Writes a register of a higher exception level.
pub fn write_hypervisor_register() {
    // SAFETY: undefined at EL1; the handler skips it.
    unsafe { asm!("msr hcr_el2, xzr", options(nostack)) };
}

/// A secure monitor call with the number `function`, no arguments.
pub fn secure_call(function: u64) -> u64 {
    let result;
    // SAFETY: takes no pointers; SMCCC lets it change x0 to x17. The word is `smc #0`.
    unsafe { asm!(".inst 0xd4000003", inlateout("x0") function => result, clobber_abi("C")) };
    result
}

/// A hypervisor call with an immediate that SMCCC does not know.
pub fn strange_call() -> u64 {
    let result;
    // SAFETY: as for `secure_call`.
    unsafe { asm!("hvc #0x4d46", inlateout("x0") 0_u64 => result, clobber_abi("C")) };
    result
}

/// Puts the exception vectors at `address`, where nothing can be fetched, and raises an exception:
/// it repeats for ever.
pub fn lose_vectors(address: u64) -> ! {
    // SAFETY: does not return; what follows happens in the hypervisor.
    unsafe {
        asm!("msr vbar_el1, {}", "isb", "2: udf #0", "b 2b", in(reg) address & !0x7ff, options(noreturn, nostack))
    }
}

/// Ticks of `count` hypercalls `function` without arguments; `count` is at least 1.
pub fn time_hypercalls(function: u64, count: u64) -> u64 {
    let begin = counter();
    // SAFETY: as for `hypercall`.
    unsafe {
        asm!("2: mov x0, {f}", "hvc #0", "subs {n}, {n}, #1", "b.ne 2b", f = in(reg) function,
            n = inlateout(reg) count => _, out("x0") _, out("x1") _, out("x2") _, out("x3") _, options(nostack));
    }
    counter() - begin
}

/// Ticks of `count` reads of the device register at `address`; `count` is at least 1.
pub fn time_reads(address: u64, count: u64) -> u64 {
    let begin = counter();
    // SAFETY: as for `mmio_read`.
    unsafe {
        asm!("2: mov x0, {a}", "ldr w0, [x0]", "subs {n}, {n}, #1", "b.ne 2b", a = in(reg) address,
            n = inlateout(reg) count => _, out("x0") _, options(nostack));
    }
    counter() - begin
}

/// Ticks of the loop of `time_hypercalls` and `time_reads` with nothing in it.
pub fn time_nothing(count: u64) -> u64 {
    let begin = counter();
    // SAFETY: counts a register down.
    unsafe {
        asm!("2: mov x0, {n}", "subs {n}, {n}, #1", "b.ne 2b", n = inlateout(reg) count => _, out("x0") _,
            options(nostack));
    }
    counter() - begin
}

/// Where a further vCPU starts; it expects the address of a function as its context.
pub fn secondary_entry() -> u64 {
    guest_secondary as *const () as u64
}

/// The value to hand to a further vCPU so that it runs `function`.
pub fn context(function: extern "C" fn()) -> u64 {
    function as *const () as u64
}

/// Where this program lies: its first byte and the byte after its last.
pub fn image() -> (u64, u64) {
    (&raw const __image_start as u64, &raw const __image_end as u64)
}

/// The info page.
pub fn info_page() -> &'static [u8] {
    // SAFETY: the hypervisor maps this page read-only and never changes it while the partition runs.
    unsafe { core::slice::from_raw_parts(abi::layout::INFO as *const u8, abi::info::BYTES) }
}
