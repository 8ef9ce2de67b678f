//! Reading the instruction that a guest is at, through the guest's own page tables (AMD APM volume 2, chapter 5).
//!
//! Nothing here trusts the guest: every address is looked up in its partition's memory, and a walk has at most five
//! steps. Rights are not looked at, since the processor has just executed the instruction.

use super::vmcb::State;
use crate::{
    devices::mov::{LENGTH_MAX, Mode},
    system::Partition,
};

const PAGING: u64 = 1 << 31;
const LONG_ACTIVE: u64 = 1 << 10;
const EXTENDED_ADDRESSES: u64 = 1 << 5;
const FIVE_LEVELS: u64 = 1 << 12;
/// Attributes of a code segment, as the block has them.
const LONG_CODE: u16 = 1 << 9;
const BIG_CODE: u16 = 1 << 10;
const PRESENT: u64 = 1;
const LARGE: u64 = 1 << 7;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const PAGE: u64 = 4096;

/// What kind of code the guest executes.
pub(super) fn mode(state: &State) -> Mode {
    if state.efer & LONG_ACTIVE != 0 && state.cs.attributes & LONG_CODE != 0 {
        Mode::Long
    } else if state.cs.attributes & BIG_CODE != 0 {
        Mode::Protected
    } else {
        Mode::Short
    }
}

/// The bytes at the guest's instruction pointer, as many as can be read up to the longest instruction.
pub(super) fn instruction(partition: &Partition, state: &State) -> heapless::Vec<u8, LENGTH_MAX> {
    let mut code = heapless::Vec::new();
    let first = match mode(state) {
        Mode::Long => state.rip,
        _ => state.cs.base.wrapping_add(state.rip) & 0xffff_ffff,
    };
    let mut page = None;
    for at in (0..LENGTH_MAX as u64).map(|offset| first.wrapping_add(offset)) {
        if at % PAGE == 0 {
            page = None;
        }
        page = page.or_else(|| translate(partition, state, at & !(PAGE - 1)));
        let Some(byte) = page.and_then(|page| read::<u8>(partition, page + at % PAGE)) else { break };
        let _ = code.push(byte);
    }
    code
}

/// Whether the guest is at a HLT that it may execute.
#[cold]
#[inline(never)]
pub(super) fn is_halt(partition: &Partition, state: &State) -> bool {
    const HLT: u8 = 0xf4;
    state.level == 0 && instruction(partition, state).first() == Some(&HLT)
}

/// The guest-physical address of a linear one.
fn translate(partition: &Partition, state: &State, linear: u64) -> Option<u64> {
    if state.cr0 & PAGING == 0 {
        return Some(linear);
    }
    let (levels, bits, mut table) = if state.efer & LONG_ACTIVE != 0 {
        (if state.cr4 & FIVE_LEVELS != 0 { 5 } else { 4 }, 9, state.cr3 & ADDRESS)
    } else if state.cr4 & EXTENDED_ADDRESSES != 0 {
        (3, 9, state.cr3 & 0xffff_ffe0)
    } else {
        (2, 10, state.cr3 & 0xffff_f000)
    };
    for level in (0..levels).rev() {
        let shift = 12 + level * bits;
        let index = linear >> shift & ((1 << bits) - 1);
        let entry = match bits {
            9 => read::<u64>(partition, table + index * 8)?,
            _ => read::<u32>(partition, table + index * 4)?.into(),
        };
        if entry & PRESENT == 0 {
            return None;
        }
        let below = (1 << shift) - 1;
        if level == 0 || entry & LARGE != 0 && level < 3 {
            return Some(entry & ADDRESS & !below | linear & below);
        }
        table = entry & ADDRESS;
    }
    None
}

/// Reads from the partition's memory, if the address lies there.
fn read<T: Copy>(partition: &Partition, address: u64) -> Option<T> {
    let offset = address.checked_sub(partition.base)?;
    let last = partition.memory.size.checked_sub(size_of::<T>() as u64)?;
    if offset > last || !address.is_multiple_of(size_of::<T>() as u64) {
        return None;
    }
    // SAFETY: inside the partition's memory, which is mapped and lies at a multiple of 2 MiB. Its other vCPUs may
    // write there at any time: the value is as good as any.
    Some(unsafe { ((partition.memory.start + offset) as *const T).read_volatile() })
}
