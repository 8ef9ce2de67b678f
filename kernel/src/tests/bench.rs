//! The test bench: a system booted on the software machine, its pCPUs driven one step at a time.
//!
//! A step is one thing that one pCPU does at one instant: it takes a pending interrupt, or its guest does
//! the next thing it wants to do. When no pCPU has anything to do, the counter jumps to the next instant at
//! which one has. pCPUs take turns in ascending order, so a run is the same every time.

use super::guest::{Do, Guest, Program, View};
use crate::{
    arch::{self, Interrupt, Unwound, machine},
    boot::{self, Ready},
    bus, calls,
    dispatch::{self, Cause},
    input, interrupts,
    system::{Partition, Pcpu, System, VcpuCell, vcpu::Waiting},
};
use sched::{Cpu, Instant};
use std::{
    boxed::Box,
    cell::{Cell, RefCell},
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    rc::Rc,
    string::String,
    vec::Vec,
};
use trace::event::FaultCause;

/// What a pCPU does at present.
#[derive(Clone, Copy)]
enum Mode {
    Fresh,
    Guest(&'static VcpuCell),
    Idle,
    Hypervisor,
    Stopped,
}

struct Seat {
    cpu: &'static Pcpu,
    mode: Cell<Mode>,
    /// So many more things its guest does before a pending interrupt is seen.
    deaf: Cell<u32>,
}

/// A stretch of time that a guest had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) cpu: u8,
    pub(crate) partition: u16,
    pub(crate) vcpu: u16,
    /// ns since the epoch.
    pub(crate) from: u64,
    pub(crate) to: u64,
}

struct Inner {
    seats: Vec<Seat>,
    guests: RefCell<BTreeMap<(u16, u16), Guest>>,
    spans: RefCell<Vec<Span>>,
    seen: Cell<u64>,
    off: Cell<bool>,
}

/// A booted system.
pub(crate) struct Bench {
    pub(crate) system: &'static System,
    inner: Rc<Inner>,
}

/// A guest that never stops is stopped by this many steps without progress of time.
const STEPS_MAX: u32 = 100_000;

impl Bench {
    /// Takes a system over that `boot::build` made ready.
    pub(crate) fn new(ready: &Ready) -> Self {
        let boot = arch::boot_cpu();
        ready.cpus.iter().filter(|cpu| cpu.id == boot).for_each(machine::adopt);
        let seat = |cpu| Seat { cpu, mode: Cell::new(Mode::Fresh), deaf: Cell::new(0) };
        let inner = Rc::new(Inner {
            seats: ready.cpus.iter().map(seat).collect(),
            guests: RefCell::default(),
            spans: RefCell::default(),
            seen: Cell::new(arch::ticks()),
            off: Cell::new(false),
        });
        let others = inner.clone();
        machine::set_others(Box::new(move || others.step_all()));
        Self { system: ready.cpus[0].system, inner }
    }

    /// Gives vCPU `vcpu` of partition `partition` its program; without one it computes for ever.
    pub(crate) fn program(&self, partition: u16, vcpu: u16, program: impl FnMut(&View) -> Do + 'static) {
        let program: Program = Box::new(program);
        self.inner.guests.borrow_mut().insert((partition, vcpu), Guest::new(program));
    }

    /// Gives it the list of things to do, from the beginning after every start, and then it computes for ever.
    pub(crate) fn script(&self, partition: u16, vcpu: u16, script: &[Do]) {
        let script = script.to_vec();
        self.program(partition, vcpu, move |view| script.get(view.step).copied().unwrap_or(Do::FOREVER));
    }

    /// Lets the system run up to and including what happens at `nanos` since the epoch.
    pub(crate) fn run_until(&self, nanos: u64) {
        let end = self.system.clock.ticks(nanos);
        let mut steps = 0;
        while !self.inner.off.get() {
            if self.inner.step_all() {
                steps += 1;
                assert!(steps < STEPS_MAX, "the system is busy for ever at {} ns", self.now());
                continue;
            }
            let next = self.inner.next();
            machine::advance(next.min(end));
            self.inner.sync();
            if next > end {
                return;
            }
            steps = 0;
        }
    }

