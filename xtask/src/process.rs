//! Running other programs: output captured, time limited, failures as sentences.

use anyhow::{Context, Result, bail};
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How many lines of a failed program's output an error shows.
const SHOWN_LINES: usize = 60;
const POLL: Duration = Duration::from_millis(20);
/// Ample for anything that is not expected to hang.
pub(crate) const LONG: Duration = Duration::from_secs(3600);

/// What a program left behind.
pub(crate) struct Finished {
    /// `None` when the time limit ended it.
    pub(crate) status: Option<ExitStatus>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Finished {
    /// Whether it ended by itself with status 0.
    pub(crate) fn ok(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// The exit code, if it ended by itself and not by a signal.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status?.code()
    }
}

/// Runs a program without input, captures what it prints, ends it after `limit`.
pub(crate) fn capture(command: &mut Command, limit: Duration) -> Result<Finished> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start `{}`", name(command)))?;
    let out = drain(child.stdout.take());
    let err = drain(child.stderr.take());
    let status = wait(&mut child, limit)?;
    let text = |reader: thread::JoinHandle<String>| reader.join().unwrap_or_default();
    Ok(Finished { status, out: text(out), err: text(err) })
}

/// Like [`capture`], but anything but success is an error that shows the end of the output.
pub(crate) fn checked(command: &mut Command, limit: Duration) -> Result<Finished> {
    let finished = capture(command, limit)?;
    match finished.status {
        Some(status) if status.success() => Ok(finished),
        Some(status) => {
            let shown = last_lines(&format!("{}{}", finished.out, finished.err));
            bail!("`{}` failed ({status}):\n{shown}", line(command))
        }
        None => bail!("`{}` did not end within {} s", line(command), limit.as_secs()),
    }
}

/// Waits for a child, at most `limit`; then it is killed and the answer is `None`.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

/// The command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

/// A word as a shell needs it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn drain(from: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            // What was read before an error is what there is to show.
            let _ = from.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_hangs_is_ended() {
        let finished = capture(Command::new("sleep").arg("60"), Duration::from_millis(100));
        assert!(finished.expect("sleep starts").status.is_none());
    }

    #[test]
    fn a_failure_shows_the_command_and_its_output() {
        let error = checked(Command::new("sh").args(["-c", "echo broken >&2; exit 7"]), LONG);
        let text = format!("{:#}", error.err().expect("it failed"));
        assert!(text.contains("sh -c 'echo broken >&2; exit 7'") && text.ends_with("broken"), "{text}");
    }
}
