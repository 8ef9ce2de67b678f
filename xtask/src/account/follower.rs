//! From executed blocks to stretches: follows the log line by line.

use super::image::{End, Image};
use super::line::{Executed, Line};
use super::reason::{Reason, Said};
use super::stretch::{Path, Piece, Stretches, Taken};
use std::collections::HashMap;
use std::sync::Arc;

/// A block: its addresses, and the pieces that they are, each with what ends a stretch in front of or with it.
#[derive(Clone, Debug)]
struct Block {
    addresses: Arc<[u64]>,
    parts: Arc<[Part]>,
}

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
    blocks: HashMap<(u64, u32, u32), Block>,
    translated: Vec<u64>,
    pending: Option<(u32, Block)>,
    cpus: HashMap<u32, Cpu>,
    /// The pCPU that lines without a number are about.
    speaker: u32,
    /// What was said of a PC's exit, which does not name the pCPU: the next one that enters.
    left: Option<Said>,
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
            left: None,
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
            let block = std::mem::take(&mut self.translated);
            let block = self.block(block.into());
            self.blocks.insert(executed.block, block);
        }
        self.pending = self.blocks.get(&executed.block).map(|block| (executed.cpu, block.clone()));
        self.speaker = executed.cpu;
    }

    /// Only what came before `at` was executed.
    fn rewind(&mut self, at: u64) {
        let Some((cpu, block)) = self.pending.take() else { return };
        let executed = block.addresses.iter().take_while(|one| **one != at).copied().collect();
        self.pending = Some((cpu, self.block(executed)));
    }

    /// Why a guest is left is said after its last instruction, which is not in the log, and before our first.
    fn hear(&mut self, line: Line) {
        self.settle();
        match line {
            Line::Exit(..) => return self.left.insert(Said::default()).hear(line),
            Line::Exception(cpu, _) => self.speaker = cpu,
            _ => {}
        }
        self.cpus.entry(self.speaker).or_default().said.hear(line);
    }

    /// The pending block was executed: nothing takes it back any more.
    fn settle(&mut self) {
        let Some((number, block)) = self.pending.take() else { return };
        let mut cpu = self.cpus.remove(&number).unwrap_or_default();
        for part in block.parts.iter() {
            if cpu.booted && cpu.begun.is_none() {
                // A guest may have code at the hypervisor's addresses.
                let first = self.found.pieces.get(part.piece as usize).and_then(|piece| piece.first().copied());
                if !first.is_some_and(|at| self.image.enters(at)) {
                    continue;
                }
                cpu.begun = Some(self.left.take().unwrap_or(cpu.said).reason());
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

    fn block(&mut self, addresses: Arc<[u64]>) -> Block {
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
        Block { addresses, parts: parts.into() }
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

#[cfg(test)]
mod tests;
