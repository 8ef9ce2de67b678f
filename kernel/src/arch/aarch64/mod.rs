//! AArch64 at EL2, GICv3. See `arch` for the contract that this fulfils.

mod board;
mod context;
mod gic;
mod identification;
mod link;
mod mmu;
mod registers;
mod stage2;
mod traps;
mod uart;
mod vectors;

pub use context::{ContextCell, guest_deadline, reset, restore, save, set_allowance, set_result};
pub use stage2::AddressSpace;

use crate::{
    arch::Interrupt,
    boot::{self, Ready, refusal::Refusal},
    devices::vgic::ListRegisters,
    dispatch::{self, Cause},
    memory::Range,
    system::{Pcpu, VcpuCell},
};
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use registers::{get, set};
use sched::Cpu;
use trace::event::Stat;

core::arch::global_asm!(include_str!("head.S"));

/// The largest number of pCPUs; the linker script has a stack for each.
pub const CPUS_MAX: usize = 16;
/// A stack and its guard page, as in the linker script.
pub(super) const STACK_STRIDE: u64 = 0x10000;

/// The MPIDR affinity of each pCPU, from the device tree.
static AFFINITY: [AtomicU64; CPUS_MAX] = [const { AtomicU64::new(u64::MAX) }; CPUS_MAX];
/// The data of each pCPU, for its start.
static CPUS: [AtomicPtr<Pcpu>; CPUS_MAX] = [const { AtomicPtr::new(core::ptr::null_mut()) }; CPUS_MAX];

#[repr(C, align(16))]
struct EmergencyStack([u8; 4096]);
#[unsafe(no_mangle)]
static mut emergency_stack: EmergencyStack = EmergencyStack([0; 4096]);

/// How a spin loop waits: a hint that lets an emulator run another pCPU.
#[derive(Clone, Copy, Debug)]
pub struct Relax;

impl spin::RelaxStrategy for Relax {
    #[inline(always)]
    fn relax() {
        // SAFETY: a hint.
        unsafe { core::arch::asm!("yield", options(nomem, nostack, preserves_flags)) };
    }
}

fn isb() {
    // SAFETY: a barrier.
    unsafe { core::arch::asm!("isb", options(nostack, preserves_flags)) };
}

fn dsb() {
    // SAFETY: a barrier.
    unsafe { core::arch::asm!("dsb sy", options(nostack, preserves_flags)) };
}

/// The counter.
#[inline(always)]
pub fn ticks() -> u64 {
    get!("cntpct_el0")
}

/// Sets this pCPU's one-shot timer; `u64::MAX` switches it off.
#[inline]
pub fn arm(at: u64) {
    if at == u64::MAX {
        set!("cnthp_ctl_el2", 0);
    } else {
        set!("cnthp_cval_el2", at);
        set!("cnthp_ctl_el2", 1);
    }
}

/// Interrupts another pCPU, or this one once it runs a guest again.
pub fn kick(cpu: Cpu) {
    if let Some(affinity) = AFFINITY.get(cpu.index()) {
        gic::kick(affinity.load(Ordering::Relaxed));
    }
}

/// Waits for an interrupt, which stays pending.
pub fn idle() {
    dsb();
    // SAFETY: interrupts are masked at EL2, so this only waits.
    unsafe { core::arch::asm!("wfi", options(nostack, preserves_flags)) };
}

/// Whether an interrupt is pending for this pCPU.
pub fn interrupt_pending() -> bool {
    get!("isr_el1") & 0xc0 != 0
}

/// Acknowledges a pending interrupt while no guest runs.
pub fn take_interrupt() -> Interrupt {
    let interrupt = gic::take();
    if interrupt == Interrupt::Timer {
        arm(u64::MAX);
    }
    interrupt
}

/// A guest timer's interrupt came late, when its guest had left: forget it, its level is looked at anew.
pub fn drop_guest_timer(id: u32) {
    gic::deactivate(id);
}

/// This pCPU's own data.
#[inline(always)]
pub fn this() -> &'static Pcpu {
    let address = get!("tpidr_el2");
    // SAFETY: `run` put the address of this pCPU's data there before any guest ran on it, and that lives
    // for ever. Only this pCPU reaches it.
    unsafe { &*(address as *const Pcpu) }
}

/// The top of this pCPU's stack, where each exit from a guest begins.
fn stack_top() -> u64 {
    link::image().stacks + (u64::from(this().id.0) + 1) * STACK_STRIDE
}

/// The number of the pCPU that boots, when it asks.
pub fn boot_cpu() -> Cpu {
    here()
}

