//! The few AArch64 instructions that matter here: branches and moves of the stack pointer.
//!
//! Encodings: Arm Architecture Reference Manual for A-profile, section C4.1. Every instruction is one word.

/// What an instruction does, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    /// A branch or call to this distance in bytes.
    Branch(i64),
    /// A call through a register.
    IndirectCall,
    /// A jump through this register.
    IndirectJump(u32),
    /// The stack pointer goes down by so many bytes.
    Push(u64),
    /// The stack pointer goes down by the value of a register.
    DynamicPush,
    /// None of these.
    Other,
}

const SP: u32 = 31;

/// Decodes one instruction.
pub(super) fn effect(word: u32) -> Effect {
    if word & 0x7c00_0000 == 0x1400_0000 {
        return Effect::Branch(signed(word & 0x03ff_ffff, 26) * 4); // B, BL
    }
    if word & 0xff00_0000 == 0x5400_0000 || word & 0x7e00_0000 == 0x3400_0000 {
        return Effect::Branch(signed(word >> 5 & 0x7_ffff, 19) * 4); // B.cond, CBZ, CBNZ
    }
    if word & 0x7e00_0000 == 0x3600_0000 {
        return Effect::Branch(signed(word >> 5 & 0x3fff, 14) * 4); // TBZ, TBNZ
    }
    match word & 0xffff_fc1f {
        0xd63f_0000 => return Effect::IndirectCall,                 // BLR
        0xd61f_0000 => return Effect::IndirectJump(word >> 5 & 31), // BR
        _ => {}
    }
    stack(word)
}

/// Moves of the stack pointer.
fn stack(word: u32) -> Effect {
    let (target, source) = (word & 31, word >> 5 & 31);
    if word & 0xff80_0000 == 0xd100_0000 && target == SP {
        let amount = u64::from(word >> 10 & 0xfff);
        return Effect::Push(if word >> 22 & 1 == 1 { amount << 12 } else { amount }); // SUB SP, Xn, #
    }
    if word & 0xffe0_0000 == 0xcb20_0000 && target == SP {
        return Effect::DynamicPush; // SUB SP, Xn, Xm
    }
    if word & 0xffc0_0000 == 0xa980_0000 && source == SP {
        return down(signed(word >> 15 & 0x7f, 7) * 8); // STP Xt, Xu, [SP, #]!
    }
    if word & 0xffe0_0c00 == 0xf800_0c00 && source == SP {
        return down(signed(word >> 12 & 0x1ff, 9)); // STR Xt, [SP, #]!
    }
    Effect::Other
}

fn down(offset: i64) -> Effect {
    if offset < 0 { Effect::Push(offset.unsigned_abs()) } else { Effect::Other }
}

/// True if the word computes this register as a sum of registers: the last step of a jump table.
pub(super) fn is_sum_into(word: u32, register: u32) -> bool {
    word & 0xff00_0000 == 0x8b00_0000 && word & 31 == register
}

/// True if the word is likely to write this register: its target field names it.
pub(super) fn may_write(word: u32, register: u32) -> bool {
    word & 31 == register && !matches!(effect(word), Effect::Branch(_))
}

fn signed(value: u32, bits: u32) -> i64 {
    let shift = 64 - bits;
    ((u64::from(value) << shift) as i64) >> shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_are_decoded() {
        assert_eq!(effect(0x9400_0002), Effect::Branch(8)); // bl .+8
        assert_eq!(effect(0x17ff_ffff), Effect::Branch(-4)); // b .-4
        assert_eq!(effect(0x5400_0040), Effect::Branch(8)); // b.eq .+8
        assert_eq!(effect(0xb400_0060), Effect::Branch(12)); // cbz x0, .+12
        assert_eq!(effect(0x3700_0040), Effect::Branch(8)); // tbnz w0, #0, .+8
        assert_eq!(effect(0xd63f_0100), Effect::IndirectCall); // blr x8
        assert_eq!(effect(0xd61f_0140), Effect::IndirectJump(10)); // br x10
        assert_eq!(effect(0xd65f_03c0), Effect::Other); // ret
    }

    #[test]
    fn moves_of_the_stack_pointer_are_decoded() {
        assert_eq!(effect(0xd101_03ff), Effect::Push(64)); // sub sp, sp, #64
        assert_eq!(effect(0xd140_07ff), Effect::Push(4096)); // sub sp, sp, #1, lsl #12
        assert_eq!(effect(0xa9be_7bfd), Effect::Push(32)); // stp x29, x30, [sp, #-32]!
        assert_eq!(effect(0xf81f_0ffe), Effect::Push(16)); // str x30, [sp, #-16]!
        assert_eq!(effect(0xcb28_63ff), Effect::DynamicPush); // sub sp, sp, x8
        assert_eq!(effect(0x9101_03ff), Effect::Other); // add sp, sp, #64
    }

    #[test]
    fn the_sum_of_a_jump_table_is_known() {
        assert!(is_sum_into(0x8b0b_094a, 10)); // add x10, x10, x11, lsl #2
        assert!(!is_sum_into(0xf940_000a, 10) && may_write(0xf940_000a, 10)); // ldr x10, [x0]
    }
}
