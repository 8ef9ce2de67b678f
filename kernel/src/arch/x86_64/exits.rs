//! The end of a guest's turn: what happened, and who deals with it.

use super::{
    access, apic,
    context::{Context, give_breakpoints},
    cpuid::{self, Asker},
    fetch, local, msr, present,
    present::VALID,
    svm,
    vmcb::exit,
};
use crate::{
    arch::Interrupt,
    calls,
    dispatch::{self, Cause},
    interrupts,
    system::{Pcpu, VcpuCell, vcpu::Waiting},
};
use trace::event::FaultCause;

unsafe extern "C" {
    fn run_guests(first: u64, own: u64) -> !;
}

const UNDEFINED: u8 = 6;
pub(super) const PROTECTION: u8 = 13;
const EXCEPTION: u64 = 3 << 8;
const HAS_CODE: u64 = 1 << 11;
/// The length of VMMCALL.
const CALL_BYTES: u64 = 3;

/// Runs guests on this pCPU for ever, `first` first.
pub(super) fn run(first: &'static VcpuCell) -> ! {
    // SAFETY: the vCPU's state is complete and in this pCPU, and its block is a page of its own; so it is with each
    // that `end_of_turn` names.
    unsafe { run_guests(core::ptr::from_ref(first) as u64, local::local().block.get()) }
}

/// An interrupt is ready for `vcpu`, which is about to go on.
#[unsafe(no_mangle)]
extern "C" fn before_turn(vcpu: &'static VcpuCell) {
    present::offer(vcpu, vcpu.context.get());
}

