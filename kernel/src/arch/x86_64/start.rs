//! From `head.S` to the first guest of a pCPU: the boot pCPU builds the system, the others join it.

use super::{CPUS_MAX, Relax, apic, board, context, descriptors, extended, halt, link, local, svm, ticks};
use crate::{
    boot::{self, Ready, refusal::Refusal},
    dispatch::{self, Cause},
    system::{Pcpu, VcpuCell},
};
use core::arch::x86_64::__cpuid;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use sched::Cpu;
use trace::event::Stat;

/// Where other pCPUs begin, in real mode.
pub(super) const TRAMPOLINE: u64 = 0x8000;
/// How long the start of another pCPU may take, in ticks.
const PATIENCE: u64 = 1_000_000_000;
/// The answer of [`start_cpu`] when the pCPU did not come.
const SILENT: i32 = -1;

/// The data of each pCPU, for its start.
static CPUS: [AtomicPtr<Pcpu>; CPUS_MAX] = [const { AtomicPtr::new(core::ptr::null_mut()) }; CPUS_MAX];
/// The number of the pCPU that is being started; `head.S` reads it. `u32::MAX` once it has come.
#[unsafe(no_mangle)]
static secondary_number: AtomicU32 = AtomicU32::new(u32::MAX);

/// The APIC number of this processor as it says itself, at any time.
pub(super) fn apic_number() -> u32 {
    __cpuid(1).ebx >> 24
}

/// The number of the pCPU that boots.
pub fn boot_cpu() -> Cpu {
    Cpu(0)
}

/// The plan's number for this pCPU.
pub fn here() -> Cpu {
    apic::find(apic_number()).unwrap_or(Cpu(0))
}

/// Starts another pCPU, which begins to dispatch.
pub fn start_cpu(cpu: &'static Pcpu) -> Result<(), i32> {
    let Some(place) = CPUS.get(cpu.id.index()) else { return Err(SILENT) };
    place.store(core::ptr::from_ref(cpu).cast_mut(), Ordering::Release);
    let code = link::trampoline_bytes();
    // SAFETY: low memory that belongs to nobody; the first MiB is mapped and never given away.
    unsafe { core::ptr::copy_nonoverlapping(code.as_ptr(), TRAMPOLINE as *mut u8, code.len()) };
    secondary_number.store(cpu.id.0.into(), Ordering::Release);
    apic::wake(cpu.id, (TRAMPOLINE >> 12) as u8);
    let end = ticks() + PATIENCE;
    while secondary_number.load(Ordering::Acquire) != u32::MAX {
        if ticks() > end {
            return Err(SILENT);
        }
        <Relax as spin::RelaxStrategy>::relax();
    }
    Ok(())
}

/// The first Rust of the boot pCPU.
#[unsafe(no_mangle)]
extern "C" fn boot_primary(handed: u64, started: u64, protocol: u32) -> ! {
    local::adopt(Cpu(0));
    descriptors::init_gates();
    descriptors::init_cpu(Cpu(0));
    apic::choose();
    let machine = match board::read(handed, protocol, started) {
        Ok(machine) => machine,
        Err(what) => boot::refuse(&Refusal::Machine(what)),
    };
    if let Err(what) = svm::check() {
        boot::refuse(&Refusal::Machine(what));
    }
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
    context::go(vcpu)
}

/// The first Rust of another pCPU, with its paging on.
#[unsafe(no_mangle)]
extern "C" fn boot_secondary(number: u64) -> ! {
    let place = CPUS.get(number as usize).map_or(core::ptr::null_mut(), |place| place.load(Ordering::Acquire));
    if place.is_null() {
        halt();
    }
    // SAFETY: `start_cpu` put a reference to data that lives for ever there.
    let cpu: &'static Pcpu = unsafe { &*place };
    local::adopt(cpu.id);
    descriptors::init_cpu(cpu.id);
    apic::init();
    secondary_number.store(u32::MAX, Ordering::Release);
    let vcpu = run(cpu);
    context::go(vcpu)
}

/// Makes this pCPU ready for guests and dispatches for the first time.
fn run(cpu: &'static Pcpu) -> &'static VcpuCell {
    local::set_data(cpu);
    svm::init_cpu(cpu.id);
    extended::init_cpu();
    apic::enable_timer();
    while ticks() < cpu.system.clock.epoch_ticks {
        <Relax as spin::RelaxStrategy>::relax();
    }
    dispatch::enter(cpu, Cause::Interrupt)
}