    /// The present instant, ns.
    pub(crate) fn now(&self) -> u64 {
        self.system.clock.nanos(arch::ticks())
    }

    /// Whether the machine was switched off.
    pub(crate) fn is_off(&self) -> bool {
        self.inner.off.get()
    }

    /// Whether `cpu` waits for an interrupt.
    pub(crate) fn is_idle(&self, cpu: u8) -> bool {
        matches!(self.seat(cpu).mode.get(), Mode::Idle)
    }

    /// The partition and vCPU that run on `cpu`.
    pub(crate) fn runs(&self, cpu: u8) -> Option<(u16, u16)> {
        match self.seat(cpu).mode.get() {
            Mode::Guest(vcpu) => Some((vcpu.partition.index, vcpu.index)),
            _ => None,
        }
    }

    /// The guest on `cpu` does `things` more things before it is interrupted.
    pub(crate) fn deafen(&self, cpu: u8, things: u32) {
        self.seat(cpu).deaf.set(things);
    }

    /// Every stretch of time that guests had, neighbours joined.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let mut all: Vec<Span> = Vec::new();
        for span in self.inner.spans.borrow().iter().filter(|span| span.to > span.from) {
            let same = |last: &Span| {
                (last.cpu, last.partition, last.vcpu, last.to) == (span.cpu, span.partition, span.vcpu, span.from)
            };
            match all.last_mut().filter(|last| same(last)) {
                Some(last) => last.to = span.to,
                None => all.push(*span),
            }
        }
        all
    }

    /// How long partition `partition` ran between two instants, ns.
    pub(crate) fn time_of(&self, partition: u16, from: u64, to: u64) -> u64 {
        let part = |span: &Span| span.to.min(to).saturating_sub(span.from.max(from));
        self.inner.spans.borrow().iter().filter(|span| span.partition == partition).map(part).sum()
    }

    /// What the calls, loads and acknowledgements of a vCPU gave so far.
    pub(crate) fn values(&self, partition: u16, vcpu: u16) -> Vec<(u64, u64)> {
        self.inner.guests.borrow().get(&(partition, vcpu)).map(|guest| guest.values.clone()).unwrap_or_default()
    }

    /// The instants at which a vCPU did its things, ns.
    pub(crate) fn times(&self, partition: u16, vcpu: u16) -> Vec<u64> {
        self.inner.guests.borrow().get(&(partition, vcpu)).map(|guest| guest.times.clone()).unwrap_or_default()
    }

    /// How many exceptions a vCPU was given.
    pub(crate) fn aborts(&self, partition: u16, vcpu: u16) -> u32 {
        self.inner.guests.borrow().get(&(partition, vcpu)).map_or(0, |guest| guest.aborts)
    }

    pub(crate) fn partition(&self, index: u16) -> &'static Partition {
        &self.system.partitions[usize::from(index)]
    }

    pub(crate) fn cpu(&self, cpu: u8) -> &'static Pcpu {
        self.seat(cpu).cpu
    }

    /// What the machine's timer of `cpu` is set to, ns; `None` = off.
    pub(crate) fn timer(&self, cpu: u8) -> Option<u64> {
        let timer = machine::hardware(Cpu(cpu), |hardware| hardware.timer);
        (timer != u64::MAX).then(|| self.system.clock.nanos(timer))
    }

    /// The trace so far.
    pub(crate) fn recording(&self) -> trace::Recording {
        let image = machine::memory_image();
        let size = image.len() as u64;
        trace::ram::read(&mut std::io::Cursor::new(image), size, trace::Unit::Simulated).expect("a trace")
    }

    fn seat(&self, cpu: u8) -> &Seat {
        self.inner.seats.iter().find(|seat| seat.cpu.id.0 == cpu).expect("a pCPU of the plan")
    }
}