/// The turn of `vcpu` ended: deals with that, and says who goes on. What happens most, a call that is answered at once
/// or a yield, needs no other way.
#[unsafe(no_mangle)]
extern "C" fn end_of_turn(vcpu: &'static VcpuCell) -> &'static VcpuCell {
    let context = vcpu.context.get();
    let control = &mut context.block.control;
    control.flush = 0;
    // An event whose delivery was interrupted is delivered again.
    control.event = if control.interrupted & VALID != 0 { control.interrupted } else { 0 };
    if present::was_taken(context) {
        present::taken(vcpu, context);
    }
    let control = &mut context.block.control;
    if control.exit == exit::VMMCALL && context.allowance > 1 {
        let Some((cause, answer)) = calls::at_once(local::this(), context.block.state.rax) else {
            return any_end(vcpu);
        };
        context.allowance -= 1;
        context.block.state.rax = answer;
        skip(context, CALL_BYTES);
        return go_on(vcpu, cause);
    }
    any_end(vcpu)
}

/// Who goes on after `cause`.
#[inline(always)]
fn go_on(vcpu: &'static VcpuCell, cause: Cause) -> &'static VcpuCell {
    if cause == Cause::Resume { vcpu } else { dispatch::enter(local::this(), cause) }
}

#[inline(never)]
fn any_end(vcpu: &'static VcpuCell) -> &'static VcpuCell {
    let (cpu, context) = (local::this(), vcpu.context.get());
    let code = context.block.control.exit;
    if code == exit::INTERRUPT {
        let cause = interrupt(cpu, vcpu);
        if is_halting(vcpu, context) {
            advance(context, 1);
            return go_on(vcpu, halted(vcpu));
        }
        return go_on(vcpu, cause);
    }
    context.allowance = context.allowance.wrapping_sub(1);
    if context.allowance == 0 && !dispatch::life::may_go_on(cpu) {
        return go_on(vcpu, Cause::Fault);
    }
    go_on(vcpu, if code == exit::VMMCALL { call(cpu, context) } else { other(cpu, vcpu, context, code) })
}

/// A call: arguments and results are in the registers of [`Frame::arguments`].
///
/// [`Frame::arguments`]: super::context::Frame::arguments
fn call(cpu: &'static Pcpu, context: &mut Context) -> Cause {
    skip(context, CALL_BYTES);
    let words = &mut context.frame.arguments;
    words[0] = context.block.state.rax;
    let cause = calls::carry_out(cpu, words);
    context.block.state.rax = words[0];
    cause
}

/// The guest goes on behind an instruction of `length` bytes. It is over, and so is what it shadowed.
#[inline(always)]
fn skip(context: &mut Context, length: u64) {
    if svm::says_next() {
        context.block.state.rip = context.block.control.next;
        context.block.control.shadow = 0;
    } else {
        advance(context, length);
    }
}

/// As `skip`, after an exit with which the processor never says where the guest goes on.
pub(super) fn advance(context: &mut Context, length: u64) {
    context.block.state.rip = context.block.state.rip.wrapping_add(length);
    context.block.control.shadow = 0;
}

/// A physical interrupt.
fn interrupt(cpu: &'static Pcpu, vcpu: &'static VcpuCell) -> Cause {
    cpu.exits.set(cpu.exits.get() + 1);
    match apic::take_interrupt() {
        Interrupt::GuestTimer(_) => {
            interrupts::refresh(cpu, vcpu);
            Cause::Resume
        }
        Interrupt::Timer => {
            cpu.armed.set(sched::Instant::MAX);
            Cause::Interrupt
        }
        Interrupt::Kick => Cause::Interrupt,
        Interrupt::Nudge => {
            dispatch::after_nudge(cpu);
            Cause::Resume
        }
        Interrupt::Input => {
            crate::input::arrive(cpu);
            dispatch::after_nudge(cpu);
            Cause::Resume
        }
        Interrupt::None | Interrupt::Other => Cause::Resume,
    }
}

/// The guest has executed HLT.
fn halted(vcpu: &VcpuCell) -> Cause {
    vcpu.move_waiting(Waiting::No, Waiting::Interrupt);
    Cause::Wait
}

/// Whether the turn ended between STI and HLT. QEMU forgets that no interrupt may come there when the guest goes on: one
/// that is ready would be taken before the HLT, which then waits for something that has been. So it is carried out here.
#[inline(always)]
fn is_halting(vcpu: &VcpuCell, context: &Context) -> bool {
    context.block.control.shadow & 1 != 0 && fetch::is_halt(vcpu.partition, &context.block.state)
}

#[inline(never)]
fn other(cpu: &'static Pcpu, vcpu: &'static VcpuCell, context: &mut Context, code: u64) -> Cause {
    match code {
        exit::HLT => {
            skip(context, 1);
            return halted(vcpu);
        }
        // The access is done again: it ended the turn before it was carried out.
        exit::DEBUG..exit::DEBUG_END => give_breakpoints(context),
        exit::CPUID => identify(cpu, vcpu, context),
        exit::MSR => register(cpu, vcpu, context),
        exit::PORT => return access::port(cpu, vcpu, context),
        exit::NESTED_FAULT => return access::memory(cpu, vcpu, context),
        exit::READ_CR8 | exit::WRITE_CR8 => access::priority(cpu, vcpu, context, code == exit::WRITE_CR8),
        // Others' caches stay as they are: memory is coherent.
        exit::INVD | exit::WBINVD => skip(context, 2),
        exit::XSETBV => extend(context),
        exit::RDPMC => raise(context, PROTECTION),
        exit::NMI => {}
        exit::SHUTDOWN => return fault(cpu, FaultCause::Vector, context.block.state.rip),
        code if code as u32 == u32::MAX => return fault(cpu, FaultCause::Exit, context.block.state.rip),
        _ => raise(context, UNDEFINED),
    }
    Cause::Resume
}

pub(super) fn fault(cpu: &Pcpu, cause: FaultCause, detail: u64) -> Cause {
    cpu.fault.set((cause as u8, detail));
    Cause::Fault
}

/// Gives the guest an exception, as the processor would.
pub(super) fn raise(context: &mut Context, vector: u8) {
    let code = if vector == PROTECTION { HAS_CODE } else { 0 };
    context.block.control.event = VALID | EXCEPTION | code | u64::from(vector);
}

fn identify(cpu: &Pcpu, vcpu: &VcpuCell, context: &mut Context) {
    let (leaf, subleaf) = (context.block.state.rax as u32, *context.frame.rcx() as u32);
    let asker = Asker {
        index: vcpu.index as u8,
        vcpus: vcpu.partition.vcpus().len() as u8,
        kilohertz: cpu.system.clock.frequency / 1000,
        cr4: context.block.state.cr4,
        extended: context.extended.enabled(),
    };
    let [eax, ebx, ecx, edx] = cpuid::answer(leaf, subleaf, &asker);
    context.block.state.rax = eax.into();
    context.frame.rbx = ebx.into();
    *context.frame.rcx() = ecx.into();
    *context.frame.rdx() = edx.into();
    skip(context, 2);
}

/// XSETBV: register 0 says which extended state is on, and there is no other.
fn extend(context: &mut Context) {
    let value = *context.frame.rdx() << 32 | context.block.state.rax & 0xffff_ffff;
    if *context.frame.rcx() as u32 == 0 && context.extended.set(value) {
        skip(context, 3);
    } else {
        raise(context, PROTECTION);
    }
}

fn register(cpu: &'static Pcpu, vcpu: &'static VcpuCell, context: &mut Context) {
    let name = *context.frame.rcx() as u32;
    let done = if context.block.control.info_1 & 1 == 0 {
        msr::read(cpu, vcpu, name).map(|value| {
            context.block.state.rax = value & 0xffff_ffff;
            *context.frame.rdx() = value >> 32;
        })
    } else {
        let value = *context.frame.rdx() << 32 | context.block.state.rax & 0xffff_ffff;
        msr::write(cpu, vcpu, name, value)
    };
    match done {
        Some(()) => skip(context, 2),
        None => raise(context, PROTECTION),
    }
}
