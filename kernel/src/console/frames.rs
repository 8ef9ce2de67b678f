//! Frames for our tools (format: [`trace::frame`]): the partitions' bytes, our own text, and the log.
//!
//! Nobody waits for the line: a frame is sent in pieces, and the next one is made when the last is out.

use super::{VISIT, put_raw, send};
use crate::{
    arch, log,
    system::{Partition, System},
};
use trace::frame::{Frame, Kind};

/// A writer's few bytes without a line's end wait for more, or for a pCPU that idles: a frame costs nearly
/// as much by itself.
const WORTH: usize = VISIT;

/// The frame on the line.
pub struct Wire {
    frame: Frame,
    sent: usize,
}

impl Default for Wire {
    fn default() -> Self {
        Self { frame: Frame::NONE, sent: 0 }
    }
}

impl Wire {
    /// Writes a few bytes, of a new frame for `partition` if the line is free.
    pub(super) fn visit(&mut self, partition: &Partition) {
        if self.is_free() && !log::take(&mut self.frame) && partition.output.is_worth(WORTH) {
            self.load(partition);
        }
        self.send();
    }

    /// Writes a few bytes of whoever has something to say; true if there is more.
    pub(super) fn idle(&mut self, system: &System) -> bool {
        let more = !self.is_free() || self.load_any(system);
        self.send();
        more
    }

    /// Writes everything that is left.
    pub(super) fn flush(&mut self, system: &System) {
        while !self.is_free() || self.load_any(system) {
            self.frame.bytes().iter().skip(self.sent).for_each(|byte| put_raw(*byte));
            self.end();
        }
    }

    fn is_free(&self) -> bool {
        self.frame.bytes().is_empty()
    }

    fn end(&mut self) {
        self.frame.clear();
        self.sent = 0;
    }

    fn load_any(&mut self, system: &System) -> bool {
        let waiting = || system.partitions.iter().find(|partition| partition.output.len() > 0);
        log::take(&mut self.frame) || waiting().is_some_and(|partition| self.load(partition))
    }

    fn load(&mut self, partition: &Partition) -> bool {
        // No more than a visit's worth: whoever makes a frame is deaf meanwhile.
        let mut bytes = [0; VISIT];
        let count = partition.output.take_some(&mut bytes);
        self.frame.begin(Kind::Console, partition.index);
        self.frame.extend(bytes.get(..count).unwrap_or(&[]));
        self.frame.finish();
        true
    }

    /// Sends what the line takes now, and no more than a visit may.
    fn send(&mut self) {
        let left = self.frame.bytes().get(self.sent..).unwrap_or(&[]);
        self.sent += left.iter().take(VISIT).take_while(|byte| arch::console_byte(**byte)).count();
        if self.sent >= self.frame.bytes().len() {
            self.end();
        }
    }
}

/// Text of the hypervisor's own.
pub(super) fn speak(text: &str) {
    for piece in text.as_bytes().chunks(trace::frame::PAYLOAD) {
        let mut frame = Frame::new(Kind::Text, 0);
        frame.extend(piece);
        frame.finish();
        send(&frame);
    }
}