/// The console so far.
pub(crate) fn console() -> String {
    String::from_utf8(machine::console()).expect("text").replace('\r', "")
}

impl Inner {
    /// One step of each pCPU that has something to do; false if none has.
    fn step_all(&self) -> bool {
        self.sync();
        let mut progress = false;
        for seat in &self.seats {
            progress |= !self.off.get() && self.step(seat);
        }
        progress
    }

    fn step(&self, seat: &Seat) -> bool {
        let now = arch::ticks();
        let pending = machine::hardware(seat.cpu.id, |hardware| hardware.is_interrupted(now));
        machine::enter(seat.cpu.id);
        match seat.mode.get() {
            Mode::Fresh if now >= seat.cpu.system.clock.epoch_ticks => self.dispatch(seat, Cause::Interrupt),
            Mode::Idle if pending => self.interrupt(seat),
            Mode::Guest(_) if pending && seat.deaf.get() == 0 => self.interrupt(seat),
            Mode::Guest(vcpu) if self.is_ready(vcpu) => self.act(seat, vcpu),
            _ => return false,
        }
        true
    }

    fn is_ready(&self, vcpu: &VcpuCell) -> bool {
        self.guests.borrow_mut().entry(key(vcpu)).or_default().ready(vcpu.context.resets())
    }

    /// As the exit path of a real machine does it.
    fn interrupt(&self, seat: &Seat) {
        let cpu = seat.cpu;
        cpu.exits.set(cpu.exits.get() + 1);
        match arch::take_interrupt() {
            Interrupt::GuestTimer(id) => arch::guest_timer(cpu, id),
            Interrupt::Timer => {
                cpu.armed.set(Instant::MAX);
                self.dispatch(seat, Cause::Interrupt);
            }
            Interrupt::Kick => self.dispatch(seat, Cause::Interrupt),
            Interrupt::Nudge => dispatch::after_nudge(cpu),
            Interrupt::Input => {
                input::arrive(cpu);
                dispatch::after_nudge(cpu);
            }
            Interrupt::None | Interrupt::Other => {}
        }
    }

    fn act(&self, seat: &Seat, vcpu: &'static VcpuCell) {
        seat.deaf.set(seat.deaf.get().saturating_sub(1));
        let now = seat.cpu.now().nanos();
        let next = self.guests.borrow_mut().entry(key(vcpu)).or_default().next(vcpu, now);
        if let Some(cause) = self.carry_out(seat.cpu, vcpu, next)
            && cause != Cause::Resume
        {
            self.dispatch(seat, cause);
        }
    }

