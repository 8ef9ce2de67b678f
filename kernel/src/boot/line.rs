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

/// Reads a boot line.
pub fn parse(text: &str) -> Result<Line<'_>, Mistake<'_>> {
    let mut line = Line::default();
    let (mut console, mut input, mut dump) = (None, None, None);
    for word in text.split_ascii_whitespace() {
        let (name, value) = word.split_once('=').ok_or(Mistake::Unknown(word))?;
        match name {
            "sched" => once(&mut line.scheduler, "sched", value)?,
            "stop" => {
                let stop = duration(value).ok_or(wrong("stop", value, "a duration such as 2s, 500ms or 250us"))?;
                once(&mut line.stop, "stop", stop)?;
            }
            "console" => {
                let frames = match value {
                    "plain" => false,
                    "frames" => true,
                    _ => return Err(wrong("console", value, "plain or frames")),
                };
                once(&mut console, "console", frames)?;
            }
            "input" => switch(&mut input, "input", value)?,
            "dump" => switch(&mut dump, "dump", value)?,
            "trace" => {
                let bytes = size(value).ok_or(wrong("trace", value, "a size such as 64MiB, or off"))?;
                once(&mut line.trace, "trace", bytes)?;
            }
            _ => return Err(Mistake::Unknown(word)),
        }
    }
    line.frames = console.unwrap_or(false);
    line.input = input.unwrap_or(false);
    line.dump = dump.unwrap_or(false);
    Ok(line)
}

#[inline(never)]
fn once<'a, T>(place: &mut Option<T>, name: &'static str, value: T) -> Result<(), Mistake<'a>> {
    if place.replace(value).is_some() { Err(Mistake::Twice(name)) } else { Ok(()) }
}

#[inline(never)]
fn switch<'a>(place: &mut Option<bool>, name: &'static str, value: &'a str) -> Result<(), Mistake<'a>> {
    let on = value == "on";
    if !on && value != "off" {
        return Err(wrong(name, value, "on or off"));
    }
    once(place, name, on)
}

#[cold]
#[inline(never)]
fn wrong<'a>(name: &'static str, value: &'a str, wanted: &'static str) -> Mistake<'a> {
    Mistake::Value { name, value, wanted }
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
