//! A software machine on which partitions, dispatch and interrupts are tested by plain `cargo test`.
//!
//! The machine belongs to a thread: one counter that only the test moves, and for each pCPU a one-shot
//! timer, an interrupt interface with list registers, and the registers of the guest that runs there.
//! Nothing here takes time by itself and nothing runs by itself: the test says which pCPU is on
//! ([`machine::enter`]) and what happens next, so every interleaving of several pCPUs can be had, and had
//! again.
//!
//! What never returns on a real machine unwinds here with an [`Unwound`], which the test catches:
//! [`power_off`] and [`halt`], and also [`idle`] — an idle pCPU keeps nothing on its stack, so it goes on by
//! taking an interrupt just as if it had come out of a guest.
//!
//! Beyond the contract it watches a law: a vCPU's state is in one pCPU at a time ([`ContextCell`]).

mod context;
mod interface;
pub mod machine;
mod memory;

pub use crate::devices::{pl011::Pl011 as Serial, vgic::Vgic as Controller};
pub use abi::layout::DEVICES;
pub use context::{ContextCell, allowance, guest_deadline, reset, restore, save, set_allowance, set_result};
pub use interface::{
    drop_guest_timer, guest_timer, interrupt_pending, kick, listen, nudge, prepare, refresh_interrupts, send_interrupt,
    take_interrupt, typed,
};
pub use memory::{AddressSpace, copy, forget_translations, zero};

use crate::system::Pcpu;
use machine::with;
use sched::Cpu;

/// What describes the machine, as the subject of a refusal.
pub const MACHINE: &str = "this machine's device tree";
/// The largest number of pCPUs.
pub const CPUS_MAX: usize = Cpu::LIMIT;

/// Why a pCPU's stack was unwound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unwound {
    /// It waits for an interrupt.
    Idle,
    /// It stopped for good.
    Halted,
    /// It ended the machine.
    PoweredOff,
}

/// Its context asks for nothing beyond its own alignment.
#[derive(Clone, Copy, Debug)]
pub struct Alignment;

/// How a spin loop waits: it lets the other pCPUs go on. If they have nothing to do it would wait for ever,
/// which fails the test.
#[derive(Clone, Copy, Debug)]
pub struct Relax;

impl spin::RelaxStrategy for Relax {
    fn relax() {
        assert!(machine::let_others(), "pCPU {} waits for ever: a lock is held, or nobody stops", machine::here().0);
    }
}

/// The counter.
pub fn ticks() -> u64 {
    with(|machine| machine.ticks)
}

/// Sets this pCPU's one-shot timer; `u64::MAX` switches it off. Each call is recorded.
pub fn arm(at: Option<u64>) {
    let at = at.unwrap_or(u64::MAX);
    with(|machine| {
        let now = machine.ticks;
        let hardware = machine.hardware();
        hardware.timer = at;
        hardware.arms.push((now, at));
    });
}

/// Gives this pCPU back to the test until an interrupt is pending for it.
pub fn idle() {
    unwind(Unwound::Idle)
}

/// This pCPU's own data.
pub fn this() -> &'static Pcpu {
    let this = with(|machine| machine.hardware().data);
    this.unwrap_or_else(|| panic!("pCPU {} has not been started", machine::here().0))
}

/// The pCPU that boots.
pub fn boot_cpu() -> Cpu {
    with(|machine| machine.boot_cpu)
}

/// Starts another pCPU: from now on the test can let it dispatch. A pCPU that the test declared broken
/// answers with its error.
pub fn start_cpu(cpu: &'static Pcpu) -> Result<(), i32> {
    with(|machine| match machine.broken {
        Some((broken, answer)) if broken == cpu.id => Err(answer),
        _ => {
            machine.at(cpu.id).data = Some(cpu);
            Ok(())
        }
    })
}

/// Ends the machine.
pub fn power_off() -> ! {
    unwind(Unwound::PoweredOff)
}

/// Stops this pCPU for good.
pub fn halt() -> ! {
    unwind(Unwound::Halted)
}

/// Keeps a byte for the test; false while the test wants the console to be busy.
pub fn console_byte(byte: u8) -> bool {
    with(|machine| {
        let takes = machine.console_room > 0;
        if takes {
            machine.console_room -= 1;
            machine.console.push(byte);
        }
        takes
    })
}

/// Leaves the hypervisor without the noise of a panic.
fn unwind(why: Unwound) -> ! {
    std::panic::resume_unwind(std::boxed::Box::new(why))
}
