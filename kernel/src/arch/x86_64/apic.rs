//! The local interrupt controller of a pCPU: its timer, kicks, and what was noted of interrupts.
//!
//! xAPIC or, where the processor has it, x2APIC (AMD APM volume 2, chapter 16). One hardware timer serves the
//! hypervisor and the timer of the running vCPU: it is set to whatever comes first.

use super::{
    CPUS_MAX, Relax,
    clock::Speeds,
    local::{NEVER, local},
    ticks,
};
use crate::arch::Interrupt;
use core::arch::{asm, x86_64::__cpuid};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use sched::Cpu;
use x86_64::registers::model_specific::Msr;

/// Where the registers of an xAPIC lie.
pub(super) const BASE: u64 = 0xfee0_0000;
/// The vectors of our interrupts; all in one class, so that none interrupts another.
pub(super) const TIMER: u8 = 0x40;
pub(super) const KICK: u8 = 0x41;
pub(super) const NUDGE: u8 = 0x43;
pub(super) const INPUT: u8 = 0x42;
pub(super) const SPURIOUS: u8 = 0xff;

const END: u32 = 0xb;
const SPURIOUS_VECTOR: u32 = 0xf;
/// Requested interrupts, the word with our vectors.
const REQUESTED: u32 = 0x20 + TIMER as u32 / 32;
const COMMAND: u32 = 0x30;
const COMMAND_HIGH: u32 = 0x31;
const LVT_TIMER: u32 = 0x32;
const LVT_LINT0: u32 = 0x35;
const LVT_LINT1: u32 = 0x36;
const LVT_ERROR: u32 = 0x37;
const INITIAL: u32 = 0x38;
const CURRENT: u32 = 0x39;
const DIVIDE: u32 = 0x3e;

const MASKED: u32 = 1 << 16;
const DEADLINE_MODE: u32 = 1 << 18;
const BY_ONE: u32 = 0xb;
const SENDING: u32 = 1 << 12;
const INIT: u32 = 0x4500;
const STARTUP: u32 = 0x4600;

const X2APIC: u32 = 1 << 21;
const DEADLINE: u32 = 1 << 24;

static X2: AtomicBool = AtomicBool::new(false);
static BY_DEADLINE: AtomicBool = AtomicBool::new(false);
/// Counts of the timer for 2^32 ticks of the counter.
static SCALE: AtomicU64 = AtomicU64::new(1 << 32);
/// The APIC number of each pCPU.
static NUMBER: [AtomicU32; CPUS_MAX] = [const { AtomicU32::new(u32::MAX) }; CPUS_MAX];

fn read(register: u32) -> u32 {
    if X2.load(Ordering::Relaxed) {
        // SAFETY: a register of the local APIC.
        return unsafe { Msr::new(0x800 + register).read() as u32 };
    }
    // SAFETY: the registers are mapped as a device.
    unsafe { ((BASE + u64::from(register) * 16) as *const u32).read_volatile() }
}

fn write(register: u32, value: u32) {
    if X2.load(Ordering::Relaxed) {
        // SAFETY: a register of the local APIC.
        return unsafe { Msr::new(0x800 + register).write(value.into()) };
    }
    // SAFETY: as above.
    unsafe { ((BASE + u64::from(register) * 16) as *mut u32).write_volatile(value) };
}

/// Chooses how the controller is reached. On the boot pCPU, before anything else here.
pub(super) fn choose() {
    let features = __cpuid(1).ecx;
    X2.store(features & X2APIC != 0, Ordering::Relaxed);
    BY_DEADLINE.store(features & DEADLINE != 0, Ordering::Relaxed);
}

/// Notes how fast the timer is.
pub(super) fn set_speeds(speeds: Speeds) {
    SCALE.store((speeds.timer << 32) / speeds.counter.max(1), Ordering::Relaxed);
}

/// Switches this pCPU's controller on: only our own interrupts, and the timer stopped.
pub(super) fn init() {
    const MODE: Msr = Msr::new(0x1b);
    let enable = 1 << 11 | u64::from(X2.load(Ordering::Relaxed)) << 10;
    // SAFETY: switches the local APIC on where it is expected.
    unsafe { Msr::new(0x1b).write(MODE.read() & 0xfff | BASE & !0xfff | enable) };
    write(SPURIOUS_VECTOR, 1 << 8 | u32::from(SPURIOUS));
    for line in [LVT_LINT0, LVT_LINT1, LVT_ERROR] {
        write(line, MASKED);
    }
    write(DIVIDE, BY_ONE);
    write(LVT_TIMER, MASKED);
    write(INITIAL, 0);
}

/// Lets the timer interrupt.
pub(super) fn enable_timer() {
    let mode = if BY_DEADLINE.load(Ordering::Relaxed) { DEADLINE_MODE } else { 0 };
    write(LVT_TIMER, u32::from(TIMER) | mode);
}

/// Starts the timer at its largest count, to be measured.
pub(super) fn start_count() {
    write(INITIAL, u32::MAX);
}

/// What the timer's count is now.
pub(super) fn count() -> u32 {
    read(CURRENT)
}

/// Notes the APIC number of a pCPU.
pub(super) fn set_number(cpu: Cpu, number: u32) {
    if let Some(place) = NUMBER.get(cpu.index()) {
        place.store(number, Ordering::Relaxed);
    }
}

