//! Exits from guests: what happened, and who deals with it.
//!
//! The short path has saved only the caller-saved registers, and most exits need no others. What needs a dispatch
//! returns a [`Cause`], the rest of the frame is saved, and [`exit_dispatch`] goes on; so does [`exit_long`] for an access
//! that names a register which the short path did not save.

use super::{
    context::Frame,
    gic, identification,
    registers::{get, set},
    vectors,
};
use crate::{
    arch::{Interrupt, this},
    bus, calls,
    devices::mmio,
    dispatch::{self, Cause},
    interrupts,
    system::{Pcpu, VcpuCell, vcpu::Waiting},
};
use trace::event::FaultCause;

const HVC64: u64 = 0x16;
const SMC64: u64 = 0x17;
const SYSTEM_REGISTER: u64 = 0x18;
const WAIT_FOR: u64 = 0x01;
const FLOATING_POINT: u64 = 0x07;
const INSTRUCTION_ABORT: u64 = 0x20;
const DATA_ABORT: u64 = 0x24;

/// Sets up what is trapped, on each pCPU.
pub(super) fn init_cpu() {
    // VM, SWIO, FMO, IMO, AMO, BSU = inner shareable, FB, TWI, TID3, TSC, TIDCP, TACR, RW.
    let hcr = 1
        | 1 << 1
        | 1 << 3
        | 1 << 4
        | 1 << 5
        | 1 << 9
        | 1 << 10
        | 1 << 13
        | 1 << 18
        | 1 << 19
        | 1 << 20
        | 1 << 21
        | 1 << 31;
    set!("hcr_el2", hcr);
    // Debug and performance registers are trapped; all counters belong to EL2.
    let counters = get!("pmcr_el0") >> 11 & 0x1f;
    set!("mdcr_el2", 1 << 9 | 1 << 10 | 1 << 11 | 1 << 6 | 1 << 5 | counters);
    // Guests read both counters and use both timers without a trap; virtual time is physical time.
    set!("cnthctl_el2", 3);
    set!("cntvoff_el2", 0);
    set!("hstr_el2", 0);
    set!("vpidr_el2", get!("midr_el1"));
    super::isb();
}

/// A synchronous exit on the short path.
#[unsafe(no_mangle)]
extern "C" fn exit_sync(frame: *mut Frame) -> u64 {
    let cpu = this();
    // SAFETY: the vectors pass the frame of the vCPU that runs here.
    let frame = unsafe { &mut *frame };
    frame.allowance = frame.allowance.wrapping_sub(1);
    if frame.allowance == 0 { out_of_allowance(cpu, frame) } else { brief(cpu, frame) as u64 }
}

#[cold]
#[inline(never)]
fn out_of_allowance(cpu: &'static Pcpu, frame: &mut Frame) -> u64 {
    (if dispatch::life::may_go_on(cpu) { brief(cpu, frame) } else { Cause::Fault }) as u64
}

/// What the short path can do about a synchronous exit: all but an access to a register that it did not save.
#[inline(always)]
fn brief(cpu: &'static Pcpu, frame: &mut Frame) -> Cause {
    let syndrome = get!("esr_el2");
    match syndrome >> 26 {
        HVC64 => calls::carry_out(cpu, &mut frame.arguments),
        DATA_ABORT if !Frame::saved_late(mmio::register(syndrome)) => data_abort(cpu, frame, syndrome),
        SYSTEM_REGISTER if !Frame::saved_late(identification::register(syndrome)) => {
            system_register(cpu, frame, syndrome)
        }
        DATA_ABORT | SYSTEM_REGISTER => Cause::Trap,
        _ => trap(cpu, frame, syndrome),
    }
}

/// A physical interrupt on the short path.
#[unsafe(no_mangle)]
extern "C" fn exit_irq(_frame: *mut Frame) -> u64 {
    let cpu = this();
    cpu.exits.set(cpu.exits.get() + 1);
    match gic::take() {
        Interrupt::GuestTimer(id) => {
            guest_timer(cpu, id);
            Cause::Resume as u64
        }
        Interrupt::Timer => {
            super::arm(None);
            cpu.armed.set(sched::Instant::MAX);
            Cause::Interrupt as u64
        }
        Interrupt::Kick => Cause::Interrupt as u64,
        Interrupt::Nudge => {
            dispatch::after_nudge(cpu);
            Cause::Resume as u64
        }
        Interrupt::Input => {
            crate::input::arrive(cpu);
            dispatch::after_nudge(cpu);
            Cause::Resume as u64
        }
        Interrupt::None | Interrupt::Other => Cause::Resume as u64,
    }
}

