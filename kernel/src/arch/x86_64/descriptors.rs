//! Segments, interrupt gates and stacks of a pCPU.

use super::{
    CPUS_MAX,
    apic::{INPUT, KICK, NUDGE, SPURIOUS, TIMER},
};
use core::cell::UnsafeCell;
use sched::Cpu;
use x86_64::{
    VirtAddr,
    instructions::{
        segmentation::{CS, DS, ES, SS, Segment},
        tables::load_tss,
    },
    structures::{
        gdt::{Descriptor, GlobalDescriptorTable, SegmentSelector},
        idt::InterruptDescriptorTable,
        tss::TaskStateSegment,
    },
};

const EMERGENCY: usize = 4096;

#[repr(C, align(16))]
struct EmergencyStack([u8; EMERGENCY]);

struct Own {
    stack: EmergencyStack,
    tss: TaskStateSegment,
    gdt: GlobalDescriptorTable,
}

struct PerCpu([UnsafeCell<Own>; CPUS_MAX]);

// SAFETY: each pCPU touches only the entry with its own number, and only once.
unsafe impl Sync for PerCpu {}

static OWN: PerCpu = PerCpu(
    [const {
        UnsafeCell::new(Own {
            stack: EmergencyStack([0; EMERGENCY]),
            tss: TaskStateSegment::new(),
            gdt: GlobalDescriptorTable::new(),
        })
    }; CPUS_MAX],
);

struct Gates(UnsafeCell<InterruptDescriptorTable>);

// SAFETY: written by the boot pCPU before any other runs.
unsafe impl Sync for Gates {}

static GATES: Gates = Gates(UnsafeCell::new(InterruptDescriptorTable::new()));

unsafe extern "C" {
    fn note_timer();
    fn note_kick();
    fn note_input();
    fn note_nudge();
    fn note_nothing();
    fn faults();
}

/// Fills the gates; once, on the boot pCPU.
pub(super) fn init_gates() {
    // SAFETY: nobody uses the table yet, and no other pCPU runs.
    let table = unsafe { &mut *GATES.0.get() };
    let at = |entry: unsafe extern "C" fn()| VirtAddr::new(entry as *const () as u64);
    let noted: [(u8, unsafe extern "C" fn()); 5] =
        [(TIMER, note_timer), (KICK, note_kick), (INPUT, note_input), (NUDGE, note_nudge), (SPURIOUS, note_nothing)];
    for (vector, entry) in noted {
        // SAFETY: the entries are interrupt handlers of `head.S`.
        unsafe { table[vector].set_handler_addr(at(entry)) };
    }
    let first = at(faults);
    macro_rules! fault {
        ($($gate:ident: $vector:literal),*) => {
            $(
                // SAFETY: `head.S` has an entry of 16 bytes for each vector, which never returns; the stack is
                // this pCPU's own.
                unsafe { table.$gate.set_handler_addr(first + 16 * $vector).set_stack_index(0) };
            )*
        };
    }
    fault!(divide_error: 0, debug: 1, non_maskable_interrupt: 2, breakpoint: 3, overflow: 4, invalid_opcode: 6,
        device_not_available: 7, double_fault: 8, invalid_tss: 10, segment_not_present: 11, stack_segment_fault: 12,
        general_protection_fault: 13, page_fault: 14, machine_check: 18);
}

/// Gives this pCPU its segments, its gates and its emergency stack.
pub(super) fn init_cpu(cpu: Cpu) {
    let place = OWN.0.get(cpu.index()).unwrap_or(&OWN.0[0]);
    // SAFETY: this pCPU's own entry, used here once; the processor refers to it for ever after.
    let own: &'static mut Own = unsafe { &mut *place.get() };
    own.tss.interrupt_stack_table[0] = VirtAddr::from_ptr(&raw const own.stack) + EMERGENCY as u64;
    let code = own.gdt.append(Descriptor::kernel_code_segment());
    // SAFETY: the segment lives for ever.
    let task = own.gdt.append(unsafe { Descriptor::tss_segment_unchecked(&raw const own.tss) });
    // SAFETY: the tables live for ever, and the selectors name what was just put there.
    unsafe {
        own.gdt.load_unsafe();
        CS::set_reg(code);
        for set in [SS::set_reg, DS::set_reg, ES::set_reg] {
            set(SegmentSelector(0));
        }
        load_tss(task);
        (*GATES.0.get()).load_unsafe();
    }
}

/// The hypervisor itself faulted: nothing can be trusted any more, so say where and stop.
#[unsafe(no_mangle)]
extern "C" fn hypervisor_fault(vector: u64, code: u64, at: u64, address: u64) -> ! {
    crate::console::interrupt();
    crate::say!(
        "fault in the hypervisor: vector {vector} ({code:#x}) at {at:#x}, address {address:#x}; this is a bug, please report it"
    );
    super::power_off()
}
