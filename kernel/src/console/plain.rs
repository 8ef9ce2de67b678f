//! Lines of text for a terminal. A partition that began a line owns the console until the line ends.

use super::{RING, VISIT, put};
use crate::system::{Partition, System};

/// A line that stopped half-way is cut when somebody else has this much to say.
const PATIENCE: usize = RING / 2;

/// Who writes at present.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// The partition in the middle of a line.
    owner: Option<u16>,
}

impl Line {
    /// Writes a few bytes of what `partition` has to say.
    pub(super) fn visit(&mut self, system: &System, partition: &Partition) {
        let line = self;
        let owner = line.owner.and_then(|index| system.partitions.get(index as usize));
        match owner {
            Some(owner) if owner.index != partition.index => {
                drain(line, owner, VISIT);
                if line.owner.is_some() && partition.output.len() > PATIENCE {
                    cut(line);
                }
            }
            _ => drain(line, partition, VISIT),
        }
    }

    /// Writes a few bytes of whoever has something to say; true if there is more.
    pub(super) fn idle(&mut self, system: &System) -> bool {
        let line = self;
        if let Some(owner) = line.owner.and_then(|index| system.partitions.get(index as usize)) {
            drain(line, owner, VISIT);
            if line.owner.is_some() && owner.output.len() == 0 {
                if system.partitions.iter().any(|other| other.output.len() > PATIENCE) {
                    cut(line);
                    return true;
                }
                return false;
            }
            return true;
        }
        let Some(next) = system.partitions.iter().find(|partition| partition.output.len() > 0) else {
            return false;
        };
        drain(line, next, VISIT);
        true
    }

    /// Writes everything that is left, at the end.
    pub(super) fn flush(&mut self, system: &System) {
        let line = self;
        if let Some(owner) = line.owner.and_then(|index| system.partitions.get(index as usize)) {
            drain(line, owner, RING);
            if line.owner.is_some() {
                cut(line);
            }
        }
        for partition in system.partitions {
            drain(line, partition, RING);
            if line.owner.is_some() {
                cut(line);
            }
        }
    }
}

fn cut(line: &mut Line) {
    put(b'\n');
    line.owner = None;
}

fn drain(line: &mut Line, partition: &Partition, at_most: usize) {
    for _ in 0..at_most {
        let Some(byte) = partition.output.take() else { return };
        if byte == b'\r' {
            continue;
        }
        if line.owner.is_none() {
            line.owner = Some(partition.index);
            partition.name.bytes().for_each(put);
            b": ".iter().copied().for_each(put);
        }
        put(byte);
        if byte == b'\n' {
            line.owner = None;
        }
    }
}
