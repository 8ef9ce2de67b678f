//! A machine elsewhere, seen through its serial line: its console as it comes, and its trace at the end.
//!
//! Nothing is sent to the machine. Whatever it does or does not send, reading ends: when the trace is complete, when
//! the line falls silent in the middle of it, or at the time limit.

mod line;

pub(crate) use line::{Line, PREFIX};

use crate::console::Reader as Console;
use crate::trial::Outcome;
use anyhow::Result;
use std::io::{ErrorKind, Read, Write, stdout};
use std::time::{Duration, Instant};
use trace::line::{Losses, Reader};
use trace::{Recording, TraceError, Unit};

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For everything.
    pub(crate) whole: Duration,
    /// For the next byte, at any time: somebody has to boot the machine.
    pub(crate) byte: Duration,
    /// For the next byte once the trace began, whose end the line may have lost.
    pub(crate) silence: Duration,
    /// For last words behind the trace.
    pub(crate) words: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let (silence, words) = (Duration::from_secs(5), Duration::from_millis(500));
        Self { whole: Duration::from_secs(600), byte: Duration::MAX, silence, words }
    }
}

/// What came over a line.
pub(crate) struct Captured {
    /// The run, as if it had been made here.
    pub(crate) outcome: Outcome,
    /// What the line lost of its trace.
    pub(crate) losses: Losses,
}

/// Reads a line until the trace of a run is complete; `show` repeats on standard output what `console` makes of it.
pub(crate) fn capture(line: &Line, limits: Limits, console: Console, show: bool, unit: Unit) -> Result<Captured> {
    follow(&mut line.open()?, limits, console, show, unit)
}

/// Reads until the trace is complete or a limit is over. `from` gives up a single look by itself.
pub(crate) fn follow(
    from: &mut impl Read,
    limits: Limits,
    mut console: Console,
    show: bool,
    unit: Unit,
) -> Result<Captured> {
    let (mut trace, mut text) = (Reader::default(), Vec::new());
    let mut tell = |new: Vec<u8>| {
        text.extend(&new);
        if show {
            // A closed pipe must not end the capture before its trace is saved.
            let _ = stdout().write_all(&new).and_then(|()| stdout().flush());
        }
    };
    let (start, mut heard) = (Instant::now(), Instant::now());
    let mut bytes = [0; 4096];
    let timed_out = loop {
        match from.read(&mut bytes) {
            Ok(0) => break false,
            Ok(count) => {
                heard = Instant::now();
                trace.push(&bytes[..count]);
                tell(console.take(&bytes[..count]));
            }
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // The other end of a pseudo-terminal is gone, or the adapter was pulled out: what came is there.
            Err(_) => break false,
        }
        let silent = heard.elapsed();
        let over = trace.ended() && silent >= limits.words || trace.events() > 0 && silent >= limits.silence;
        if over || silent >= limits.byte || start.elapsed() >= limits.whole {
            break !over;
        }
    };
    tell(console.end());
    let (recording, losses) = split(trace.finish(unit));
    let console = String::from_utf8_lossy(&text).into_owned();
    Ok(Captured { outcome: Outcome { console, timed_out, recording, stretches: None }, losses })
}

/// A trace that did not come lost nothing that could be counted.
fn split(found: Result<(Recording, Losses), TraceError>) -> (Result<Recording, TraceError>, Losses) {
    match found {
        Ok((recording, losses)) => (Ok(recording), losses),
        Err(error) => (Err(error), Losses::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::Format;
    use std::path::Path;

    /// A line that says something and is then silent for ever.
    struct Silent(&'static [u8]);

    impl Read for Silent {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(to)? {
                0 => {
                    std::thread::sleep(Duration::from_millis(1));
                    Err(ErrorKind::TimedOut.into())
                }
                count => Ok(count),
            }
        }
    }

    fn given_up(limits: Limits) {
        let console = Console::new(Format::Plain, Path::new(""), &[]).expect("no file is needed");
        let captured = follow(&mut Silent(b"U-Boot\r\n"), limits, console, false, Unit::RealTime).expect("an end");
        assert!(captured.outcome.timed_out);
        assert_eq!(captured.outcome.console, "U-Boot\r\n");
        let error = captured.outcome.recording.expect_err("no trace");
        assert!(error.to_string().contains("dump=on"), "{error}");
    }

    #[test]
    fn a_silent_machine_is_given_up_with_a_sentence() {
        given_up(Limits { whole: Duration::from_millis(20), ..Limits::default() });
        given_up(Limits { byte: Duration::from_millis(20), ..Limits::default() });
    }
}
