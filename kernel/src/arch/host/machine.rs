//! The state of the software machine, and what a test may do to it.

use crate::{
    boot,
    devices::vgic::ListRegisters,
    memory::{Range, Ranges},
    system::Pcpu,
};
use sched::{Cpu, CpuSet};
use std::{alloc::Layout, boxed::Box, cell::RefCell, collections::VecDeque, vec::Vec};

/// How many list registers each pCPU has.
pub const LIST_REGISTERS: u8 = 4;
/// The counter when the machine is switched on.
const SWITCHED_ON: u64 = 1_000_000;
const PAGE: usize = 4096;
/// What the host's allocator gives without looking for more.
const USUAL_ALIGN: usize = 16;
const BLOCK: usize = 2 << 20;

/// One of the guest's timers: enabled and not masked, and when it fires, in ticks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GuestTimer {
    /// Whether it is on.
    pub on: bool,
    /// The counter value at which its line rises.
    pub at: u64,
}

/// A pCPU.
pub struct Hardware {
    /// The hypervisor's data for it, once it is started.
    pub data: Option<&'static Pcpu>,
    /// When its one-shot timer fires, in ticks; `u64::MAX` = off.
    pub timer: u64,
    /// Every setting of that timer: when, and to what, in ticks.
    pub arms: Vec<(u64, u64)>,
    /// A kick is pending.
    pub kicked: bool,
    /// A nudge is pending.
    pub nudged: bool,
    /// It is interrupted when somebody types.
    pub listens: bool,
    /// What was typed and not yet taken, if it listens.
    pub typed: VecDeque<u8>,
    /// The list registers want attention.
    pub maintenance: bool,
    /// The hypervisor wants to know when few list registers are in use.
    pub underflow: bool,
    /// Guest timers whose interrupt was acknowledged and not ended: bit n is interrupt n.
    pub active: u32,
    /// The running guest's list registers.
    pub list: ListRegisters,
    /// The running guest's virtual and physical timer.
    pub timers: [GuestTimer; 2],
    /// The partition whose address space is in use.
    pub space: Option<u16>,
}

impl Hardware {
    fn new() -> Self {
        Self {
            data: None,
            timer: u64::MAX,
            arms: Vec::new(),
            kicked: false,
            nudged: false,
            listens: false,
            typed: VecDeque::new(),
            maintenance: false,
            underflow: false,
            active: 0,
            list: ListRegisters::new(LIST_REGISTERS),
            timers: [GuestTimer::default(); 2],
            space: None,
        }
    }
}

/// Lets the other pCPUs do what they have to do at this instant; false if that is nothing.
pub type Others = Box<dyn FnMut() -> bool>;

/// The machine of this thread.
pub(super) struct Machine {
    pub(super) ticks: u64,
    pub(super) here: Cpu,
    pub(super) cpus: Vec<Hardware>,
    pub(super) boot_cpu: Cpu,
    pub(super) broken: Option<(Cpu, i32)>,
    pub(super) kicks: Vec<(Cpu, Cpu)>,
    pub(super) console: Vec<u8>,
    pub(super) console_room: usize,
    pub(super) load_ticks: u64,
    pub(super) polls: u32,
    pub(super) others: Option<Others>,
    pub(super) meanwhile: Option<Box<dyn FnOnce()>>,
    pub(super) ram: Range,
}

impl Machine {
    fn new() -> Self {
        Self {
            ticks: SWITCHED_ON,
            here: Cpu(0),
            cpus: (0..Cpu::LIMIT).map(|_| Hardware::new()).collect(),
            boot_cpu: Cpu(0),
            broken: None,
            kicks: Vec::new(),
            console: Vec::new(),
            console_room: usize::MAX,
            load_ticks: 0,
            polls: 0,
            others: None,
            meanwhile: None,
            ram: Range::default(),
        }
    }

    pub(super) fn at(&mut self, cpu: Cpu) -> &mut Hardware {
        &mut self.cpus[cpu.index()]
    }

    /// The pCPU that is on.
    pub(super) fn hardware(&mut self) -> &mut Hardware {
        self.at(self.here)
    }
}

thread_local! {
    static MACHINE: RefCell<Machine> = RefCell::new(Machine::new());
}

/// Looks at or changes the machine; nothing of the hypervisor may be called meanwhile.
pub(super) fn with<R>(act: impl FnOnce(&mut Machine) -> R) -> R {
    MACHINE.with(|machine| act(&mut machine.borrow_mut()))
}

/// What a machine has when it is switched on.
#[derive(Clone, Copy, Debug)]
pub struct Board {
    /// Bytes of memory.
    pub memory: usize,
    /// Its pCPUs; the lowest one boots.
    pub cpus: CpuSet,
    /// The counter's frequency, Hz.
    pub frequency: u32,
    /// Scrubbing or loading 4 KiB takes so many ticks.
    pub load_ticks: u64,
    /// The boot line.
    pub line: &'static str,
    /// The bundle.
    pub bundle: Option<&'static [u8]>,
}

