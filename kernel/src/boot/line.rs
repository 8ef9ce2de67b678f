//! The boot line: `sched=NAME stop=DURATION console=plain|frames trace=SIZE|off input=on|off dump=on|off`.
//!
//! Whoever wrote it must learn of every mistake, so nothing unknown is skipped.

use core::fmt;

/// What the boot line says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Line<'a> {
    /// The scheduler of the first pool, instead of the plan's.
    pub scheduler: Option<&'a str>,
    /// When the system stops, ns since the epoch.
    pub stop: Option<u64>,
    /// The console carries frames for our tools instead of plain text.
    pub frames: bool,
    /// What is typed on the console goes to the partitions.
    pub input: bool,
    /// At the end the trace goes over the console, for a machine whose memory nobody can read.
    pub dump: bool,
    /// Memory for the trace in bytes, instead of the plan's.
    pub trace: Option<u64>,
}

/// A mistake in the boot line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mistake<'a> {
    /// Nobody knows this parameter.
    Unknown(&'a str),
    /// The parameter has no such value.
    Value {
        /// The parameter.
        name: &'static str,
        /// The value.
        value: &'a str,
        /// What would be right.
        wanted: &'static str,
    },
    /// The parameter stands there twice.
    Twice(&'static str),
}

impl fmt::Display for Mistake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(word) => {
                write!(
                    f,
                    "the boot line has the unknown parameter `{word}`; known are sched=, stop=, console=, trace=, input= and dump="
                )
            }
            Self::Value { name, value, wanted } => {
                write!(f, "the boot parameter {name}= has the value `{value}`, which should be {wanted}")
            }
            Self::Twice(name) => write!(f, "the boot parameter {name}= stands there twice; leave one away"),
        }
    }
}

/// A parameter: its name, what its values are, and what a value does; `None` for a wrong one.
struct Parameter {
    name: &'static str,
    wanted: &'static str,
    set: for<'a> fn(&mut Line<'a>, &'a str) -> Option<()>,
}

const fn parameter(
    name: &'static str,
    wanted: &'static str,
    set: for<'a> fn(&mut Line<'a>, &'a str) -> Option<()>,
) -> Parameter {
    Parameter { name, wanted, set }
}

static PARAMETERS: [Parameter; 6] = [
    parameter("sched", "a scheduler", |line, value| {
        line.scheduler = Some(value);
        Some(())
    }),
    parameter("stop", "a duration such as 2s, 500ms or 250us", |line, value| {
        line.stop = Some(duration(value)?);
        Some(())
    }),
    parameter("console", "plain or frames", |line, value| choose(&mut line.frames, value, ["plain", "frames"])),
    parameter("trace", "a size such as 64MiB, or off", |line, value| {
        line.trace = Some(size(value)?);
        Some(())
    }),
    parameter("input", "on or off", |line, value| choose(&mut line.input, value, ["off", "on"])),
    parameter("dump", "on or off", |line, value| choose(&mut line.dump, value, ["off", "on"])),
];

/// Reads a boot line.
pub fn parse(text: &str) -> Result<Line<'_>, Mistake<'_>> {
    let mut line = Line::default();
    let mut seen = 0_u32;
    for word in text.split_ascii_whitespace() {
        let (name, value) = word.split_once('=').ok_or(Mistake::Unknown(word))?;
        let mut known = (0_u32..).zip(&PARAMETERS);
        let (bit, parameter) = known.find(|(_, known)| known.name == name).ok_or(Mistake::Unknown(word))?;
        let Parameter { name, wanted, set } = *parameter;
        if seen & 1 << bit != 0 {
            return Err(Mistake::Twice(name));
        }
        seen |= 1 << bit;
        set(&mut line, value).ok_or(Mistake::Value { name, value, wanted })?;
    }
    Ok(line)
}

/// Sets `place` if `value` is the second of two words.
#[inline(never)]
fn choose(place: &mut bool, value: &str, [no, yes]: [&str; 2]) -> Option<()> {
    *place = value == yes;
    (*place || value == no).then_some(())
}

/// A number and the unit behind it.
fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit))
}

fn duration(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let nanos = match unit {
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" => 1_000,
        "ns" => 1,
        _ => return None,
    };
    number.checked_mul(nanos).filter(|stop| *stop > 0)
}

fn size(text: &str) -> Option<u64> {
    if text == "off" {
        return Some(0);
    }
    let (number, unit) = split(text)?;
    let bytes = match unit {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn every_parameter_is_read() {
        let line = parse("  sched=rtds stop=1500ms console=frames trace=8MiB input=on dump=on ").unwrap();
        assert_eq!(
            line,
            Line {
                scheduler: Some("rtds"),
                stop: Some(1_500_000_000),
                frames: true,
                input: true,
                dump: true,
                trace: Some(8 << 20)
            }
        );
        assert_eq!(parse("").unwrap(), Line::default());
        assert_eq!(parse("trace=off").unwrap().trace, Some(0));
    }

    #[test]
    fn every_mistake_is_named() {
        for (text, sentence) in [
            ("quiet", "unknown parameter `quiet`"),
            ("shed=rtds", "unknown parameter `shed=rtds`"),
            ("stop=2", "stop= has the value `2`"),
            ("stop=0s", "stop= has the value `0s`"),
            ("stop=99999999999999999s", "stop="),
            ("console=loud", "plain or frames"),
            ("trace=1MB", "trace="),
            ("input=yes", "on or off"),
            ("dump=serial", "dump= has the value `serial`, which should be on or off"),
            ("sched=rtds sched=null", "sched= stands there twice"),
        ] {
            let mistake = parse(text).unwrap_err();
            assert!(format!("{mistake}").contains(sentence), "{mistake}");
        }
    }
}