/// The plan's number for this pCPU.
#[inline(never)]
pub fn here() -> Cpu {
    let own = get!("mpidr_el1") & 0xff_00ff_ffff;
    let found = AFFINITY.iter().position(|affinity| affinity.load(Ordering::Relaxed) == own);
    Cpu(found.unwrap_or(0) as u8)
}

/// Starts another pCPU, which begins to dispatch; the error is PSCI's answer.
pub fn start_cpu(cpu: &'static Pcpu) -> Result<(), i32> {
    let affinity = AFFINITY.get(cpu.id.index()).map_or(u64::MAX, |affinity| affinity.load(Ordering::Relaxed));
    if let Some(place) = CPUS.get(cpu.id.index()) {
        place.store(core::ptr::from_ref(cpu).cast_mut(), Ordering::Release);
    }
    dsb();
    let entry = link::secondary_entry();
    let mut arguments = [0; 17];
    arguments[..3].copy_from_slice(&[affinity, entry, cpu.id.0.into()]);
    match <smccc::Smc as smccc::Call>::call64(smccc::psci::PSCI_CPU_ON_64, arguments)[0] as i32 {
        0 => Ok(()),
        answer => Err(answer),
    }
}

/// Ends the machine.
pub fn power_off() -> ! {
    let _ = smccc::psci::system_off::<smccc::Smc>();
    halt()
}

/// Stops this pCPU for good.
pub fn halt() -> ! {
    // A pending interrupt would end every wait at once and starve the other pCPUs of an emulator.
    gic::silence();
    loop {
        // SAFETY: waits.
        unsafe { core::arch::asm!("wfi", options(nomem, nostack)) };
    }
}

/// Writes a byte to the machine's console; false while it is busy.
pub fn console_byte(byte: u8) -> bool {
    uart::put(byte)
}

/// Lets `cpu` be interrupted when somebody types; false if the machine has no interrupt for that.
pub fn listen(cpu: Cpu) -> bool {
    let affinity = AFFINITY.get(cpu.index()).map_or(0, |affinity| affinity.load(Ordering::Relaxed));
    uart::listen().map(|id| gic::enable_shared(id, affinity)).is_some()
}

/// The next byte that was typed.
pub fn typed() -> Option<u8> {
    uart::take()
}

/// Zeroes whole pages of partition memory, and cleans them to where a guest without MMU looks.
pub fn zero(range: Range) {
    unsafe extern "C" {
        fn memory_zero(start: u64, end: u64);
    }
    if range.size > 0 {
        // SAFETY: callers pass memory of a partition or a page of the hypervisor's, mapped and not in use.
        unsafe { memory_zero(range.start, range.end()) };
    }
}

/// Copies an image into partition memory, and cleans it.
pub fn copy(to: u64, from: &[u8]) {
    unsafe extern "C" {
        fn memory_copy(to: u64, from: *const u8, length: usize);
    }
    let whole = from.len() & !63;
    // SAFETY: callers checked that `to` has room for `from` in a partition's memory.
    unsafe {
        if whole > 0 {
            memory_copy(to, from.as_ptr(), whole);
        }
        let tail = (to + whole as u64) as *mut u8;
        core::ptr::copy_nonoverlapping(from.as_ptr().add(whole), tail, from.len() - whole);
        core::arch::asm!("dc civac, {}", "dc civac, {}", "dsb sy", in(reg) tail, in(reg) to + from.len() as u64 - 1);
    }
}

/// Drops what any pCPU remembers of the current address space's translations and instructions.
pub fn forget_translations() {
    stage2::forget_everywhere();
}

/// Everything a vCPU needs in this pCPU besides its registers.
pub fn prepare(cpu: &'static Pcpu, vcpu: &'static VcpuCell) {
    vcpu.partition.space.enter(OWNERS.of(cpu.id));
    let context = vcpu.context.get();
    let (virtual_high, physical_high) = context::timer_lines();
    let index = usize::from(vcpu.index);
    let mut vgic = vcpu.partition.vgic.lock();
    if !context.listed && !virtual_high && !physical_high && vgic.quiet(index) {
        return;
    }
    context.involved = true;
    let list = &mut context.list;
    let moved = vgic.sync(index, list) | {
        let _ = vgic.timer_level(index, abi::layout::VIRTUAL_TIMER_IRQ, virtual_high, list);
        let _ = vgic.timer_level(index, abi::layout::PHYSICAL_TIMER_IRQ, physical_high, list);
        vgic.flush(index, list)
    };
    gic::set_active_timers(cpu.id, vgic.physically_active(index, list));
    gic::set_underflow(vgic.wants_maintenance(index));
    gic::write_list(list);
    drop(vgic);
    tell_moved(cpu, vcpu, moved);
}

