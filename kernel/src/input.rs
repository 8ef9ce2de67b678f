//! What somebody types on the machine's console goes to the partition that has the keyboard.
//!
//! Only when the boot line says `input=on`: a deterministic run never sees it. Bytes come by an interrupt, at
//! most a few at a visit, and wait here while the partition's own serial port is full. What does not fit
//! here either is dropped: a serial line has no way to ask for patience.

use crate::{
    arch, bus,
    system::{Lock, Partition, Pcpu, System},
};
use core::sync::atomic::{AtomicBool, Ordering};
use heapless::Deque;

/// Ctrl-T gives the keyboard to the next partition. Neither terminals nor the emulator want it for themselves.
pub const NEXT: u8 = 0x14;
/// Said on the console of whoever has got the keyboard.
const HERE: &[u8] = b"[the keyboard is here]\n";
/// How many bytes one visit takes at most.
const VISIT: usize = 16;
/// How many bytes wait for a partition at most.
const WAITING: usize = 256;

/// The keyboard.
#[derive(Default)]
pub struct Input {
    state: Lock<State>,
    /// Whether bytes wait, so that nobody need ask for the lock when none do.
    waits: AtomicBool,
}

#[derive(Default)]
struct State {
    /// The partition that has the keyboard.
    focus: usize,
    waiting: Deque<u8, WAITING>,
}

/// Takes what was typed.
pub fn arrive(cpu: &'static Pcpu) {
    let system = cpu.system;
    let mut state = system.input.state.lock();
    for _ in 0..VISIT {
        match arch::typed() {
            None => break,
            Some(NEXT) => turn(system, &mut state),
            Some(byte) => _ = state.waiting.push_back(byte),
        }
    }
    let Some(partition) = system.partitions.get(state.focus) else { return };
    hand_over(cpu, partition, &mut state);
    system.console.visit(system, partition);
}

/// `partition` has taken a byte from its serial port: there may be room for more.
pub fn go_on(cpu: &'static Pcpu, partition: &'static Partition) {
    if !cpu.system.input.waits.load(Ordering::Relaxed) {
        return;
    }
    let mut state = cpu.system.input.state.lock();
    if state.focus == usize::from(partition.index) {
        hand_over(cpu, partition, &mut state);
    }
}

fn turn(system: &System, state: &mut State) {
    state.focus = (state.focus + 1) % system.partitions.len().max(1);
    state.waiting.clear();
    if let Some(partition) = system.partitions.get(state.focus) {
        partition.output.put(HERE);
    }
}

#[inline(never)]
fn hand_over(cpu: &'static Pcpu, partition: &'static Partition, state: &mut State) {
    while let Some(byte) = state.waiting.front()
        && bus::receive(cpu, partition, *byte)
    {
        state.waiting.pop_front();
    }
    cpu.system.input.waits.store(!state.waiting.is_empty(), Ordering::Relaxed);
}
