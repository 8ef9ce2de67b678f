//! The interrupts of a pCPU: its timer, kicks, the running guest's timers, and list registers.
//!
//! As on the real interface, a guest timer's interrupt stays active from its acknowledgement until the
//! guest completes the virtual one that is linked to it.

use super::machine::{Hardware, with};
use crate::{
    arch::Interrupt,
    devices::vgic::{Fired, LIST_MAX, ListRegisters, Vgic},
    interrupts,
    system::{Pcpu, VcpuCell},
};
use abi::layout::{PHYSICAL_TIMER_IRQ, VIRTUAL_TIMER_IRQ};
use sched::Cpu;

/// The guest's timers in the order of [`Hardware::timers`].
const TIMERS: [u32; 2] = [VIRTUAL_TIMER_IRQ, PHYSICAL_TIMER_IRQ];

/// Nobody asks so often in vain.
const POLLS_MAX: u32 = 1_000_000;

impl Hardware {
    /// Whether the lines of the guest's timers are high at `now`.
    fn lines(&self, now: u64) -> [bool; 2] {
        self.timers.map(|timer| timer.on && timer.at <= now)
    }

    /// The first interrupt that is pending at `now`.
    fn pending(&self, now: u64) -> Interrupt {
        if self.kicked {
            return Interrupt::Kick;
        }
        if self.nudged || self.maintenance {
            return Interrupt::Nudge;
        }
        if self.timer <= now {
            return Interrupt::Timer;
        }
        if !self.typed.is_empty() {
            return Interrupt::Input;
        }
        let raised = TIMERS.iter().zip(self.lines(now)).find(|(id, high)| *high && self.active & 1 << **id == 0);
        raised.map_or(Interrupt::None, |(id, _)| Interrupt::GuestTimer(*id))
    }

    /// Whether an interrupt is pending at `now`.
    pub fn is_interrupted(&self, now: u64) -> bool {
        self.pending(now) != Interrupt::None
    }

    /// When the next interrupt of this pCPU comes by itself, in ticks.
    pub fn next_event(&self) -> u64 {
        let idle = |id: u32| self.active & 1 << id == 0;
        let timers = self.timers.iter().zip(TIMERS).filter(|(timer, id)| timer.on && idle(*id));
        timers.map(|(timer, _)| timer.at).fold(self.timer, u64::min)
    }
}

/// Asks a pCPU to look at its pool. Each kick is recorded.
pub fn kick(cpu: Cpu) {
    with(|machine| {
        let here = machine.here;
        machine.kicks.push((here, cpu));
        machine.at(cpu).kicked = true;
    });
}

/// Asks another pCPU to look at its vCPU's interrupts.
pub fn nudge(cpu: Cpu) {
    with(|machine| machine.at(cpu).nudged = true);
}

/// Whether an interrupt is pending for this pCPU. Whoever asks in a loop lets the others go on, and when
/// they have nothing to do, time passes. Asking for ever fails the test.
pub fn interrupt_pending() -> bool {
    let progress = super::machine::let_others();
    with(|machine| {
        machine.ticks += u64::from(!progress);
        let now = machine.ticks;
        let pending = machine.hardware().is_interrupted(now);
        machine.polls = if pending { 0 } else { machine.polls + 1 };
        assert!(machine.polls < POLLS_MAX, "pCPU {} asks for an interrupt for ever", machine.here.0);
        pending
    })
}

/// Acknowledges a pending interrupt.
pub fn take_interrupt() -> Interrupt {
    with(|machine| {
        let now = machine.ticks;
        let hardware = machine.hardware();
        let interrupt = hardware.pending(now);
        match interrupt {
            Interrupt::Kick => hardware.kicked = false,
            Interrupt::Nudge => (hardware.nudged, hardware.maintenance) = (false, false),
            Interrupt::Timer => hardware.timer = u64::MAX,
            Interrupt::GuestTimer(id) => hardware.active |= 1 << id,
            Interrupt::None | Interrupt::Input | Interrupt::Other => {}
        }
        interrupt
    })
}

/// Lets `cpu` be interrupted when somebody types.
pub fn listen(cpu: Cpu) -> bool {
    with(|machine| machine.at(cpu).listens = true);
    true
}