/// The running guest's own timer fired: it goes into a list register, and the guest goes on.
fn guest_timer(cpu: &'static Pcpu, id: u32) {
    let Some(vcpu) = cpu.current.get() else { return gic::deactivate(id) };
    let mut list = gic::read_list();
    vcpu.context.get().involved = true;
    let fired = vcpu.partition.interrupts().timer_fired(vcpu.index.into(), id, &mut list);
    match fired {
        crate::devices::vgic::Fired::Listed(_) => gic::write_list(&list),
        crate::devices::vgic::Fired::Held => interrupts::refresh(cpu, vcpu),
    }
}

/// An SError came while a guest ran. It may be the guest's doing, so the guest gets the blame.
#[unsafe(no_mangle)]
extern "C" fn exit_serror(_frame: *mut Frame) -> u64 {
    this().fault.set((FaultCause::Exit as u8, get!("esr_el2")));
    Cause::Fault as u64
}

/// The long path for what needs a dispatch and nothing else; `head.S` tells the two apart.
#[unsafe(no_mangle)]
extern "C" fn exit_dispatch(cause: u64) -> *mut Frame {
    // SAFETY: `head.S` comes here only with the numbers from `Cause::Interrupt` to `Cause::Fault`.
    let cause = unsafe { core::mem::transmute::<u64, Cause>(cause) };
    dispatch::enter(this(), cause).context.frame()
}

/// A trap that needs the whole frame, which is saved now. Returns the frame to go on with.
#[unsafe(no_mangle)]
extern "C" fn exit_long(frame: *mut Frame) -> *mut Frame {
    let cpu = this();
    // SAFETY: the vectors pass the frame of the vCPU that runs here.
    let next = trap(cpu, unsafe { &mut *frame }, get!("esr_el2"));
    if next == Cause::Resume { frame } else { dispatch::enter(cpu, next).context.frame() }
}

/// A trap that is not a hypercall.
#[inline(never)]
fn trap(cpu: &'static Pcpu, frame: &mut Frame, syndrome: u64) -> Cause {
    let Some(vcpu) = cpu.current.get() else { return Cause::Resume };
    match syndrome >> 26 {
        WAIT_FOR => {
            skip();
            if syndrome & 1 != 0 {
                return Cause::Resume;
            }
            vcpu.move_waiting(Waiting::No, Waiting::Interrupt);
            return Cause::Wait;
        }
        SMC64 => {
            skip();
            return calls::carry_out(cpu, &mut frame.arguments);
        }
        SYSTEM_REGISTER => return system_register(cpu, frame, syndrome),
        DATA_ABORT => return data_abort(cpu, frame, syndrome),
        INSTRUCTION_ABORT => return instruction_abort(cpu),
        FLOATING_POINT => vectors::exchange(vcpu.context.get()),
        _ => inject(UNKNOWN, syndrome),
    }
    Cause::Resume
}

/// The guest goes on behind the trapped instruction.
fn skip() {
    set!("elr_el2", get!("elr_el2") + 4);
}

/// An access to memory that is not there: to a device, or a mistake.
#[inline(never)]
fn data_abort(cpu: &'static Pcpu, frame: &mut Frame, syndrome: u64) -> Cause {
    let Some(vcpu) = cpu.current.get() else { return Cause::Resume };
    let Some(access) = mmio::Access::decode(syndrome) else { return abort(syndrome) };
    let address = mmio::address(get!("hpfar_el2"), get!("far_el2"));
    if let Some(value) = access.peeks().then(|| bus::peek(vcpu, address)).flatten() {
        frame.set(access.register(), value.into());
        skip();
        return Cause::Resume;
    }
    reach_device(cpu, frame, (access, address), vcpu)
}

