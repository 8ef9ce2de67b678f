//! Why a guest was left, as far as the processor says it.

use super::line::Line;
use std::fmt::{self, Display};

/// Device pages are told apart by their address.
const PAGE: u64 = !0xfff;

/// What a stretch with interrupts masked began with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) enum Reason {
    /// The pCPU woke up after it had nothing to run.
    Woken,
    /// It looked for interrupts and there was none.
    Looked,
    /// An interrupt came while a guest ran.
    Interrupt,
    /// An exception of AArch64 with its class, and whether the lowest bit or the one of a write is set.
    Exception(u8, bool),
    /// An access to a page without memory: whether it writes, and the page.
    Access(bool, u64),
    /// An exit of x86-64 with its code.
    Exit(u64),
    /// A port of x86-64: whether it is written, and its number.
    Port(bool, u16),
    /// The log does not say.
    Unknown,
}

/// Gathers what several lines say about one exit.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Said {
    interrupt: bool,
    syndrome: Option<u64>,
    address: Option<u64>,
    exit: Option<(u64, u64, u64)>,
}

const CALL: u8 = 0x16;
const SECURE_CALL: u8 = 0x17;
const SYSTEM_REGISTER: u8 = 0x18;
const WAIT_FOR: u8 = 0x01;
const FLOATING_POINT: u8 = 0x07;
const FETCH: u8 = 0x20;
const DATA: u8 = 0x24;
const WRITES: u64 = 1 << 6;

const INTERRUPT: u64 = 0x60;
const PORT: u64 = 0x7b;
const NESTED_FAULT: u64 = 0x400;

impl Said {
    /// Takes note of a line.
    pub(super) fn hear(&mut self, line: Line) {
        match line {
            Line::Exception(_, interrupt) => *self = Self { interrupt, ..Self::default() },
            Line::Syndrome(word) => self.syndrome = Some(word),
            Line::Address(address) => self.address = Some(address),
            Line::Exit(code, first, second) => *self = Self { exit: Some((code, first, second)), ..Self::default() },
            _ => {}
        }
    }

    /// What it was.
    pub(super) fn reason(self) -> Reason {
        if self.interrupt {
            return Reason::Interrupt;
        }
        match (self.syndrome, self.exit) {
            (Some(syndrome), _) => exception(syndrome, self.address),
            (_, Some((INTERRUPT, ..))) => Reason::Interrupt,
            (_, Some((PORT, first, _))) => Reason::Port(first & 1 == 0, (first >> 16) as u16),
            (_, Some((NESTED_FAULT, first, second))) => Reason::Access(first & 2 != 0, second & PAGE),
            (_, Some((code, ..))) => Reason::Exit(code),
            (None, None) => Reason::Unknown,
        }
    }
}

fn exception(syndrome: u64, address: Option<u64>) -> Reason {
    match ((syndrome >> 26 & 0x3f) as u8, address) {
        (DATA, Some(address)) => Reason::Access(syndrome & WRITES != 0, address & PAGE),
        (SYSTEM_REGISTER | WAIT_FOR, _) => Reason::Exception((syndrome >> 26) as u8, syndrome & 1 != 0),
        (class, _) => Reason::Exception(class, false),
    }
}

impl Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deed = |write: bool| if write { "write to" } else { "read of" };
        match *self {
            Self::Woken => out.write_str("woken"),
            Self::Looked => out.write_str("after a look for interrupts"),
            Self::Interrupt => out.write_str("interrupt"),
            Self::Exception(CALL, _) => out.write_str("HVC"),
            Self::Exception(SECURE_CALL, _) => out.write_str("SMC"),
            Self::Exception(SYSTEM_REGISTER, read) => write!(out, "{} a system register", deed(!read)),
            Self::Exception(WAIT_FOR, event) => out.write_str(if event { "WFE" } else { "WFI" }),
            Self::Exception(FLOATING_POINT, _) => out.write_str("first use of floating point"),
            Self::Exception(FETCH, _) => out.write_str("fetch without memory"),
            Self::Exception(class, _) => write!(out, "exception of class {class:#x}"),
            Self::Access(write, page) => write!(out, "{} the page at {page:#x}", deed(write)),
            Self::Port(write, port) => write!(out, "{} port {port:#x}", deed(write)),
            Self::Exit(0x81) => out.write_str("VMMCALL"),
            Self::Exit(0x78) => out.write_str("HLT"),
            Self::Exit(0x72) => out.write_str("CPUID"),
            Self::Exit(0x7c) => out.write_str("access to a model-specific register"),
            Self::Exit(0x64) => out.write_str("window for an interrupt"),
            Self::Exit(0x7f) => out.write_str("shutdown"),
            Self::Exit(code) => write!(out, "exit {code:#x}"),
            Self::Unknown => out.write_str("entry"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[Line]) -> String {
        let mut said = Said::default();
        lines.iter().for_each(|line| said.hear(*line));
        said.reason().to_string()
    }

    #[test]
    fn an_access_is_told_by_its_page() {
        let lines = [Line::Exception(0, false), Line::Syndrome(0x9385_0046), Line::Address(0x800_0100)];
        assert_eq!(of(&lines), "write to the page at 0x8000000");
        assert_eq!(of(&[Line::Exit(0x400, 0x1_0000_0004, 0xfee0_0080)]), "read of the page at 0xfee00000");
    }

    #[test]
    fn what_was_said_of_an_exit_does_not_last() {
        let lines = [
            Line::Exception(0, false),
            Line::Syndrome(0x9385_0046),
            Line::Address(0x800_0100),
            Line::Exception(0, false),
        ];
        let interrupt = [Line::Exception(0, true), Line::Syndrome(0x9385_0046)];
        assert_eq!(of(&[&lines[..], &interrupt].concat()), "interrupt");
        assert_eq!(of(&[&lines[..], &[Line::Syndrome(0x5a00_0000)]].concat()), "HVC");
    }

    #[test]
    fn exits_of_a_pc_have_names() {
        assert_eq!(of(&[Line::Exit(0x60, 0, 0)]), "interrupt");
        assert_eq!(of(&[Line::Exit(0x81, 0, 0)]), "VMMCALL");
        assert_eq!(of(&[Line::Exit(0x7b, 0x3fd_0011, 0)]), "read of port 0x3fd");
        assert_eq!(of(&[]), "entry");
    }
}