    /// What an exit of a real machine would do; `None` without an exit.
    fn carry_out(&self, cpu: &'static Pcpu, vcpu: &'static VcpuCell, next: Do) -> Option<Cause> {
        let with = |act: &dyn Fn(&mut Guest)| act(self.guests.borrow_mut().entry(key(vcpu)).or_default());
        let told = |value: Option<u64>| {
            with(&|guest| match value {
                Some(value) => guest.tell(value),
                None => guest.aborts += 1,
            });
            Some(Cause::Resume)
        };
        if next.exits() {
            cpu.exits.set(cpu.exits.get() + 1);
        }
        match next {
            Do::Run(nanos) => {
                let from = cpu.now().nanos();
                let ticks = cpu.system.clock.ticks(from.saturating_add(nanos)).saturating_sub(arch::ticks());
                with(&|guest| guest.left = ticks);
                None
            }
            Do::Call(arguments) => {
                let mut arguments = arguments;
                vcpu.context.set_arguments(arguments);
                let cause = calls::carry_out(cpu, &mut arguments);
                vcpu.context.set_arguments(arguments);
                with(&|guest| guest.called = true);
                Some(cause)
            }
            Do::Wait => {
                vcpu.move_waiting(Waiting::No, Waiting::Interrupt);
                Some(Cause::Wait)
            }
            Do::Read(address, bytes) => told(bus::read(cpu, vcpu, address, bytes)),
            Do::Write(address, bytes, value) => {
                let done = bus::write(cpu, vcpu, address, bytes, value);
                if done.is_none() { told(None) } else { Some(Cause::Resume) }
            }
            Do::Send(value) => {
                arch::send_interrupt(cpu, vcpu, value);
                Some(Cause::Resume)
            }
            Do::Fault(address) => {
                cpu.fault.set((FaultCause::Vector as u8, address));
                Some(Cause::Fault)
            }
            Do::Refresh => {
                interrupts::refresh(cpu, vcpu);
                Some(Cause::Resume)
            }
            Do::Timer(which, at) => {
                let at = at.map(|at| cpu.system.clock.ticks(at));
                machine::hardware(cpu.id, |hardware| {
                    hardware.timers[which] = machine::GuestTimer { on: at.is_some(), at: at.unwrap_or(0) };
                });
                None
            }
            Do::Acknowledge => {
                told(Some(machine::hardware(cpu.id, super::guest::acknowledge)));
                None
            }
            Do::Complete(id) => {
                machine::hardware(cpu.id, |hardware| super::guest::complete(hardware, id));
                None
            }
        }
    }

    fn dispatch(&self, seat: &Seat, cause: Cause) {
        seat.mode.set(Mode::Hypervisor);
        let end = catch_unwind(AssertUnwindSafe(|| dispatch::enter(seat.cpu, cause)));
        let mode = match end.map_err(|payload| payload.downcast::<Unwound>()) {
            Ok(vcpu) => Mode::Guest(vcpu),
            Err(Ok(why)) => match *why {
                Unwound::Idle => Mode::Idle,
                Unwound::Halted => Mode::Stopped,
                Unwound::PoweredOff => {
                    self.off.set(true);
                    Mode::Stopped
                }
            },
            Err(Err(payload)) => resume_unwind(payload),
        };
        seat.mode.set(mode);
        machine::enter(seat.cpu.id);
    }

    /// Lets the time that has passed count for the guests that run.
    fn sync(&self) {
        let (now, before) = (arch::ticks(), self.seen.replace(arch::ticks()));
        for seat in &self.seats {
            let Mode::Guest(vcpu) = seat.mode.get() else { continue };
            let clock = &seat.cpu.system.clock;
            self.guests.borrow_mut().entry(key(vcpu)).or_default().pass(now - before);
            self.spans.borrow_mut().push(Span {
                cpu: seat.cpu.id.0,
                partition: vcpu.partition.index,
                vcpu: vcpu.index,
                from: clock.nanos(before),
                to: clock.nanos(now),
            });
        }
    }

    /// When something happens next by itself, ticks.
    fn next(&self) -> u64 {
        let of = |seat: &Seat| {
            let event = machine::hardware(seat.cpu.id, |hardware| hardware.next_event());
            match seat.mode.get() {
                Mode::Fresh => seat.cpu.system.clock.epoch_ticks,
                Mode::Guest(vcpu) => {
                    event.min(self.guests.borrow_mut().entry(key(vcpu)).or_default().end(arch::ticks()))
                }
                Mode::Idle => event,
                Mode::Hypervisor | Mode::Stopped => u64::MAX,
            }
        };
        self.seats.iter().map(of).min().unwrap_or(u64::MAX)
    }
}

fn key(vcpu: &VcpuCell) -> (u16, u16) {
    (vcpu.partition.index, vcpu.index)
}

/// What `boot::build` says to this machine.
pub(crate) fn refusal(board: &machine::Board) -> String {
    match boot::build(machine::switch_on(board)) {
        Err(refusal) => std::string::ToString::to_string(&refusal),
        Ok(_) => panic!("the system starts"),
    }
}
