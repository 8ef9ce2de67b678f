//! From executed blocks to stretches with interrupts masked.
//!
//! The hypervisor runs with interrupts masked, from the exit out of a guest to the return into one. A stretch ends there,
//! where the pCPU goes to sleep, and where it looks for interrupts to leave what it does if there is one. Boot and end of
//! the system are apart. A stretch is kept as the pieces of code that it ran through, and equal ones are counted.

use super::image::End;
use super::reason::Reason;
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