/// Switches a fresh machine on for this thread: what the hypervisor's boot is given. The memory is never
/// given back, as on a real machine.
pub fn switch_on(board: &Board) -> boot::Machine {
    let size = board.memory.next_multiple_of(PAGE);
    // With the alignment left to us the host hands out untouched pages, which cost nothing.
    let layout = Layout::from_size_align(size + BLOCK, USUAL_ALIGN).expect("a possible size");
    // SAFETY: the layout is not empty.
    let start = unsafe { std::alloc::alloc_zeroed(layout) };
    assert!(!start.is_null(), "the host has not enough memory");
    let start = (start as usize).next_multiple_of(BLOCK);
    let ram = Range { start: start as u64, size: size as u64 };
    with(|machine| {
        *machine = Machine::new();
        machine.load_ticks = board.load_ticks;
        machine.ram = ram;
        machine.boot_cpu = board.cpus.first().unwrap_or(Cpu(0));
        machine.here = machine.boot_cpu;
    });
    let mut free = Ranges::new();
    // SAFETY: fresh memory that is never given back and that nobody else knows of.
    unsafe { free.add(ram) };
    boot::Machine {
        free,
        bundle: board.bundle,
        line: board.line,
        cpus: board.cpus,
        started: SWITCHED_ON,
        frequency: board.frequency,
        text_bytes: 0,
    }
}

/// A copy of all memory, byte 0 at its lowest address: a host reads the trace from it.
pub fn memory_image() -> Vec<u8> {
    let ram = with(|machine| machine.ram);
    bytes(ram)
}

/// A copy of what lies in `range`, which must be memory of this machine.
pub fn bytes(range: Range) -> Vec<u8> {
    let ram = with(|machine| machine.ram);
    assert!(ram.contains(&range), "not in this machine's memory");
    // SAFETY: initialised memory of this machine, which lives for ever; no other thread uses this machine.
    unsafe { core::slice::from_raw_parts(range.start as *const u8, range.size as usize) }.to_vec()
}

/// Writes to memory as a guest does.
pub fn store(at: u64, from: &[u8]) {
    super::memory::put(at, from);
}

/// Turns to pCPU `cpu`: everything that the hypervisor does now, it does there.
pub fn enter(cpu: Cpu) {
    with(|machine| machine.here = cpu);
}

/// The pCPU that is on.
pub fn here() -> Cpu {
    with(|machine| machine.here)
}

/// Gives the boot pCPU its data, as its first steps do on a real machine.
pub fn adopt(cpu: &'static Pcpu) {
    with(|machine| machine.at(cpu.id).data = Some(cpu));
}

/// Looks at or changes a pCPU.
pub fn hardware<R>(cpu: Cpu, act: impl FnOnce(&mut Hardware) -> R) -> R {
    with(|machine| act(machine.at(cpu)))
}

/// Moves the counter forward to `ticks`; it never goes back.
pub fn advance(ticks: u64) {
    with(|machine| machine.ticks = machine.ticks.max(ticks));
}

/// Makes the start of `cpu` fail with `answer`.
pub fn break_cpu(cpu: Cpu, answer: i32) {
    with(|machine| machine.broken = Some((cpu, answer)));
}

/// All kicks so far: from where, to where.
pub fn kicks() -> Vec<(Cpu, Cpu)> {
    with(|machine| machine.kicks.clone())
}

/// Somebody types.
pub fn press(bytes: &[u8]) {
    with(|machine| machine.cpus.iter_mut().filter(|cpu| cpu.listens).for_each(|cpu| cpu.typed.extend(bytes)));
}

/// What stands on the console so far.
pub fn console() -> Vec<u8> {
    with(|machine| machine.console.clone())
}

/// The console takes so many more bytes and is busy then.
pub fn set_console_room(bytes: usize) {
    with(|machine| machine.console_room = bytes);
}

/// What the other pCPUs do while one of them spins or polls.
pub fn set_others(others: Others) {
    with(|machine| machine.others = Some(others));
}

/// Lets the other pCPUs go on; false if they have nothing to do.
pub(super) fn let_others() -> bool {
    let here = here();
    let Some(mut others) = with(|machine| machine.others.take()) else { return false };
    let progress = others();
    with(|machine| {
        machine.here = here;
        machine.others = Some(others);
    });
    progress
}

/// Something that happens elsewhere, once, right after the next look of a pCPU at its list registers.
pub fn set_meanwhile(meanwhile: Box<dyn FnOnce()>) {
    with(|machine| machine.meanwhile = Some(meanwhile));
}
