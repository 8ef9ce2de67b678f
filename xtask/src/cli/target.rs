//! Where the runs of a benchmark are made, as `--target` says it.

use crate::serial::{self, Line};
use std::fmt;
use std::str::FromStr;

/// Where the runs of a benchmark are made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// The simulator, as far as it knows the guests.
    Sim,
    /// The emulator, whose time is instructions.
    Qemu,
    /// The emulator, whose time is the host's.
    QemuRealtime,
    /// A machine elsewhere, at the other end of a serial line.
    Serial(Line),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "sim" => Ok(Self::Sim),
            "qemu" => Ok(Self::Qemu),
            "qemu-realtime" => Ok(Self::QemuRealtime),
            line if line.starts_with(serial::PREFIX) => line.parse().map(Self::Serial),
            _ => Err("write sim, qemu, qemu-realtime, or for a board serial:DEVICE,BAUD".into()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sim => f.write_str("sim"),
            Self::Qemu => f.write_str("qemu"),
            Self::QemuRealtime => f.write_str("qemu-realtime"),
            Self::Serial(line) => line.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_written_as_it_is_read() {
        for text in ["sim", "qemu", "qemu-realtime", "serial:/dev/ttyUSB0,115200"] {
            assert_eq!(text.parse::<Target>().map(|target| target.to_string()), Ok(text.into()));
        }
    }

    #[test]
    fn what_is_no_target_is_refused_with_those_there_are() {
        let refused = |text: &str| text.parse::<Target>().expect_err(text);
        assert!(refused("kvm").contains("sim, qemu, qemu-realtime, or for a board serial:DEVICE,BAUD"));
        assert!(refused("serial:/dev/ttyUSB0,fast").contains("`fast`"));
    }
}