#[inline(never)]
fn reach_device(
    cpu: &'static Pcpu,
    frame: &mut Frame,
    (access, address): (mmio::Access, u64),
    vcpu: &'static VcpuCell,
) -> Cause {
    let done = if access.is_write() {
        bus::write(cpu, vcpu, address, access.bytes(), access.stored(frame.get(access.register())))
    } else {
        bus::read(cpu, vcpu, address, access.bytes()).map(|value| {
            frame.set(access.register(), access.loaded(value));
        })
    };
    match done {
        Some(()) => skip(),
        None => return abort(access.syndrome()),
    }
    Cause::Resume
}

/// Nobody answers the access.
#[cold]
fn abort(syndrome: u64) -> Cause {
    inject(ABORT, syndrome);
    Cause::Resume
}

/// A fetch from where there is no memory. If that is the exception vector itself, the guest could never
/// take an exception again: it is faulty.
fn instruction_abort(cpu: &Pcpu) -> Cause {
    let (at, vector) = (get!("far_el2"), get!("vbar_el1"));
    if at >= vector && at - vector < 0x800 {
        cpu.fault.set((FaultCause::Vector as u8, at));
        return Cause::Fault;
    }
    inject(FETCH_ABORT, get!("esr_el2"));
    Cause::Resume
}

const UNKNOWN: u64 = 0;
const FETCH_ABORT: u64 = 0x20;
const ABORT: u64 = 0x24;
/// A synchronous external abort, in the fault status of a syndrome.
const EXTERNAL: u64 = 0x10;
const LONG_INSTRUCTION: u64 = 1 << 25;

/// Gives the guest a synchronous exception of class `class`, as the hardware would.
fn inject(class: u64, syndrome: u64) {
    let state = get!("spsr_el2");
    let mode = state & 0xf;
    let same_level = (mode != 0) as u64;
    let syndrome = match class {
        UNKNOWN => LONG_INSTRUCTION,
        // From the level of the guest's kernel itself the class is one higher.
        _ => (class + same_level) << 26 | LONG_INSTRUCTION | syndrome & (1 << 6) | EXTERNAL,
    };
    let offset = match mode {
        0 => 0x400,
        4 => 0x000,
        _ => 0x200,
    };
    set!("esr_el1", syndrome);
    set!("far_el1", get!("far_el2"));
    set!("elr_el1", get!("elr_el2"));
    set!("spsr_el1", state);
    set!("elr_el2", get!("vbar_el1") + offset);
    set!("spsr_el2", 0x3c5);
}

/// A trapped access to a system register.
#[inline(never)]
fn system_register(cpu: &'static Pcpu, frame: &mut Frame, syndrome: u64) -> Cause {
    let Some(vcpu) = cpu.current.get() else { return Cause::Resume };
    let register = identification::register(syndrome);
    let name = identification::Name::of(syndrome);
    let known = if syndrome & 1 != 0 {
        let value = identification::read(name, vcpu.context.get().mdscr);
        value.map(|value| frame.set(register, value)).is_some()
    } else {
        write_register(cpu, vcpu, name, frame.get(register))
    };
    if known {
        skip()
    } else {
        inject(UNKNOWN, syndrome)
    }
    Cause::Resume
}

/// False: there is no such register.
#[inline(always)]
fn write_register(cpu: &'static Pcpu, vcpu: &'static VcpuCell, name: identification::Name, value: u64) -> bool {
    match name {
        identification::SGI1R => send_interrupt(cpu, vcpu, value),
        identification::MDSCR => vcpu.context.get().mdscr = value,
        _ => return identification::ignores_writes(name),
    }
    true
}

/// A software-generated interrupt as a guest asks for it (ICC_SGI1R_EL1).
fn send_interrupt(cpu: &'static Pcpu, vcpu: &'static VcpuCell, value: u64) {
    let changed = vcpu.partition.interrupts().sgi1r(vcpu.index.into(), value);
    interrupts::changed(cpu, vcpu, changed);
}

/// The hypervisor itself faulted: nothing can be trusted any more, so say where and stop.
#[unsafe(no_mangle)]
extern "C" fn hypervisor_fault(syndrome: u64, at: u64, address: u64) -> ! {
    crate::console::interrupt();
    crate::say!(
        "fault in the hypervisor: syndrome {syndrome:#x} at {at:#x}, address {address:#x}; this is a bug, please report it"
    );
    super::power_off()
}
