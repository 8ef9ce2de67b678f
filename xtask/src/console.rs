//! What comes over the serial line, made readable while it comes.
//!
//! A plain console passes as it is. Frames are taken apart: whole lines of partitions and of the hypervisor
//! appear as they would on a plain console, messages of its log are decoded with the texts that the ELF file
//! keeps, and text outside of frames passes.

use crate::workspace;
use anyhow::{Context, Result};
use clap::ValueEnum;
use config::Bundle;
use defmt_decoder::Table;
use std::collections::BTreeMap;
use std::path::Path;
use trace::frame::{Decoder, Item, Kind};

/// What the serial line carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Format {
    /// Text, as a terminal shows it.
    Plain,
    /// Frames, with the hypervisor's log among them.
    Frames,
}

impl Format {
    /// The boot parameter.
    pub(crate) fn boot_word(self) -> &'static str {
        match self {
            Self::Plain => "console=plain",
            Self::Frames => "console=frames",
        }
    }
}

/// A line without an end is shown when it has this many bytes.
const LINE_MAX: usize = 4096;

/// A reader of the serial line.
pub(crate) enum Reader {
    /// Of a plain one.
    Plain,
    /// Of one with frames.
    Frames(Box<Frames>),
}

impl Reader {
    /// For a machine that boots `bundle` with the hypervisor of this ELF file.
    pub(crate) fn new(format: Format, symbols: &Path, bundle: &[u8]) -> Result<Self> {
        if format == Format::Plain {
            return Ok(Self::Plain);
        }
        let table = Table::parse(&workspace::read(symbols)?);
        let table = table.with_context(|| format!("cannot read the log's texts in {}", workspace::shown(symbols)))?;
        let names = |plan: Bundle<'_>| plan.partitions().map(|partition| partition.name.to_string()).collect();
        let names = Bundle::read(bundle).map(names).unwrap_or_default();
        Ok(Self::Frames(Box::new(Frames::new(table, names))))
    }

    /// What these bytes add to what is shown.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => bytes.to_vec(),
            Self::Frames(frames) => frames.take(bytes),
        }
    }

    /// What is left when the line has ended.
    pub(crate) fn end(&mut self) -> Vec<u8> {
        match self {
            Self::Plain => Vec::new(),
            Self::Frames(frames) => frames.end(),
        }
    }
}

/// A line with frames.
pub(crate) struct Frames {
    decoder: Decoder,
    screen: Screen,
}

impl Frames {
    fn new(table: Option<Table>, names: Vec<String>) -> Self {
        let screen = Screen { table, names, lines: BTreeMap::new(), shown: Vec::new(), fresh: true };
        Self { decoder: Decoder::default(), screen }
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        for byte in bytes {
            if let Some(item) = self.decoder.push(*byte) {
                self.screen.show(item);
            }
        }
        std::mem::take(&mut self.screen.shown)
    }

    fn end(&mut self) -> Vec<u8> {
        if let Some(item) = self.decoder.end() {
            self.screen.show(item);
        }
        for (source, line) in std::mem::take(&mut self.screen.lines) {
            self.screen.line(source, &line);
        }
        std::mem::take(&mut self.screen.shown)
    }
}

/// Puts lines together.
struct Screen {
    table: Option<Table>,
    names: Vec<String>,
    /// Begun lines: those of partitions, and with `None` the hypervisor's.
    lines: BTreeMap<Option<u16>, Vec<u8>>,
    shown: Vec<u8>,
    /// What was shown last ended a line.
    fresh: bool,
}

impl Screen {
    fn show(&mut self, item: Item<'_>) {
        match item {
            Item::Text(text) => {
                self.shown.extend(text);
                self.fresh = text.ends_with(b"\n");
            }
            Item::Damaged(bytes) => self.whole(&format!("console: {bytes} damaged bytes")),
            Item::Frame { kind: Kind::Text, payload, .. } => self.write(None, payload),
            Item::Frame { kind: Kind::Console, source, payload } => self.write(Some(source), payload),
            Item::Frame { kind: Kind::Log, payload, .. } => {
                let message = self.message(payload);
                self.whole(&message);
            }
            // The trace is read by a reader of its own.
            Item::Frame { kind: Kind::Trace, .. } => {}
        }
    }

    fn write(&mut self, source: Option<u16>, bytes: &[u8]) {
        for byte in bytes.iter().filter(|byte| **byte != b'\r') {
            let line = self.lines.entry(source).or_default();
            if *byte != b'\n' {
                line.push(*byte);
            }
            if *byte == b'\n' || line.len() >= LINE_MAX {
                let line = self.lines.remove(&source).unwrap_or_default();
                self.line(source, &line);
            }
        }
    }

    fn line(&mut self, source: Option<u16>, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let name = source.map(|index| match self.names.get(usize::from(index)) {
            Some(name) => format!("{name}: "),
            None => format!("partition {index}: "),
        });
        self.whole(&format!("{}{text}", name.unwrap_or_default()));
    }

    fn whole(&mut self, line: &str) {
        let before = if self.fresh { "" } else { "\n" };
        self.shown.extend(format!("{before}{line}\n").bytes());
        self.fresh = true;
    }

    fn message(&self, bytes: &[u8]) -> String {
        let decoded = self.table.as_ref().and_then(|table| table.decode(bytes).ok());
        let Some((message, _)) = decoded else { return format!("log: {} bytes without a text", bytes.len()) };
        let time = message.display_timestamp().map(|time| time.to_string()).unwrap_or_default();
        let level = message.level().map_or("", |level| level.as_str()).to_uppercase();
        format!("log: [{time}] {level} {}", message.display_message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trace::frame::Frame;

    fn frame(kind: Kind, source: u16, text: &str) -> Vec<u8> {
        let mut frame = Frame::new(kind, source);
        assert_eq!(frame.extend(text.as_bytes()), text.len());
        frame.finish();
        frame.bytes().to_vec()
    }

    fn shown(pieces: &[Vec<u8>]) -> String {
        let mut frames = Frames::new(None, vec!["left".into(), "right".into()]);
        let mut all = frames.take(&pieces.concat());
        all.extend(frames.end());
        String::from_utf8(all).expect("text")
    }

    #[test]
    fn lines_appear_whole_with_their_partition_however_the_frames_mix() {
        let mixed = [
            frame(Kind::Text, 0, "majorframe: "),
            frame(Kind::Console, 1, "ti"),
            frame(Kind::Console, 0, "hello\r\nwor"),
            frame(Kind::Text, 0, "two\n"),
            frame(Kind::Console, 1, "ck\n"),
            frame(Kind::Console, 7, "who?\n"),
        ];
        assert_eq!(shown(&mixed), "left: hello\nmajorframe: two\nright: tick\npartition 7: who?\nleft: wor\n");
    }

    #[test]
    fn text_and_damage_outside_of_frames_are_shown() {
        let mixed = [b"firmware".to_vec(), frame(Kind::Log, 0, "?"), vec![1, 2, 0], b"majorframe: no\r\n".to_vec()];
        assert_eq!(
            shown(&mixed),
            "firmware\nlog: 1 bytes without a text\nconsole: 2 damaged bytes\nmajorframe: no\r\n"
        );
    }

    #[test]
    fn a_plain_console_passes_unchanged() {
        let mut reader = Reader::new(Format::Plain, Path::new(""), &[]).expect("no file is needed");
        assert_eq!(reader.take(b"a\0b\r\n"), b"a\0b\r\n");
        assert!(reader.end().is_empty());
    }
}