/// The next byte that was typed.
pub fn typed() -> Option<u8> {
    with(|machine| machine.hardware().typed.pop_front())
}

/// A guest timer's interrupt came late, when its guest had left: forget it.
pub fn drop_guest_timer(id: u32) {
    with(|machine| machine.hardware().active &= !(1 << id));
}

/// The running guest's own timer fired: it goes into a list register.
pub fn guest_timer(cpu: &'static Pcpu, id: u32) {
    let Some(vcpu) = cpu.current.get() else { return drop_guest_timer(id) };
    let fired =
        with(|machine| vcpu.partition.interrupts().timer_fired(vcpu.index.into(), id, &mut machine.hardware().list));
    if fired == Fired::Held {
        interrupts::refresh(cpu, vcpu);
    }
}

/// Everything a vCPU needs in this pCPU besides its registers. One without interrupts leaves the list
/// registers alone, which `save` left empty.
pub fn prepare(cpu: &'static Pcpu, vcpu: &'static VcpuCell) {
    let moved = with(|machine| {
        let now = machine.ticks;
        let hardware = machine.hardware();
        hardware.space = Some(vcpu.partition.space.index);
        load(hardware, &mut vcpu.partition.interrupts(), vcpu, now)
    });
    if moved != 0 {
        interrupts::changed(cpu, vcpu, moved & !(1 << vcpu.index));
    }
}

fn load(hardware: &mut Hardware, vgic: &mut Vgic, vcpu: &VcpuCell, now: u64) -> u8 {
    let (index, lines, mut list) = (usize::from(vcpu.index), hardware.lines(now), vcpu.context.list());
    if list.lr == [0; LIST_MAX] && lines == [false; 2] && vgic.quiet(index) {
        return 0;
    }
    let alone = list.lr == [0; LIST_MAX] && lines == [true, false];
    if alone && vgic.list_lone_timer(index, VIRTUAL_TIMER_IRQ, &mut list) {
        hardware.active |= 1 << VIRTUAL_TIMER_IRQ;
        (hardware.underflow, hardware.list) = (false, list);
        return 0;
    }
    let mut moved = vgic.sync(index, &mut list);
    for (id, high) in TIMERS.into_iter().zip(lines) {
        let _ = vgic.timer_level(index, id, high, &mut list);
    }
    moved |= vgic.flush(index, &mut list);
    hardware.active |= vgic.physically_active(index, &list);
    hardware.underflow = vgic.wants_maintenance(index);
    hardware.list = list;
    moved
}

/// Brings the running vCPU's list registers and its interrupt controller up to date with each other.
/// Returns the other vCPUs of the partition that have something to do now.
pub fn refresh_interrupts(_cpu: &'static Pcpu, vcpu: &'static VcpuCell) -> u8 {
    let moved = with(|machine| {
        let now = machine.ticks;
        refresh(machine.hardware(), &mut vcpu.partition.interrupts(), vcpu.index.into(), now)
    });
    let meanwhile = with(|machine| machine.meanwhile.take());
    if let Some(meanwhile) = meanwhile {
        let here = super::machine::here();
        meanwhile();
        super::machine::enter(here);
    }
    moved
}

fn refresh(hardware: &mut Hardware, vgic: &mut Vgic, index: usize, now: u64) -> u8 {
    let lines = hardware.lines(now);
    let list: &mut ListRegisters = &mut hardware.list;
    let mut moved = vgic.sync(index, list);
    for (id, high) in TIMERS.into_iter().zip(lines) {
        if vgic.timer_level(index, id, high, list) {
            hardware.active &= !(1 << id);
        }
    }
    moved |= vgic.flush(index, list);
    hardware.active |= vgic.physically_active(index, list);
    hardware.underflow = vgic.wants_maintenance(index);
    moved
}

/// A software-generated interrupt as a guest asks for it (ICC_SGI1R_EL1).
pub fn send_interrupt(cpu: &'static Pcpu, vcpu: &'static VcpuCell, value: u64) {
    let changed = vcpu.partition.interrupts().sgi1r(vcpu.index.into(), value);
    crate::interrupts::changed(cpu, vcpu, changed);
}
