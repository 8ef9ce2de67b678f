//! The account of a run, for people and as JSON.

use super::image::{End, Image};
use super::inlined::Inlined;
use super::kinds::{self, Kind, Part};
use super::reason::Reason;
use super::stretch::{Path, Stretches, Taken};
use serde_json::{Value, json};
use std::fmt::Write;
use trace::Recording;

/// How many of the longest stretches are shown.
const LONGEST: usize = 10;
/// How many functions of each of those, in the text.
const SHOWN: usize = 6;

/// A run and how it is shown.
pub(super) struct Account<'a> {
    /// Its stretches.
    pub(super) stretches: &'a Stretches,
    /// The hypervisor.
    pub(super) image: &'a Image,
    /// What was inlined, if that is to be shown.
    pub(super) inlined: Option<&'a Inlined<'a>>,
    /// The trace, for instants.
    pub(super) recording: &'a Recording,
}

impl End {
    /// For people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Guest => "to a guest",
            Self::Sleep => "to sleep",
            Self::Look => "to a look for interrupts",
        }
    }
}

impl Account<'_> {
    /// The text; of the kinds only the first `top`.
    pub(super) fn text(&self, top: usize) -> String {
        let (mut text, kinds) = (String::new(), kinds::kinds(self.stretches, self.image));
        let _ = self.write(&mut text, &kinds, top);
        text
    }

    fn write(&self, text: &mut String, kinds: &[Kind<'_>], top: usize) -> std::fmt::Result {
        for (cpu, instructions) in &self.stretches.boots {
            writeln!(text, "boot of pCPU {cpu}: {instructions} instructions, but for what waits")?;
        }
        writeln!(text, "end of the system: {} instructions", self.stretches.last)?;
        let times: u64 = kinds.iter().map(|kind| kind.times).sum();
        writeln!(text, "{times} stretches with interrupts masked, of {} kinds", kinds.len())?;
        for kind in kinds.iter().take(top) {
            let (reason, end, mean) = (kind.reason, kind.end.name(), kind.mean());
            let [times, min, max] = [kind.times, kind.min, kind.max];
            writeln!(text, "\n{reason}, {end}: {times} times, {min} to {max} instructions, mean {mean}")?;
            if let Some((path, taken)) = kind.paths.first() {
                let length = self.stretches.length(&path.pieces);
                writeln!(text, "  most often ({} times) {length}:", taken.times)?;
                self.parts(path).iter().try_for_each(|part| line(text, part))?;
            }
        }
        writeln!(text, "\nThe longest stretches with interrupts masked:")?;
        for (length, path, taken) in kinds::longest(self.stretches, LONGEST) {
            let (reason, end) = (path.reason, path.end.name());
            let at = self.when(taken).map(|at| format!(", first after the choice at {at} ns")).unwrap_or_default();
            writeln!(text, "\n{length} instructions: {reason}, {end}, {} times{at}", taken.times)?;
            self.parts(path).iter().take(SHOWN).try_for_each(|part| line(text, part))?;
        }
        Ok(())
    }

    /// All kinds and the longest stretches, as JSON.
    pub(super) fn json(&self) -> String {
        let kinds = kinds::kinds(self.stretches, self.image);
        let kinds: Vec<Value> = kinds.iter().map(|kind| self.kind(kind)).collect();
        let longest = kinds::longest(self.stretches, LONGEST).into_iter().map(|(length, path, taken)| {
            let mut one = head(path.reason, path.end, taken.times);
            one["instructions"] = json!(length);
            one["cpu"] = json!(taken.cpu);
            one["after_choice_at_ns"] = json!(self.when(taken));
            one["parts"] = json!(self.parts(path));
            one
        });
        let longest: Vec<Value> = longest.collect();
        let (boots, last) = (&self.stretches.boots, self.stretches.last);
        let all = json!({ "boots": boots, "end": last, "kinds": kinds, "longest": longest });
        format!("{all:#}\n")
    }

    fn kind(&self, kind: &Kind<'_>) -> Value {
        let mut one = head(kind.reason, kind.end, kind.times);
        one["functions"] = json!(kind.functions);
        one["min"] = json!(kind.min);
        one["mean"] = json!(kind.mean());
        one["max"] = json!(kind.max);
        if let Some((path, taken)) = kind.paths.first() {
            one["most_often"] = json!({ "times": taken.times, "instructions": self.stretches.length(&path.pieces) });
            one["most_often"]["parts"] = json!(self.parts(path));
        }
        one
    }

    fn parts(&self, path: &Path) -> Vec<Part> {
        kinds::account(self.stretches, self.image, path, self.inlined)
    }

    fn when(&self, taken: Taken) -> Option<u64> {
        self.stretches.instant(self.recording, taken)
    }
}

fn head(reason: Reason, end: End, times: u64) -> Value {
    json!({ "reason": reason.to_string(), "end": end.name(), "times": times })
}

fn line(text: &mut String, part: &Part) -> std::fmt::Result {
    writeln!(text, "  {:6} {:4} x  {}", part.instructions, part.calls, part.function)
}
