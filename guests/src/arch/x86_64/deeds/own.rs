//! Deeds that only a PC knows: its ports, its control registers, interrupts for processors that are not there.

use core::arch::asm;

use super::RECOVER;
use crate::say;

/// In the order in which they are done: from `cr0` on they may not return.
pub const OWN_DEEDS: &[&str] = &["port", "outs", "rdmsr", "wrmsr", "cr8", "ipi", "cr0", "cr4", "triple"];
/// What an argument with one of them looks like.
pub const OWN_WANTS: &str = "a list of port, outs, rdmsr, wrmsr, cr8, ipi, cr0, cr4, triple";

/// What ends or disturbs a machine: power, two ways of reset, interrupt controllers, interval timer, configuration of PCI.
const WRITES: [(u16, u16); 8] =
    [(0x604, 0x2000), (0x92, 1), (0x64, 0xfe), (0x20, 0x11), (0x21, 0), (0xa1, 0), (0x43, 0x30), (0xcf8, 0)];
const SECONDS: u16 = 0x70;

/// Does the deed with this place in [`OWN_DEEDS`].
pub fn perform_own(deed: usize) {
    match deed {
        0 => ports(),
        1 => write_text(),
        2 => read_register(),
        3 => write_register(),
        4 => mask_everything(),
        5 => interrupt_the_absent(),
        6 => contradict_caches(),
        7 => set_reserved_bits(),
        _ => give_up_gates(),
    }
}

fn ports() {
    for (port, value) in WRITES {
        // SAFETY: faults at worst, and is recovered from.
        unsafe {
            deed!("mov edx, edi\nmov eax, esi\nout dx, ax", in("rdi") u64::from(port), in("rsi") u64::from(value))
        };
    }
    let mut value = 0_u32;
    // SAFETY: as above; nothing is assumed of the value.
    unsafe {
        deed!("mov edx, edi\nin eax, dx\nmov [rsi], eax", in("rdi") u64::from(SECONDS), in("rsi") &raw mut value)
    };
    say!("hostile: port reads {value:#x}");
}

fn write_text() {
    let text = [0_u8; 4];
    // SAFETY: faults at worst, and is recovered from.
    unsafe { deed!("mov edx, 0x604\nmov ecx, 4\nrep outsb", in("rsi") text.as_ptr()) };
}

/// Where the processor saves a host's state.
fn read_register() {
    // SAFETY: faults, and is recovered from.
    unsafe { deed!("mov ecx, 0xc0010117\nrdmsr") };
}

/// Whether there is virtualization at all.
fn write_register() {
    // SAFETY: faults, and is recovered from.
    unsafe { deed!("mov ecx, 0xc0010114\nmov eax, 0x18\nxor edx, edx\nwrmsr") };
}

/// A bit of CR4 that no processor has.
fn set_reserved_bits() {
    // SAFETY: faults at once, or (in an emulator) makes a state that cannot run and ends the partition.
    unsafe { deed!("mov rax, cr4\nbts rax, 31\nmov cr4, rax\nvmmcall") };
}

/// No interrupt is urgent enough for this processor any more; then all are again.
fn mask_everything() {
    // SAFETY: faults where it is not allowed, and is recovered from.
    unsafe { deed!("mov eax, 15\nmov cr8, rax\nxor eax, eax\nmov cr8, rax") };
}

/// Interrupts, INIT, start-up and NMI for numbers that no vCPU has, and for all the others of none.
fn interrupt_the_absent() {
    crate::arch::enable_interrupts();
    for command in [0x4040, 0x4500, 0x4608, 0x4400, 0xc_4500, 0xc_4400] {
        for target in [1_u64, 7, 254, 0x1234_5678] {
            // SAFETY: sends nothing to this vCPU; a fault is recovered from.
            unsafe {
                deed!("mov rdx, rdi\nmov rax, rsi\nmov ecx, 0x830\nwrmsr", in("rdi") target, in("rsi") command as u64)
            };
        }
    }
}

/// Caches that are on and yet not written through, which no processor has.
fn contradict_caches() {
    // SAFETY: faults at once, or (in an emulator) makes a state that cannot run and ends the partition.
    unsafe { deed!("mov rax, cr0\nbts rax, 29\nbtr rax, 30\nmov cr0, rax\nvmmcall") };
}

/// An exception without gates raises another one, and that a third.
fn give_up_gates() -> ! {
    // SAFETY: does not return; what follows happens in the hypervisor.
    unsafe {
        asm!(
            "sub rsp, 16",
            "mov word ptr [rsp], 0",
            "mov qword ptr [rsp + 2], 0",
            "lidt [rsp]",
            "2: ud2",
            "jmp 2b",
            options(noreturn)
        )
    }
}
