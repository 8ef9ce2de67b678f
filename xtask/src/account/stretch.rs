//! From executed blocks to stretches with interrupts masked.
//!
//! The hypervisor runs with interrupts masked, from the exit out of a guest to the return into one. A stretch ends there,
//! where the pCPU goes to sleep, and where it looks for interrupts to leave what it does if there is one. Boot and end of
//! the system are apart. A stretch is kept as the pieces of code that it ran through, and equal ones are counted.

use super::image::{End, Image};
use super::line::{Executed, Line};
use super::reason::{Reason, Said};
use std::collections::HashMap;
use std::sync::Arc;

/// A run through code without anything in between: an index into [`Stretches::pieces`].
pub(super) type Piece = u32;

/// How a stretch began and ended, and what it ran through.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct Path {
    /// What began it.
    pub(super) reason: Reason,
    /// What ended it.
    pub(super) end: End,
    /// Its pieces.
    pub(super) pieces: Vec<Piece>,
}

/// How often a path was taken, and where first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Taken {
    /// How often.
    pub(super) times: u64,
    /// By which pCPU first.
    pub(super) cpu: u32,
    /// How many choices that pCPU had begun by the end of the first one.
    pub(super) choices: u64,
}

/// All stretches of a run.
#[derive(Debug, Default)]
pub(crate) struct Stretches {
    /// The addresses of each piece.
    pub(super) pieces: Vec<Arc<[u64]>>,
    /// The paths.
    pub(super) paths: HashMap<Path, Taken>,
    /// The choices that each pCPU began.
    pub(super) choices: HashMap<u32, u64>,
    /// The instructions of each pCPU before its first guest, as far as they are logged.
    pub(super) boots: Vec<(u32, u64)>,
    /// The most instructions that a pCPU took for the end of the system.
    pub(super) last: u64,
}

/// What a block consists of: pieces, and what ends a stretch in front of or with one.
type Parts = Arc<[Part]>;

#[derive(Clone, Copy, Debug)]
struct Part {
    before: Option<End>,
    piece: Piece,
    choices: u64,
    stops: bool,
    with: Option<End>,
}

#[derive(Debug, Default)]
struct Cpu {
    pieces: Vec<Piece>,
    begun: Option<Reason>,
    booted: bool,
    stopped: bool,
    said: Said,
}

/// Follows the log.
pub(crate) struct Follower<'a> {
    image: &'a Image,
    /// Whether a look for interrupts begins at an address.
    looks: Box<dyn Fn(u64) -> bool + 'a>,
    known: HashMap<Arc<[u64]>, Piece>,
    blocks: HashMap<(u64, u32, u32), (Arc<[u64]>, Parts)>,
    translated: Vec<u64>,
    pending: Option<(u32, Arc<[u64]>, Parts)>,
    cpus: HashMap<u32, Cpu>,
    /// The pCPU that lines without a number are about.
    speaker: u32,
    found: Stretches,
}

impl<'a> Follower<'a> {
    /// At the beginning of a log.
    pub(crate) fn new(image: &'a Image, looks: impl Fn(u64) -> bool + 'a) -> Self {
        Self {
            image,
            looks: Box::new(looks),
            known: HashMap::new(),
            blocks: HashMap::new(),
            translated: Vec::new(),
            pending: None,
            cpus: HashMap::new(),
            speaker: 0,
            found: Stretches::default(),
        }
    }

    /// Takes the next line.
    pub(crate) fn take(&mut self, line: &[u8]) {
        match Line::parse(line) {
            Line::Block => self.translated.clear(),
            Line::Instruction(at) => self.translated.push(at),
            Line::Executed(executed) => self.execute(executed),
            Line::Stopped => self.pending = None,
            Line::Rewound(at) => self.rewind(at),
            Line::Other => {}
            said => self.hear(said),
        }
    }

    /// The end of the log.
    pub(crate) fn end(mut self) -> Stretches {
        self.settle();
        let stopped = self.cpus.values().filter(|cpu| cpu.stopped);
        let lengths: Vec<u64> = stopped.map(|cpu| self.found.length(&cpu.pieces)).collect();
        self.found.last = lengths.into_iter().chain([self.found.last]).max().unwrap_or(0);
        self.found
    }

    fn execute(&mut self, executed: Executed) {
        self.settle();
        if !self.translated.is_empty() {
            let addresses: Arc<[u64]> = std::mem::take(&mut self.translated).into();
            let parts = self.parts(&addresses);
            self.blocks.insert(executed.block, (addresses, parts));
        }
        if let Some((addresses, parts)) = self.blocks.get(&executed.block) {
            self.pending = Some((executed.cpu, addresses.clone(), parts.clone()));
        }
        self.speaker = executed.cpu;
    }

