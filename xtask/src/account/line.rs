//! The lines of the emulator's log (QEMU 7.2: `-d exec,nochain,in_asm,int`): blocks as they are translated, blocks as they
//! are executed, what was taken back, and why a guest was left.

/// What a line says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Line {
    /// A translated block follows, one line for each instruction.
    Block,
    /// An instruction of the block.
    Instruction(u64),
    /// A block is executed; of what was translated just before, this is the first time.
    Executed(Executed),
    /// The block that was executed last was not, because there was an interrupt or time had come.
    Stopped,
    /// The block that was executed last ended in front of this instruction, which is executed once more.
    Rewound(u64),
    /// An exception was taken on a pCPU (AArch64); and whether it is an interrupt, whose syndrome means nothing.
    Exception(u32, bool),
    /// Its syndrome.
    Syndrome(u64),
    /// The address that it is about.
    Address(u64),
    /// A guest was left (x86-64): why, with its two words of information.
    Exit(u64, u64, u64),
    /// Nothing of interest.
    Other,
}

/// A block that is executed. The same address may begin blocks of several lengths.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Executed {
    /// The pCPU.
    pub(super) cpu: u32,
    /// Address, state and way of translation.
    pub(super) block: (u64, u32, u32),
}

impl Line {
    /// Understands a line without its feed.
    pub(super) fn parse(line: &[u8]) -> Self {
        let known = match line {
            [b'T', b'r', ..] => executed(line),
            [b'0', b'x', rest @ ..] => instruction(rest),
            [b'I', b'N', b':', ..] => Some(Self::Block),
            [b'S', b't', b'o', b'p', ..] => Some(Self::Stopped),
            [b'c', b'p', b'u', ..] => after(line, b"execution of TB to ").and_then(hex).map(Self::Rewound),
            [b'T', b'a', b'k', ..] => exception(line),
            [b'.', b'.', b'.', ..] => detail(line),
            [b'v', b'm', b'e', b'x', ..] => exit(line),
            _ => None,
        };
        known.unwrap_or(Self::Other)
    }
}

/// `Trace 0: 0x7f4add52b080 [0000000000000000/0000000000200018/000000b0/ff020200] name`
fn executed(line: &[u8]) -> Option<Line> {
    let cpu = decimal(line.strip_prefix(b"Trace ")?)?;
    let mut words = after(line, b"[")?.split(|byte| *byte == b'/').skip(1);
    let address = hex(words.next()?)?;
    let [state, how] = [hex(words.next()?)?, hex(words.next()?)?].map(|word| word as u32);
    Some(Line::Executed(Executed { cpu, block: (address, state, how) }))
}

/// `0x0020001a:  bc 00 a1 25 00           movl     $0x25a100, %esp`: what has only bytes goes on with the one before.
fn instruction(rest: &[u8]) -> Option<Line> {
    let is_byte = |word: &[u8]| word.len() == 2 && word.iter().all(u8::is_ascii_hexdigit);
    let mut words = after(rest, b":")?.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    if words.all(is_byte) { None } else { hex(rest).map(Line::Instruction) }
}

/// `Taking exception 5 [IRQ] on CPU 0`
fn exception(line: &[u8]) -> Option<Line> {
    let cpu = after(line, b" on CPU ").and_then(decimal)?;
    Some(Line::Exception(cpu, after(line, b"[").is_some_and(|name| name.starts_with(b"IRQ]"))))
}

/// `...with ESR 0x16/0x5a000000`, `...with FAR 0x8000004`
fn detail(line: &[u8]) -> Option<Line> {
    if let Some(rest) = after(line, b"with ESR ") {
        return after(rest, b"/0x").and_then(hex).map(Line::Syndrome);
    }
    after(line, b"with FAR 0x").and_then(hex).map(Line::Address)
}

/// `vmexit(00000081, 0000000000000000, 0000000000000000, 0000000040002e0f)!`
fn exit(line: &[u8]) -> Option<Line> {
    let mut words = line.strip_prefix(b"vmexit(")?.split(|byte| *byte == b',');
    let mut word = || hex(words.next()?.trim_ascii_start());
    Some(Line::Exit(word()?, word()?, word()?))
}

fn after<'a>(line: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = line.windows(mark.len()).position(|window| window == mark)?;
    line.get(at + mark.len()..)
}

fn hex(text: &[u8]) -> Option<u64> {
    number(text, 16)
}

fn decimal(text: &[u8]) -> Option<u32> {
    number(text, 10)?.try_into().ok()
}

/// The number that a text begins with.
fn number(text: &[u8], base: u32) -> Option<u64> {
    let length = text.iter().take_while(|byte| char::from(**byte).is_digit(base)).count();
    let digits = str::from_utf8(text.get(..length)?).ok()?;
    u64::from_str_radix(digits, base).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Line {
        Line::parse(text.as_bytes())
    }

    #[test]
    fn a_block_is_known_by_address_state_and_way() {
        let line = "Trace 3: 0x7f4add52b080 [0000000000000000/0000000000200018/000000b0/ff020200] _start";
        assert_eq!(said(line), Line::Executed(Executed { cpu: 3, block: (0x20_0018, 0xb0, 0xff02_0200) }));
    }

    #[test]
    fn bytes_alone_are_no_instruction() {
        assert_eq!(
            said("0x00200059:  c7 81 04 60 25 00 00 00  movl     $0, 0x256004(%ecx)"),
            Line::Instruction(0x20_0059)
        );
        assert_eq!(said("0x00200061:  00 00"), Line::Other);
        assert_eq!(said("0x40200000:  14000010  b        #0x40200040"), Line::Instruction(0x4020_0000));
        assert_eq!(said("0x00200018:  fa                       cli"), Line::Instruction(0x20_0018));
    }

    #[test]
    fn what_is_taken_back_is_noticed() {
        let stopped = "Stopped execution of TB chain before 0x7f4add558100 [000000000022e920] name";
        assert_eq!(said(stopped), Line::Stopped);
        let rewound = "cpu_io_recompile: rewound execution of TB to 000000004020d530";
        assert_eq!(said(rewound), Line::Rewound(0x4020_d530));
    }

    #[test]
    fn the_reason_of_an_exit_is_read() {
        assert_eq!(said("Taking exception 11 [Hypervisor Call] on CPU 1"), Line::Exception(1, false));
        assert_eq!(said("Taking exception 5 [IRQ] on CPU 0"), Line::Exception(0, true));
        assert_eq!(said("...with ESR 0x16/0x5a000000"), Line::Syndrome(0x5a00_0000));
        assert_eq!(said("...with FAR 0x8000004"), Line::Address(0x800_0004));
        assert_eq!(
            said("vmexit(00000081, 0000000000000000, 00000000000000ff, 0000000040002e0f)!"),
            Line::Exit(0x81, 0, 0xff)
        );
    }

    #[test]
    fn noise_says_nothing() {
        for text in ["", "Trace ", "Trace x: [0/1/2]", "0x", "cpu_io_recompile", "...", "vmexit(", "Taking exception"] {
            assert_eq!(said(text), Line::Other, "{text}");
        }
    }
}
