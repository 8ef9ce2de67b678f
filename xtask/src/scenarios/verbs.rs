//! The verbs tell failure from success, by text and by exit status.

use super::lab::{Lab, PROMPT};
use super::{Scenario, quick};
use crate::arch::Arch;
use crate::process::{self, Finished};
use crate::trial;
use crate::workspace;
use anyhow::{Context, Result, ensure};
use std::env;
use std::path::PathBuf;
use std::process::Command;
use trace::{Event, Recording};

/// The kind of a choice among the recorded calls.
const PICK: u8 = trace::event::Kind::Pick as u8;

pub(super) fn all() -> Vec<Scenario> {
    let on_the_host = [
        quick("check_tells_all_errors_with_their_places", errors),
        quick("sim_is_judged_and_can_be_replayed", simulation),
        quick("draw_writes_a_picture_of_what_is_known", drawing),
    ];
    // These boot nothing: once is enough.
    let mut list: Vec<Scenario> = on_the_host.into_iter().map(|one| one.only(Arch::Aarch64)).collect();
    list.push(quick("run_fails_when_an_expectation_is_broken", expectation));
    list.push(quick("replay_finds_a_difference_and_a_gap", replay));
    list
}

/// Runs this program once more.
pub(super) fn ourselves(arguments: &[&str]) -> Result<Finished> {
    let program = env::current_exe().context("our own program is not to be found")?;
    process::capture(Command::new(program).args(arguments).current_dir(workspace::root()), PROMPT)
}

fn errors(_: &Lab, name: &str) -> Result<()> {
    let file = trial::folder(&format!("test/{name}"))?.join("broken.toml");
    let text = "[system]\nname = \"x\"\ncolour = 1\n\n[[pool]]\nname = \"main\"\ncpus = [0]\nscheduler = \"rtd\"\n";
    workspace::write(&file, text.as_bytes())?;
    let finished = ourselves(&["check", &file.to_string_lossy()])?;
    ensure!(finished.code() == Some(1), "the exit status is {:?}", finished.code());
    for word in ["colour", ":3:", "rtd", ":8:", "rtds"] {
        ensure!(finished.err.contains(word), "the text lacks `{word}`:\n{}", finished.err);
    }
    Ok(())
}

/// A hog never switches itself off, so it cannot have ended so.
fn impossible(name: &str) -> Result<PathBuf> {
    let file = trial::folder(&format!("test/{name}"))?.join("impossible.toml");
    let text = "[system]\nname = \"x\"\n\n[[pool]]\nname = \"main\"\ncpus = [0]\nscheduler = \"rtds\"\n\n[[partition]]\n\
                name = \"hog\"\nimage = \"guests/hog\"\nmemory = \"4MiB\"\nexpect = { end = \"poweroff\" }\n";
    workspace::write(&file, text.as_bytes())?;
    Ok(file)
}

/// A run says that an expectation is broken, in the table and by its status.
fn broken(arguments: &[&str]) -> Result<()> {
    let finished = ourselves(&[arguments, &["--seconds", "0.01"]].concat())?;
    ensure!(finished.code() == Some(1), "the exit status is {:?}:\n{}", finished.code(), finished.err);
    ensure!(finished.out.contains("BROKEN"), "the table does not show it:\n{}", finished.out);
    Ok(())
}

fn expectation(lab: &Lab, name: &str) -> Result<()> {
    broken(&["run", "--arch", lab.built.arch.name(), "--config", &impossible(name)?.to_string_lossy()])
}

fn simulation(_: &Lab, name: &str) -> Result<()> {
    broken(&["sim", &impossible(name)?.to_string_lossy()])?;
    let trace = trial::folder(&format!("test/{name}"))?.join("demo.mft");
    let trace = trace.to_string_lossy();
    let costs = "decision=1us,switch=2us,timer=0..20us";
    for arguments in [&["sim", "configs/demo.toml", "--costs", costs, "--trace", &trace][..], &["replay", &trace]] {
        let finished = ourselves(arguments)?;
        ensure!(finished.code() == Some(0), "{arguments:?} gave {:?}:\n{}", finished.code(), finished.err);
    }
    Ok(())
}

/// A picture of a simulated run; beyond its end there is nothing to draw, and nothing is written.
fn drawing(_: &Lab, name: &str) -> Result<()> {
    let folder = trial::folder(&format!("test/{name}"))?;
    let [trace, picture, none] =
        ["demo.mft", "demo.svg", "none.svg"].map(|file| folder.join(file).to_string_lossy().into_owned());
    let simulated = ourselves(&["sim", "configs/demo.toml", "--seconds", "0.05", "--trace", &trace])?;
    ensure!(simulated.ok(), "the simulation failed:\n{}", simulated.err);
    let drawn = ourselves(&["draw", &trace, "--out", &picture, "--from", "10ms", "--to", "12ms"])?;
    ensure!(drawn.ok(), "nothing was drawn:\n{}", drawn.err);
    let text = String::from_utf8(workspace::read(picture.as_ref())?)?;
    for said in ["demo, 10 ms to 12 ms", ">pool main under rtds<", ">slow<", "virtual ns (simulated)"] {
        ensure!(text.contains(said), "`{said}` is missing in\n{text}");
    }
    let refused = ourselves(&["draw", &trace, "--out", &none, "--from", "50ms"])?;
    ensure!(refused.code() == Some(1), "the exit status is {:?}", refused.code());
    ensure!(refused.err.contains("lacks events at 50 ms, or the run was over"), "it says:\n{}", refused.err);
    ensure!(!PathBuf::from(none).exists(), "an empty picture was written");
    Ok(())
}

/// A whole trace, one with a changed answer, and one that lacks a call.
fn replay(lab: &Lab, name: &str) -> Result<()> {
    let done = lab.run(name, "demo", Some("rtds"), 50)?;
    let (recording, plan) = trace::load(&mut done.trace.as_slice())?;
    let mut changed = recording.clone();
    let choice = nth_pick(&mut changed).context("the trace has no choices")?;
    if let Event::Seam(event) = choice {
        event.words[1] ^= 1 << 20;
    }
    let mut lacking = recording.clone();
    let events = &mut lacking.rings.first_mut().context("the trace has no ring")?.events;
    let call = events.iter().rposition(|event| matches!(event, Event::Seam(seam) if seam.kind == PICK));
    // Not the last one, after which nothing would be missing.
    let before = call.and_then(|last| {
        events[..last].iter().rposition(|event| matches!(event, Event::Seam(seam) if seam.kind == PICK))
    });
    events.remove(before.context("the trace has no two choices")?);
    let cases = [("whole", &recording, 0), ("changed", &changed, 1), ("lacking", &lacking, 3)];
    cases.into_iter().try_for_each(|(case, recording, status)| replayed(name, case, recording, &plan, status))
}

fn nth_pick(recording: &mut Recording) -> Option<&mut Event> {
    let events = &mut recording.rings.first_mut()?.events;
    let pick = |event: &&mut Event| matches!(event, Event::Seam(seam) if seam.kind == PICK);
    events.iter_mut().filter(pick).nth(20)
}

fn replayed(name: &str, case: &str, recording: &Recording, plan: &[u8], status: i32) -> Result<()> {
    let file = trial::folder(&format!("test/{name}"))?.join(format!("{case}.mft"));
    crate::report::save(&file, recording, plan)?;
    let finished = ourselves(&["replay", &file.to_string_lossy()])?;
    let said = format!("{}{}", finished.out, finished.err);
    ensure!(finished.code() == Some(status), "the {case} trace gave status {:?}:\n{said}", finished.code());
    Ok(())
}
