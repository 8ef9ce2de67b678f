//! What a guest's load or store to an emulated device was, from the instruction itself (AMD APM volume 3, chapters 1
//! and 3): this architecture's processors do not say it.
//!
//! The forms of MOV that compilers and kernels use for registers of devices. Whoever decodes knows the address
//! already, so operands in memory only matter for the length. Pure: no memory is read here.

/// The longest instruction.
pub const LENGTH_MAX: usize = 15;

/// What kind of code the guest executes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Operands of 16 bits unless a prefix says otherwise.
    Short,
    /// Operands of 32 bits.
    Protected,
    /// 64-bit code.
    Long,
}

/// A general register: its number, and whether its second byte is meant (ah, ch, dh, bh).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Register {
    /// 0 to 15, in the processor's order: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15.
    pub number: u8,
    second: bool,
}

/// What a load or store moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// Out of, or into, a register.
    Register(Register),
    /// A constant is stored.
    Constant(u64),
}

/// One load or store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    /// A store.
    pub write: bool,
    /// Bytes in memory: 1, 2, 4 or 8.
    pub bytes: u8,
    /// What is moved.
    pub value: Value,
    /// Bytes of the instruction.
    pub length: u8,
    /// Bytes of the register that a load fills.
    filled: u8,
    signed: bool,
}

impl Access {
    /// Decodes the instruction at the start of `code`. `None`: another one, or it is cut off.
    pub fn decode(code: &[u8], mode: Mode) -> Option<Self> {
        let (mut reader, prefixes) = Reader::begin(code, mode)?;
        let wide = prefixes.operand();
        let opcode = reader.byte()?;
        let (write, bytes, filled, signed) = match opcode {
            0x88 | 0xa2 | 0xc6 => (true, 1, 1, false),
            0x89 | 0xa3 | 0xc7 => (true, wide, wide, false),
            0x8a | 0xa0 => (false, 1, 1, false),
            0x8b | 0xa1 => (false, wide, wide, false),
            0x0f => match reader.byte()? {
                0xb6 => (false, 1, wide, false),
                0xb7 => (false, 2, wide, false),
                0xbe => (false, 1, wide, true),
                0xbf => (false, 2, wide, true),
                _ => return None,
            },
            _ => return None,
        };
        let byte_register = opcode != 0x0f && bytes == 1;
        let value = match opcode {
            0xa0..=0xa3 => {
                reader.skip(prefixes.offset()?)?;
                Value::Register(Register { number: 0, second: false })
            }
            0xc6 | 0xc7 => {
                let field = reader.operand(prefixes)?;
                let constant = reader.constant(bytes.min(4))?;
                (field == 0).then_some(Value::Constant(constant))?
            }
            _ => Value::Register(prefixes.register(reader.operand(prefixes)?, byte_register)),
        };
        Some(Self { write, bytes, value, length: reader.at as u8, filled, signed })
    }

    /// What a store writes; `read` gives the value of a register.
    pub fn stored(&self, read: impl FnOnce(u8) -> u64) -> u64 {
        let value = match self.value {
            Value::Constant(constant) => constant,
            Value::Register(register) if register.second => read(register.number) >> 8,
            Value::Register(register) => read(register.number),
        };
        value & ones(self.bytes)
    }

    /// What a register that held `old` holds after a load of `value`.
    pub fn loaded(&self, old: u64, value: u64) -> u64 {
        let mut value = value & ones(self.bytes);
        if self.signed && value & (ones(self.bytes) ^ ones(self.bytes) >> 1) != 0 {
            value |= !ones(self.bytes);
        }
        match (self.filled, self.value) {
            (1, Value::Register(Register { second: true, .. })) => old & !0xff00 | value << 8,
            (bytes @ (1 | 2), _) => old & !ones(bytes) | value & ones(bytes),
            (bytes, _) => value & ones(bytes),
        }
    }
}

