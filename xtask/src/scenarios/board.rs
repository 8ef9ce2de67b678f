//! `bench` with a board at a serial line, from end to end; the emulator plays the board.
//!
//! It boots the very files that `bench` writes, when `bench` says that it waits, and its serial line is a
//! pseudo-terminal.

use super::lab::{Lab, PROMPT};
use super::terminal;
use super::{Scenario, quick};
use crate::arch::Arch;
use crate::bench;
use crate::image;
use crate::process;
use crate::qemu::{Machine, Serial, Source};
use crate::trial;
use crate::workspace;
use anyhow::{Context, Error, Result, bail, ensure};
use serialport::TTYPort;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use timing_tests::bench::{Row, Unit};

/// The scenario that is measured, which has one run on each architecture.
const SCENARIO: &str = "timer";
const BOARD: &str = "an emulator that plays a board";
/// How long a silent board is waited for, in seconds.
const WAIT: &str = "20";
/// Long enough for a build that has nothing to do and for the run.
const LIMIT: Duration = Duration::from_secs(300);
const MEMORY: u64 = 2 << 30;

pub(super) fn all() -> Vec<Scenario> {
    vec![
        quick("a_board_is_measured_like_a_machine_whose_memory_can_be_read", same),
        quick("a_board_that_runs_something_else_gives_no_figures", other).only(Arch::Aarch64),
        quick("a_silent_board_is_given_up", silent).only(Arch::Aarch64),
    ]
}

/// The rows of the board are those of the emulator with the same boot line, but for the unit.
fn same(lab: &Lab, name: &str) -> Result<()> {
    let mut desk = Desk::new(lab, name, WAIT)?;
    let target = desk.target.parse().map_err(Error::msg)?;
    let memory = bench::rows(&lab.built, name, &run(lab), &target, "dump=on")?;
    let boot = desk.asked()?;
    desk.play(lab, &boot)?;
    let text = desk.end(true)?;
    let line = String::from_utf8(workspace::read(&desk.out.join("results.json"))?)?;
    let mut reading = timing_tests::bench::read(&line);
    let results = reading.runs.pop().with_context(|| format!("there are no rows:\n{text}"))?;
    ensure!(reading.errors.is_empty() && results.about.machine == BOARD, "the rows are about {:?}", results.about);
    let rows: Vec<Row> = results.rows.into_iter().map(|row| as_counted(row, &desk.target)).collect::<Result<_>>()?;
    let memory: Vec<Row> = memory.into_iter().map(|row| Row { command: String::new(), ..row }).collect();
    let differs = rows.iter().zip(&memory).find(|(one, other)| one != other);
    ensure!(differs.is_none() && rows.len() == memory.len(), "the rows differ: {differs:?}");
    ensure!(rows.len() > 3, "there are only {} rows", rows.len());
    ensure!(desk.out.join("report.html").exists(), "there is no page");
    Ok(())
}

/// A row of a board as it would be if its time were counted. It must say where it was measured, and may not claim
/// that it would repeat; what is promised of instructions is no budget of it.
fn as_counted(row: Row, target: &str) -> Result<Row> {
    ensure!(row.command.contains(&format!("--target {target} ")), "the command is {}", row.command);
    let unit = if row.unit == Unit::Ns { Unit::VirtualNs } else { row.unit };
    ensure!(!row.exact && row.unit != Unit::VirtualNs, "{} is {} {}", row.key, row.exact, row.unit);
    Ok(Row { unit, exact: true, budget: None, command: String::new(), ..row })
}

fn other(lab: &Lab, name: &str) -> Result<()> {
    let mut desk = Desk::new(lab, name, WAIT)?;
    let boot = desk.asked()?;
    desk.play(lab, &boot.replace("sched=rtds", "sched=credit2"))?;
    let text = desk.end(false)?;
    ensure!(text.contains("the board ran scheduler credit2"), "it says:\n{text}");
    ensure!(workspace::read(&desk.out.join("results.json"))?.is_empty(), "there are rows");
    Ok(())
}

fn silent(lab: &Lab, name: &str) -> Result<()> {
    let mut desk = Desk::new(lab, name, "1")?;
    desk.asked()?;
    let text = desk.end(false)?;
    ensure!(text.contains("no byte came for 1 s") && text.contains("dump=on"), "it says:\n{text}");
    Ok(())
}