/// The APIC number of a pCPU.
pub(super) fn number(cpu: Cpu) -> Option<u32> {
    NUMBER.get(cpu.index()).map(|number| number.load(Ordering::Relaxed))
}

/// The pCPU with this APIC number.
pub(super) fn find(number: u32) -> Option<Cpu> {
    NUMBER.iter().position(|known| known.load(Ordering::Relaxed) == number).map(|index| Cpu(index as u8))
}

fn send(number: u32, command: u32) {
    if X2.load(Ordering::Relaxed) {
        // SAFETY: sends an interrupt to one of our pCPUs.
        return unsafe { Msr::new(0x830).write(u64::from(number) << 32 | u64::from(command)) };
    }
    while read(COMMAND) & SENDING != 0 {
        <Relax as spin::RelaxStrategy>::relax();
    }
    write(COMMAND_HIGH, number << 24);
    write(COMMAND, command);
}

/// Asks a pCPU to look at its pool: another one, or this one once it runs a guest again.
pub fn kick(cpu: Cpu) {
    interrupt(cpu, KICK);
}

/// Asks another pCPU to look at its vCPU's interrupts.
pub fn nudge(cpu: Cpu) {
    interrupt(cpu, NUDGE);
}

fn interrupt(cpu: Cpu, vector: u8) {
    if let Some(number) = NUMBER.get(cpu.index()) {
        send(number.load(Ordering::Relaxed), 0x4000 | u32::from(vector));
    }
}

/// Makes another pCPU begin at the page `page` in real mode.
pub(super) fn wake(cpu: Cpu, page: u8) {
    let Some(number) = NUMBER.get(cpu.index()).map(|number| number.load(Ordering::Relaxed)) else { return };
    send(number, INIT);
    pause(10_000);
    for _ in 0..2 {
        send(number, STARTUP | u32::from(page));
        pause(200);
    }
}

/// Waits for roughly so many microseconds: at least that on counters up to 4 GHz.
fn pause(micros: u64) {
    let end = ticks() + micros * 4000;
    while ticks() < end {
        <Relax as spin::RelaxStrategy>::relax();
    }
}

/// Sets this pCPU's one-shot timer, or switches it off.
#[inline]
pub fn arm(at: Option<u64>) {
    let here = local();
    here.host_at.set(at.unwrap_or(NEVER));
    program(here.host_at.get().min(here.guest_at.get()));
}

/// Notes when the running vCPU's timer fires. False: the machine's timer would come too late.
#[inline(always)]
pub(super) fn expect_guest(at: u64) -> bool {
    let here = local();
    here.guest_at.set(at);
    at >= here.armed.get()
}

/// Sets when the running vCPU's timer fires; nothing happens at the machine if something comes first anyway.
pub(super) fn arm_guest(at: u64) {
    let here = local();
    here.guest_at.set(at);
    if at < here.armed.get() {
        program(at);
    }
}

fn program(at: u64) {
    let here = local();
    if here.armed.replace(at) == at {
        return;
    }
    if BY_DEADLINE.load(Ordering::Relaxed) {
        // SAFETY: sets our own timer; 0 switches it off.
        unsafe { Msr::new(0x6e0).write(if at == NEVER { 0 } else { at.max(1) }) };
    } else if at == NEVER {
        write(INITIAL, 0);
    } else {
        let left = u128::from(at.saturating_sub(ticks()));
        let counts = ((left * u128::from(SCALE.load(Ordering::Relaxed))) >> 32) + 1;
        write(INITIAL, counts.min(u32::MAX.into()) as u32);
    }
}

/// Whether an interrupt is pending for this pCPU.
pub fn interrupt_pending() -> bool {
    local().noted.get() != 0 || read(REQUESTED) != 0
}

/// Acknowledges a pending interrupt while no guest runs.
pub fn take_interrupt() -> Interrupt {
    let here = local();
    if here.noted.get() == 0 {
        // SAFETY: lets one pending interrupt in, which `head.S` notes.
        unsafe { asm!("sti", "nop", "cli", options(nostack)) };
    }
    // SAFETY: `head.S` may have changed it during the instructions above.
    let noted = unsafe { here.noted.as_ptr().read_volatile() };
    if noted == 0 {
        return Interrupt::None;
    }
    here.noted.set(noted & (noted - 1));
    write(END, 0);
    match noted & noted.wrapping_neg() {
        1 => {}
        2 => return Interrupt::Kick,
        8 => return Interrupt::Nudge,
        _ => return Interrupt::Input,
    }
    here.armed.set(NEVER);
    what_fired()
}

/// The timer fired: for whom? It may be too early, when its whole range was too short, or for nobody any more.
fn what_fired() -> Interrupt {
    let (here, now) = (local(), ticks());
    if here.host_at.get() <= now {
        here.host_at.set(NEVER);
        program(here.guest_at.get());
        return Interrupt::Timer;
    }
    if here.guest_at.get() <= now {
        here.guest_at.set(NEVER);
        program(here.host_at.get());
        return Interrupt::GuestTimer(0);
    }
    program(here.host_at.get().min(here.guest_at.get()));
    Interrupt::Other
}

/// A guest timer's interrupt came late, when its guest had left: its deadline is looked at anew.
pub fn drop_guest_timer(_id: u32) {}