/// The register of a move from or to CR8, and the length of the instruction; `None` if it is another one.
pub fn priority_move(code: &[u8], mode: Mode) -> Option<(u8, u8)> {
    let (mut reader, prefixes) = Reader::begin(code, mode)?;
    if reader.byte()? != 0x0f || !matches!(reader.byte()?, 0x20 | 0x22) {
        return None;
    }
    let operands = reader.byte()?;
    Some((operands & 7 | (prefixes.rex & REX_BASE) << 3, reader.at as u8))
}

const REX_BASE: u8 = 1;
const REX_REGISTER: u8 = 4;
const REX_WIDE: u8 = 8;

const fn ones(bytes: u8) -> u64 {
    if bytes >= 8 { u64::MAX } else { (1 << (bytes * 8)) - 1 }
}

#[derive(Clone, Copy)]
struct Prefixes {
    mode: Mode,
    other_operand: bool,
    other_address: bool,
    /// 0 if there is none.
    rex: u8,
}

impl Prefixes {
    /// Bytes of an operand that is not a single byte.
    fn operand(self) -> u8 {
        match (self.mode, self.other_operand) {
            _ if self.rex & REX_WIDE != 0 => 8,
            (Mode::Short, false) | (Mode::Protected | Mode::Long, true) => 2,
            _ => 4,
        }
    }

    /// Bytes of an address that stands in the instruction; addresses of 16 bits are not understood.
    fn offset(self) -> Option<usize> {
        match (self.mode, self.other_address) {
            (Mode::Long, false) => Some(8),
            (Mode::Long, true) | (Mode::Protected, false) | (Mode::Short, true) => Some(4),
            _ => None,
        }
    }

    fn register(self, field: u8, byte: bool) -> Register {
        match byte && self.rex == 0 && field >= 4 {
            true => Register { number: field - 4, second: true },
            false => Register { number: field | (self.rex & REX_REGISTER) << 1, second: false },
        }
    }
}

struct Reader<'a> {
    code: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads the prefixes.
    fn begin(code: &'a [u8], mode: Mode) -> Option<(Self, Prefixes)> {
        let mut reader = Self { code: code.get(..LENGTH_MAX).unwrap_or(code), at: 0 };
        let mut prefixes = Prefixes { mode, other_operand: false, other_address: false, rex: 0 };
        loop {
            match reader.code.get(reader.at)? {
                0x66 => prefixes.other_operand = true,
                0x67 => prefixes.other_address = true,
                // Segments.
                0x26 | 0x2e | 0x36 | 0x3e | 0x64 | 0x65 => {}
                // LOCK, which with CR0 means CR8.
                0xf0 => {}
                rex @ 0x40..=0x4f if mode == Mode::Long => {
                    prefixes.rex = *rex;
                    reader.at += 1;
                    return Some((reader, prefixes));
                }
                _ => return Some((reader, prefixes)),
            }
            reader.at += 1;
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.code.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.at += bytes;
        (self.at <= self.code.len()).then_some(())
    }

    /// Passes an operand in memory; gives the field that names the other operand.
    fn operand(&mut self, prefixes: Prefixes) -> Option<u8> {
        prefixes.offset()?;
        let operand = self.byte()?;
        let (kind, base) = (operand >> 6, operand & 7);
        let base = if kind != 3 && base == 4 { self.byte()? & 7 } else { base };
        self.skip(match kind {
            0 if base == 5 => 4,
            0 => 0,
            1 => 1,
            2 => 4,
            _ => return None,
        })?;
        Some(operand >> 3 & 7)
    }

    /// A constant of so many bytes, its sign extended.
    fn constant(&mut self, bytes: u8) -> Option<u64> {
        let mut value = 0;
        for byte in 0..bytes {
            value |= u64::from(self.byte()?) << (8 * byte);
        }
        let unused = 64 - 8 * u32::from(bytes);
        Some(((value << unused) as i64 >> unused) as u64)
    }
}

#[cfg(test)]
mod tests;
