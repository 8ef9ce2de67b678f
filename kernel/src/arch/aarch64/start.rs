//! From `head.S` to the first guest of a pCPU: the boot pCPU builds the system, the others join it.

use super::{
    AFFINITY, CPUS_MAX, Relax, board, dsb, gic, halt, link, mmu,
    registers::{get, set},
    stage2, ticks, traps,
};
use crate::{
    boot::{self, Ready, refusal::Refusal},
    dispatch::{self, Cause},
    system::{Pcpu, VcpuCell},
};
use core::sync::atomic::{AtomicPtr, Ordering};
use sched::Cpu;
use trace::event::Stat;

/// The data of each pCPU, for its start.
static CPUS: [AtomicPtr<Pcpu>; CPUS_MAX] = [const { AtomicPtr::new(core::ptr::null_mut()) }; CPUS_MAX];

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