    /// Only what came before `at` was executed.
    fn rewind(&mut self, at: u64) {
        let Some((cpu, addresses, _)) = self.pending.take() else { return };
        let executed = addresses.iter().position(|one| *one == at).unwrap_or(0);
        let addresses: Arc<[u64]> = addresses[..executed].into();
        let parts = self.parts(&addresses);
        self.pending = Some((cpu, addresses, parts));
    }

    /// Why a guest is left is said after its last instruction, which is not in the log, and before our first.
    fn hear(&mut self, line: Line) {
        self.settle();
        if let Line::Exception(cpu, _) = line {
            self.speaker = cpu;
        }
        self.cpus.entry(self.speaker).or_default().said.hear(line);
    }

    /// The pending block was executed: nothing takes it back any more.
    fn settle(&mut self) {
        let Some((number, _, parts)) = self.pending.take() else { return };
        let mut cpu = self.cpus.remove(&number).unwrap_or_default();
        for part in parts.iter() {
            if cpu.booted && cpu.begun.is_none() {
                // A guest may have code at the hypervisor's addresses.
                let first = self.found.pieces.get(part.piece as usize).and_then(|piece| piece.first().copied());
                if !first.is_some_and(|at| self.image.enters(at)) {
                    continue;
                }
                cpu.begun = Some(cpu.said.reason());
            }
            if let Some(end) = part.before {
                self.cut(number, &mut cpu, end);
            }
            cpu.pieces.push(part.piece);
            cpu.stopped |= part.stops;
            *self.found.choices.entry(number).or_default() += part.choices;
            if let Some(end) = part.with {
                self.cut(number, &mut cpu, end);
            }
        }
        self.cpus.insert(number, cpu);
    }

    fn cut(&mut self, number: u32, cpu: &mut Cpu, end: End) {
        let pieces = std::mem::take(&mut cpu.pieces);
        let begun = cpu.begun.take();
        cpu.begun = match end {
            End::Guest => None,
            End::Sleep => Some(Reason::Woken),
            End::Look => Some(Reason::Looked),
        };
        cpu.said = Said::default();
        if pieces.is_empty() {
            return;
        }
        if cpu.stopped {
            self.found.last = self.found.last.max(self.found.length(&pieces));
            return;
        }
        if !cpu.booted {
            // A pCPU with nothing to run sleeps at the end of its boot.
            cpu.booted = true;
            let length = self.found.length(&pieces);
            self.found.boots.push((number, length));
            return;
        }
        let choices = self.found.choices.get(&number).copied().unwrap_or(0);
        let path = Path { reason: begun.unwrap_or(Reason::Unknown), end, pieces };
        let first = Taken { times: 0, cpu: number, choices };
        self.found.paths.entry(path).or_insert(first).times += 1;
    }

    fn parts(&mut self, addresses: &Arc<[u64]>) -> Parts {
        let (mut parts, mut begin, mut before) = (Vec::new(), 0, None);
        for (index, at) in addresses.iter().enumerate() {
            if (self.looks)(*at) {
                parts.extend(self.part(&addresses[begin..index], before, None));
                (begin, before) = (index, Some(End::Look));
            }
            if let Some(end) = self.image.ends_with(*at) {
                parts.extend(self.part(&addresses[begin..=index], before, Some(end)));
                (begin, before) = (index + 1, None);
            }
        }
        parts.extend(self.part(&addresses[begin..], before, None));
        parts.into()
    }

    fn part(&mut self, addresses: &[u64], before: Option<End>, with: Option<End>) -> Option<Part> {
        if addresses.is_empty() {
            return None;
        }
        let choices = addresses.iter().filter(|at| self.image.chooses(**at)).count() as u64;
        let piece = match self.known.get(addresses) {
            Some(piece) => *piece,
            None => self.learn(addresses.into()),
        };
        let stops = addresses.iter().any(|at| self.image.stops(*at));
        Some(Part { before, piece, choices, stops, with })
    }

    fn learn(&mut self, addresses: Arc<[u64]>) -> Piece {
        let piece = self.found.pieces.len() as Piece;
        self.found.pieces.push(addresses.clone());
        self.known.insert(addresses, piece);
        piece
    }
}

impl Stretches {
    /// The instructions of a path.
    pub(super) fn addresses<'a>(&'a self, pieces: &'a [Piece]) -> impl Iterator<Item = u64> + 'a {
        let pieces = pieces.iter().filter_map(|piece| self.pieces.get(*piece as usize));
        pieces.flat_map(|addresses| addresses.iter().copied())
    }

    /// Their number.
    pub(super) fn length(&self, pieces: &[Piece]) -> u64 {
        let lengths = pieces.iter().filter_map(|piece| self.pieces.get(*piece as usize)).map(|one| one.len() as u64);
        lengths.sum()
    }

