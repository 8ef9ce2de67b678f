//! Starting the emulator, showing its console while it runs, and ending it when it takes too long.

use crate::account::{self, Image, Stretches};
use crate::arch::Arch;
use crate::console::Reader;
use crate::process;
use crate::qemu::{Machine, Serial};
use crate::setup;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io::{Read, Write, stdout};
use std::process::{Child, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(15);

/// How a run of the emulator ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` when the time limit ended it.
    pub(crate) status: Option<ExitStatus>,
    /// All that came over the serial line, as text.
    pub(crate) console: String,
    /// What its log of executed code says, if it wrote one.
    pub(crate) stretches: Option<Stretches>,
}

/// Runs a machine whose serial line goes to a file; `show` repeats on standard output what `reader` makes of it. What it
/// logs is understood with the help of `image`.
pub(crate) fn run(
    machine: &Machine,
    limit: Duration,
    show: bool,
    reader: Reader,
    image: Option<&Image>,
) -> Result<Ended> {
    setup::emulator(machine.arch)?;
    let Serial::File(log) = &machine.serial else { bail!("only a serial line that goes to a file can be watched") };
    File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = machine.command();
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    if image.is_some() {
        command.stdout(Stdio::piped());
    }
    let mut child = command.spawn().with_context(|| format!("cannot start {}", machine.arch.emulator()))?;
    let mut screen = Screen { log: File::open(log)?, show, reader, text: Vec::new() };
    let log = image.and_then(|image| Some((image, child.stdout.take()?)));
    let (status, stretches) = thread::scope(|scope| {
        let listener = log.map(|(image, out)| scope.spawn(|| account::listen(image, out)));
        let status = follow(&mut child, limit, &mut screen)?;
        let heard = listener.map(|listener| listener.join().unwrap_or_else(|_| bail!("the log's reader failed")));
        anyhow::Ok((status, heard.transpose()?))
    })?;
    screen.catch_up()?;
    screen.end();
    complain(&mut child, status, machine.arch)?;
    Ok(Ended { status, console: String::from_utf8_lossy(&screen.text).into_owned(), stretches })
}

/// Runs a machine on the terminal until it or the user ends it.
pub(crate) fn interact(machine: &Machine) -> Result<Ended> {
    setup::emulator(machine.arch)?;
    let Serial::Terminal(log) = &machine.serial else { bail!("only a serial line on the terminal can be typed on") };
    eprintln!(
        "The keyboard belongs to the first partition; Ctrl-T gives it to the next one, Ctrl-A X ends the machine."
    );
    let status = machine.command().status().with_context(|| format!("cannot start {}", machine.arch.emulator()))?;
    let bytes = fs::read(log).with_context(|| format!("cannot read {}", log.display()))?;
    Ok(Ended { status: Some(status), console: String::from_utf8_lossy(&bytes).into_owned(), stretches: None })
}

fn follow(child: &mut Child, limit: Duration, screen: &mut Screen) -> Result<Option<ExitStatus>> {
    let end = Instant::now() + limit;
    loop {
        let status = child.try_wait()?;
        screen.catch_up()?;
        if status.is_some() {
            return Ok(status);
        }
        if Instant::now() >= end {
            return process::wait(child, Duration::ZERO);
        }
        thread::sleep(POLL);
    }
}

/// The emulator's own complaints are errors of the run.
fn complain(child: &mut Child, status: Option<ExitStatus>, arch: Arch) -> Result<()> {
    let mut text = String::new();
    if let Some(mut from) = child.stderr.take() {
        from.read_to_string(&mut text)?;
    }
    match status {
        Some(status) if !status.success() => bail!("{} failed ({status}): {}", arch.emulator(), text.trim()),
        _ => Ok(()),
    }
}

/// Repeats what is new in the log.
struct Screen {
    log: File,
    show: bool,
    reader: Reader,
    text: Vec<u8>,
}

impl Screen {
    fn catch_up(&mut self) -> Result<()> {
        let mut new = Vec::new();
        self.log.read_to_end(&mut new)?;
        let new = self.reader.take(&new);
        self.add(&new);
        Ok(())
    }

    fn end(&mut self) {
        let rest = self.reader.end();
        self.add(&rest);
    }

    fn add(&mut self, new: &[u8]) {
        self.text.extend(new);
        if self.show {
            // A closed pipe (`| head`) must not end the run before its trace is saved.
            let _ = stdout().write_all(new).and_then(|()| stdout().flush());
        }
    }
}
