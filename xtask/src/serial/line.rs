//! A serial line by its name and speed.

use anyhow::{Context, Result};
use std::fmt;
use std::io::Read;
use std::str::FromStr;
use std::time::Duration;

/// How long one look at the line may take.
const LOOK: Duration = Duration::from_millis(100);
/// How the text of a line begins.
pub(crate) const PREFIX: &str = "serial:";
/// A line that would be understood.
const EXAMPLE: &str = "write device and speed, for example serial:/dev/ttyUSB0,115200";

/// A serial line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Line {
    /// The device.
    pub(crate) device: String,
    /// Its speed in bits per second.
    pub(crate) baud: u32,
}

impl FromStr for Line {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix(PREFIX).ok_or_else(|| format!("a line begins with `{PREFIX}`; {EXAMPLE}"))?;
        let (device, baud) = rest.rsplit_once(',').ok_or_else(|| format!("the speed is missing; {EXAMPLE}"))?;
        if device.is_empty() {
            return Err(format!("the device is missing; {EXAMPLE}"));
        }
        let speed = baud.parse().ok().filter(|speed| *speed > 0);
        let baud = speed.ok_or_else(|| format!("`{baud}` is no speed in bits per second; {EXAMPLE}"))?;
        Ok(Self { device: device.into(), baud })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{},{}", self.device, self.baud)
    }
}

impl Line {
    /// Opens a line for nobody else, as bytes without any meaning to the terminal driver.
    pub(crate) fn open(&self) -> Result<impl Read + use<>> {
        let port = serialport::new(&self.device, self.baud).timeout(LOOK);
        port.open_native().with_context(|| {
            format!("cannot open {self}; is the adapter plugged in, may you use it, and does nobody else (a terminal program)?")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAUD: u32 = 115_200;

    #[test]
    fn a_line_is_a_device_and_a_speed() {
        let line: Line = "serial:/dev/ttyUSB0,115200".parse().expect("a line");
        assert_eq!(line, Line { device: "/dev/ttyUSB0".into(), baud: BAUD });
        assert_eq!(line.to_string().parse(), Ok(line));
    }

    #[test]
    fn what_is_no_line_is_refused_with_what_is_wrong_and_an_example() {
        for (wrong, said) in [
            ("/dev/ttyUSB0,115200", "begins with `serial:`"),
            ("serial:/dev/ttyUSB0", "the speed is missing"),
            ("serial:,9600", "the device is missing"),
            ("serial:tty,0", "`0` is no speed"),
            ("serial:tty,fast", "`fast` is no speed in bits per second"),
        ] {
            let sentence = wrong.parse::<Line>().expect_err(wrong);
            assert!(sentence.contains(said) && sentence.ends_with(EXAMPLE), "{sentence}");
        }
    }

    #[test]
    fn a_device_that_is_not_there_is_named_with_a_remedy() {
        let line = Line { device: "/dev/nowhere".into(), baud: BAUD };
        let sentence = format!("{:#}", line.open().err().expect("there is none"));
        assert!(sentence.contains("serial:/dev/nowhere,115200") && sentence.contains("plugged in"), "{sentence}");
    }
}