    /// The longest path, and its length.
    pub(crate) fn longest(&self) -> Option<u64> {
        self.paths.keys().map(|path| self.length(&path.pieces)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERET: u32 = 0xd69f_03e0;
    const WFI: u32 = 0xd503_207f;
    const NOP: u32 = 0xd503_201f;

    /// Vectors at 0x1000 with an ERET at 0x100c; WFI at 0x1018; a look at 0x1010, a choice at 0x1004, the end at 0x101c.
    fn image() -> Image {
        Image::of_words(0x1000, &[NOP, NOP, NOP, ERET, NOP, NOP, WFI, NOP], &[0x1004], 0x101c)
    }

    fn followed(image: &Image, lines: &[&str]) -> Stretches {
        let mut follower = Follower::new(image, |at| at == 0x1010);
        lines.iter().for_each(|line| follower.take(line.as_bytes()));
        follower.end()
    }

    fn block(at: u64, length: u64) -> String {
        let instructions = (0..length).map(|n| format!("{:#x}:  d503201f  nop\n", at + 4 * n));
        format!("IN: \n{}{}", instructions.collect::<String>(), run(at))
    }

    fn run(at: u64) -> String {
        format!("Trace 0: 0x7f00 [0000000000000000/{at:016x}/00000061/ff000200] \n")
    }

    /// The lengths of all stretches of these blocks, after a boot.
    fn lengths(texts: &[String]) -> Vec<(String, End, u64, u64)> {
        let image = image();
        let boot = block(0x1000, 4);
        let lines: Vec<&str> = boot.lines().chain(texts.iter().flat_map(|text| text.lines())).collect();
        let found = followed(&image, &lines);
        assert_eq!(found.boots, [(0, 4)]);
        let paths = found.paths.iter();
        let seen =
            paths.map(|(path, taken)| (path.reason.to_string(), path.end, found.length(&path.pieces), taken.times));
        let mut seen: Vec<_> = seen.collect();
        seen.sort();
        seen
    }

    fn called(end: End, length: u64, times: u64) -> Vec<(String, End, u64, u64)> {
        vec![("HVC".into(), end, length, times)]
    }

    const CALL: &str = "Taking exception 11 [Hypervisor Call] on CPU 0\n...with ESR 0x16/0x5a000000\n";

    #[test]
    fn a_stretch_reaches_from_the_vector_to_the_return() {
        let one = [CALL.into(), run(0x1000)];
        assert_eq!(lengths(&[&one[..], &one].concat()), called(End::Guest, 4, 2));
    }

    #[test]
    fn a_block_that_was_stopped_does_not_count() {
        let stopped = "Stopped execution of TB chain before 0x7f00 [0000000000001000] vectors".to_string();
        assert_eq!(lengths(&[CALL.into(), run(0x1000), stopped, run(0x1000)]), called(End::Guest, 4, 1));
    }

    #[test]
    fn a_block_that_was_rewound_counts_up_to_there() {
        let rewound = "cpu_io_recompile: rewound execution of TB to 0000000000001008".to_string();
        assert_eq!(lengths(&[CALL.into(), run(0x1000), rewound, block(0x1008, 2)]), called(End::Guest, 4, 1));
    }

    #[test]
    fn a_look_and_a_sleep_end_a_stretch() {
        let found = lengths(&[CALL.into(), block(0x1000, 2), block(0x1008, 1), block(0x1010, 3)]);
        let after = ("after a look for interrupts".to_string(), End::Sleep, 3, 1);
        assert_eq!(found, [called(End::Look, 3, 1), vec![after]].concat());
    }

    #[test]
    fn a_guest_at_our_addresses_is_not_ours() {
        assert_eq!(lengths(&[block(0x1010, 2), CALL.into(), run(0x1000)]), called(End::Guest, 4, 1));
    }

    #[test]
    fn the_end_of_the_system_is_apart() {
        let image = image();
        let text = [block(0x1000, 4), CALL.into(), block(0x1000, 1), block(0x101c, 1)].concat();
        let found = followed(&image, &text.lines().collect::<Vec<_>>());
        assert!(found.paths.is_empty());
        assert_eq!((found.last, found.longest()), (2, None));
    }

    #[test]
    fn choices_are_counted_up_to_the_end_of_the_first_stretch() {
        let image = image();
        let text = [block(0x1000, 4), CALL.into(), run(0x1000)].concat();
        let found = followed(&image, &text.lines().collect::<Vec<_>>());
        assert_eq!(found.paths.values().map(|taken| taken.choices).collect::<Vec<_>>(), [2]);
    }
}
