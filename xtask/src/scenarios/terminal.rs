//! A pseudo-terminal in place of a serial adapter.

use anyhow::{Context, Result};
use serialport::{SerialPort, TTYPort};
use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant};

/// How long one attempt to write may take.
const ATTEMPT: Duration = Duration::from_millis(100);

/// The end that a machine writes to, and the device at the other one.
pub(super) fn pair() -> Result<(TTYPort, String)> {
    let (mut near, far) = TTYPort::pair().context("there is no pseudo-terminal to be had")?;
    near.set_timeout(ATTEMPT)?;
    // Whoever reads opens the device for itself alone, so this end of it is closed.
    let device = far.name().context("the pseudo-terminal has no name")?;
    Ok((near, device))
}

/// Sends everything, unless the other side has stopped reading and `end` comes first.
pub(super) fn send(to: &mut TTYPort, mut bytes: &[u8], end: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::TimedOut && Instant::now() < end => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