fn tell_moved(cpu: &'static Pcpu, vcpu: &'static VcpuCell, moved: u8) {
    if moved != 0 {
        crate::interrupts::changed(cpu, vcpu, moved & !(1 << vcpu.index));
    }
}

/// Brings the running vCPU's list registers and its interrupt controller up to date with each other.
/// Returns the other vCPUs of the partition that have something to do now.
pub fn refresh_interrupts(cpu: &'static Pcpu, vcpu: &'static VcpuCell) -> u8 {
    let mut list = ListRegisters { lr: [0; 16], count: 0 };
    gic::read_list(&mut list);
    let (virtual_high, physical_high) = context::timer_lines();
    let index = usize::from(vcpu.index);
    vcpu.context.get().involved = true;
    let mut vgic = vcpu.partition.vgic.lock();
    let mut moved = vgic.sync(index, &mut list);
    let timers = [(abi::layout::VIRTUAL_TIMER_IRQ, virtual_high), (abi::layout::PHYSICAL_TIMER_IRQ, physical_high)];
    for (id, high) in timers {
        if vgic.timer_level(index, id, high, &mut list) {
            gic::deactivate(id);
        }
    }
    moved |= vgic.flush(index, &mut list);
    if virtual_high | physical_high {
        // Told ahead of its physical interrupt: held active, that does not come a second time.
        gic::set_active_timers(cpu.id, vgic.physically_active(index, &list));
    }
    gic::set_underflow(vgic.wants_maintenance(index));
    gic::write_list(&list);
    moved
}

/// Which partition used each VMID last, for every pCPU.
struct AllOwners([stage2::Owners; CPUS_MAX]);

// SAFETY: each pCPU touches only the entry with its own number.
unsafe impl Sync for AllOwners {}

impl AllOwners {
    fn of(&self, cpu: Cpu) -> &stage2::Owners {
        self.0.get(cpu.index()).unwrap_or(&self.0[0])
    }
}

static OWNERS: AllOwners = AllOwners([const { stage2::Owners::new() }; CPUS_MAX]);

/// The first Rust of the boot pCPU, with the MMU off.
#[unsafe(no_mangle)]
extern "C" fn boot_primary(device_tree: u64, started: u64) -> ! {
    if mmu::map_image(device_tree).is_none() {
        halt();
    }
    mmu::enable();
    let machine = match board::read(device_tree, started) {
        Ok(machine) => machine,
        Err(what) => boot::refuse(&Refusal::Machine(what)),
    };
    match boot::build(machine) {
        Err(refusal) => boot::refuse(&refusal),
        Ok(ready) => first(&ready, started),
    }
}

/// The boot pCPU starts to dispatch, if the plan uses it.
fn first(ready: &Ready, started: u64) -> ! {
    let Some(cpu) = ready.cpus.iter().find(|cpu| cpu.id == boot_cpu()) else { halt() };
    let vcpu = run(cpu);
    let boot = ticks() - started - ready.scrub_ticks;
    let clock = &cpu.system.clock;
    crate::finish::stat(cpu, cpu.now(), Stat::BootTime, clock.nanos(clock.epoch_ticks + boot));
    go(vcpu)
}

/// The first Rust of another pCPU, with the MMU on.
#[unsafe(no_mangle)]
extern "C" fn boot_secondary(number: u64) -> ! {
    let place = CPUS.get(number as usize).map_or(core::ptr::null_mut(), |place| place.load(Ordering::Acquire));
    if place.is_null() {
        halt();
    }
    // SAFETY: `start_cpu` put a reference to data that lives for ever there.
    let cpu: &'static Pcpu = unsafe { &*place };
    go(run(cpu))
}

/// Makes this pCPU ready for guests and dispatches for the first time.
fn run(cpu: &'static Pcpu) -> &'static VcpuCell {
    set!("tpidr_el2", core::ptr::from_ref(cpu) as u64);
    if !gic::init_cpu(cpu.id) {
        boot::refuse(&Refusal::Machine("has no GICv3 redistributor for a pCPU"));
    }
    stage2::init_cpu();
    traps::init_cpu();
    while ticks() < cpu.system.clock.epoch_ticks {
        <Relax as spin::RelaxStrategy>::relax();
    }
    dispatch::enter(cpu, Cause::Interrupt)
}

/// Leaves for a guest, for the first time on this pCPU.
fn go(vcpu: &'static VcpuCell) -> ! {
    // SAFETY: the vCPU's state is in the pCPU, and its frame is complete; `resume` never returns here.
    unsafe { core::arch::asm!("b resume", in("x0") vcpu.context.frame(), options(noreturn)) }
}
