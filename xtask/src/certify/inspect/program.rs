//! The linked program: its functions, their instructions and frames.

use super::decode::{Effect, effect, is_sum_into, may_write};
use anyhow::{Context, Result, ensure};
use elf::ElfBytes;
use elf::abi::STT_FUNC;
use elf::endian::LittleEndian;
use std::collections::BTreeMap;

/// How far back the sum of a jump table is looked for, in instructions.
const NEAR: usize = 8;

/// A function as it is linked.
#[derive(Clone, Debug, Default)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) size: u64,
    /// Addresses outside that it branches to or calls.
    pub(super) targets: Vec<u64>,
    /// It calls or jumps through a register, and not by a jump table.
    pub(super) indirect: bool,
    /// Bytes of stack; `None` if they depend on a value.
    pub(super) frame: Option<u64>,
    /// The compiler reported the frame.
    pub(super) reported: bool,
}

/// All functions by address.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) functions: BTreeMap<u64, Function>,
    /// Every name of each; functions with the same instructions may share an address.
    pub(super) names: BTreeMap<String, u64>,
}

impl Program {
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let file = ElfBytes::<LittleEndian>::minimal_parse(bytes).context("the program is not an ELF file")?;
        let text = file.section_header_by_name(".text")?.context("the program has no code")?;
        let (code, _) = file.section_data(&text)?;
        let (symbols, names) = file.symbol_table()?.context("the program has no symbols")?;
        let sizes = match file.section_header_by_name(".stack_sizes")? {
            Some(header) => stack_sizes(file.section_data(&header)?.0),
            None => BTreeMap::new(),
        };
        ensure!(!sizes.is_empty(), "the compiler reported no stack frames");
        let mut program = Self::default();
        for symbol in symbols.iter().filter(|symbol| symbol.st_symtype() == STT_FUNC && symbol.st_size > 0) {
            let name = format!("{:#}", rustc_demangle::demangle(names.get(symbol.st_name as usize)?));
            let start = symbol.st_value.checked_sub(text.sh_addr).context("a function lies outside the code")?;
            let end = start + symbol.st_size;
            let body = code.get(start as usize..end as usize).context("a function lies outside the code")?;
            let mut function = decode(body, symbol.st_value);
            if let Some(size) = sizes.get(&symbol.st_value) {
                // The sum of all moves is too much where there are several ways; the compiler knows better, but
                // its number does not include what depends on a value.
                function.frame = function.frame.map(|_| *size);
                function.reported = true;
            }
            program.names.insert(name.clone(), symbol.st_value);
            (function.name, function.size) = (name, symbol.st_size);
            program.functions.insert(symbol.st_value, function);
        }
        Ok(program)
    }
}

/// Reads the branches and the frame out of a function's instructions.
fn decode(body: &[u8], address: u64) -> Function {
    let words: Vec<u32> =
        body.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
    let mut function = Function { frame: Some(0), ..Function::default() };
    for (index, word) in words.iter().enumerate() {
        match effect(*word) {
            Effect::Branch(distance) => {
                let target = address.wrapping_add(index as u64 * 4).wrapping_add_signed(distance);
                if !(address..address + body.len() as u64).contains(&target) || target == address {
                    function.targets.push(target);
                }
            }
            Effect::IndirectCall => function.indirect = true,
            Effect::IndirectJump(register) => function.indirect |= !is_table(&words[..index], register),
            Effect::Push(bytes) => function.frame = function.frame.map(|sum| sum + bytes),
            Effect::DynamicPush => function.frame = None,
            Effect::Other => {}
        }
    }
    function
}

/// True if the register was computed as a sum of a base and an entry shortly before.
fn is_table(before: &[u32], register: u32) -> bool {
    let near = before.iter().rev().take(NEAR);
    near.copied().find(|word| may_write(*word, register)).is_some_and(|word| is_sum_into(word, register))
}

/// The section `.stack_sizes`: an address of eight bytes and a size in LEB128, again and again.
fn stack_sizes(mut bytes: &[u8]) -> BTreeMap<u64, u64> {
    let mut sizes = BTreeMap::new();
    while let Some((address, rest)) = bytes.split_first_chunk::<8>() {
        let (mut size, mut shift, mut used) = (0u64, 0, 0);
        for byte in rest.iter().take(10) {
            size |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            (shift, used) = (shift + 7, used + 1);
            if byte & 0x80 == 0 {
                break;
            }
        }
        sizes.insert(u64::from_le_bytes(*address), size);
        bytes = rest.get(used..).unwrap_or(&[]);
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn reported_frames_are_read() {
        let section = [[0, 0, 32, 64, 0, 0, 0, 0, 0x30].as_slice(), &[4, 0, 32, 64, 0, 0, 0, 0, 0x90, 0x19]].concat();
        assert_eq!(stack_sizes(&section).into_iter().collect::<Vec<_>>(), [(0x4020_0000, 48), (0x4020_0004, 3216)]);
    }

    #[test]
    fn a_branch_inside_is_no_call_and_one_to_the_start_is() {
        // cbz x0, .+8; bl .-4 (itself); bl .+16; ret
        let function = decode(&bytes(&[0xb400_0040, 0x97ff_ffff, 0x9400_0004, 0xd65f_03c0]), 0x1000);
        assert_eq!(function.targets, [0x1000, 0x1018]);
    }

    #[test]
    fn a_jump_table_is_no_indirect_jump_and_a_loaded_address_is() {
        let table = [0x8b0b_094a, 0xd61f_0140];
        let loaded = [0x8b0b_094a, 0xf940_000a, 0xd61f_0140];
        assert!(!decode(&bytes(&table), 0).indirect && decode(&bytes(&loaded), 0).indirect);
    }
}