fn run(lab: &Lab) -> String {
    format!("{SCENARIO}-{}-rtds", lab.built.arch.name())
}

/// Somebody at a desk with a board: the started `bench`, what it says, and the board's end of the line.
struct Desk {
    bench: Child,
    said: Receiver<String>,
    text: String,
    out: PathBuf,
    files: PathBuf,
    target: String,
    line: TTYPort,
}

impl Desk {
    fn new(lab: &Lab, name: &str, wait: &str) -> Result<Self> {
        let out = trial::folder(&format!("test/{name}"))?.join("out");
        if out.exists() {
            fs::remove_dir_all(&out).with_context(|| format!("cannot remove {}", workspace::shown(&out)))?;
        }
        let (line, device) = terminal::pair()?;
        let target = format!("serial:{device},115200");
        let mut command = Command::new(env::current_exe().context("our own program is not to be found")?);
        command.args(["bench", "--arch", lab.built.arch.name(), "--filter", &run(lab), "--board", BOARD]);
        command.args(["--target", &target, "--wait", wait, "--out"]).arg(&out).current_dir(workspace::root());
        let mut bench = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let said = lines(bench.stderr.take().context("nobody hears the verb")?);
        let files = out.join("board").join(run(lab));
        Ok(Self { bench, said, text: String::new(), out, files, target, line })
    }

    /// Waits until the board is to be booted; with which line.
    fn asked(&mut self) -> Result<String> {
        while !self.text.contains("waiting for") {
            let line = self.said.recv_timeout(LIMIT).with_context(|| format!("it never asked:\n{}", self.text))?;
            self.text += &line;
        }
        Ok(String::from_utf8(workspace::read(&self.files.join(bench::BOOT))?)?.trim().into())
    }

    /// Boots the files on the emulator and sends what it says over the line.
    fn play(&mut self, lab: &Lab, boot: &str) -> Result<()> {
        let file = |name: &str| self.files.join(name);
        let source = Source::Files {
            image: file(image::IMAGE),
            bundle: Some(file(&format!("{SCENARIO}.bundle"))),
            boot: boot.into(),
        };
        let (memory_file, serial) = (None, Serial::Plain);
        let machine = Machine {
            arch: lab.built.arch,
            source,
            cpus: 1,
            memory: MEMORY,
            memory_file,
            serial,
            counted: true,
            log: None,
        };
        let mut command = machine.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut emulator = command.spawn()?;
        let sent = relay(&mut emulator, &mut self.line);
        // It has ended, or nobody listens to it any more.
        let limit = if sent.is_ok() { PROMPT } else { Duration::ZERO };
        let status = process::wait(&mut emulator, limit)?;
        sent?;
        ensure!(status.is_some_and(|status| status.success()), "the emulator ended with {status:?}");
        Ok(())
    }

    /// Waits for the end of `bench`, which must be the one that is expected; all that it said.
    fn end(&mut self, well: bool) -> Result<String> {
        let status = process::wait(&mut self.bench, LIMIT)?;
        self.text.extend(self.said.iter());
        let Some(status) = status else { bail!("it did not end:\n{}", self.text) };
        ensure!(status.code() == Some(if well { 0 } else { 1 }), "it ended with {status}:\n{}", self.text);
        Ok(std::mem::take(&mut self.text))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // After a failure it may still be there; else this does nothing.
        let _ = process::wait(&mut self.bench, Duration::ZERO);
    }
}

fn relay(emulator: &mut Child, line: &mut TTYPort) -> Result<()> {
    let mut from = emulator.stdout.take().context("nobody hears the emulator")?;
    let (mut bytes, end) = ([0; 4096], Instant::now() + LIMIT);
    loop {
        match from.read(&mut bytes)? {
            0 => return Ok(()),
            count => terminal::send(line, &bytes[..count], end).context("nobody reads the line")?,
        }
    }
}

/// Lines as they come, until the other side has closed.
fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = mpsc::channel();
    thread::spawn(move || {
        let read = BufReader::new(from).lines();
        read.map_while(Result::ok).try_for_each(|line| to.send(line + "\n"))
    });
    lines
}
