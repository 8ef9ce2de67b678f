//! When a stretch was: the log has no instants, but it has each choice of a scheduler, and so has the trace.

use super::stretch::{Stretches, Taken};
use trace::{Event, Recording};

/// The kind of a choice among the recorded calls.
const PICK: u8 = trace::event::Kind::Pick as u8;

impl Stretches {
    /// When the last choice before the end of a stretch was made, in ns since the epoch. Unknown if there was none, or if
    /// the trace has not every choice that began.
    pub(super) fn instant(&self, recording: &Recording, taken: Taken) -> Option<u64> {
        let last = taken.choices.checked_sub(1)?;
        let known = self.choices.get(&taken.cpu) == Some(&(picks(recording, taken.cpu).count() as u64));
        picks(recording, taken.cpu).nth(last as usize).filter(|_| known)
    }

    /// Whether the log and the trace have the same number of choices for each pCPU, and there are some.
    pub(crate) fn has_choices_of(&self, recording: &Recording) -> bool {
        let all = |(cpu, choices): (&u32, &u64)| picks(recording, *cpu).count() as u64 == *choices;
        !self.choices.is_empty() && self.choices.iter().all(all)
    }
}

/// The instants of a pCPU's choices, in ns since the epoch.
fn picks(recording: &Recording, cpu: u32) -> impl Iterator<Item = u64> + '_ {
    let events = recording.rings.get(cpu as usize).into_iter().flat_map(|ring| &ring.events);
    events.filter_map(|event| match event {
        Event::Seam(event) if event.kind == PICK => Some(event.now.nanos()),
        _ => None,
    })
}
