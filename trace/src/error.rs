//! Why a memory image or a file is not a trace.

use core::fmt;

/// Why a memory image or a file is not a trace; its `Display` is a sentence.
#[derive(Debug)]
#[non_exhaustive]
pub enum TraceError {
    /// Reading or writing failed.
    Io(std::io::Error),
    /// It does not begin as it should.
    NotATrace(&'static str),
    /// It was written in another version of the format.
    Version {
        /// The version found.
        found: u64,
        /// The version that this reader knows.
        known: u64,
    },
    /// It ends too early.
    Short {
        /// Bytes that are there.
        has: u64,
        /// Bytes that there should be.
        needs: u64,
    },
    /// A number is out of its range.
    Range {
        /// What the number counts.
        what: &'static str,
        /// Its value.
        has: u64,
        /// The largest value allowed.
        most: u64,
    },
    /// A ring lies outside of the memory in front of the directory.
    RingOutside {
        /// Which ring.
        ring: usize,
        /// Its physical address.
        address: u64,
    },
    /// An event has a kind that nobody knows.
    UnknownEvent {
        /// In which ring.
        ring: usize,
        /// Its index there.
        index: u64,
        /// The lowest byte of its first word.
        kind: u8,
    },
    /// A scheduler's name is not text.
    SchedulerName {
        /// The pool.
        pool: usize,
    },
    /// The content does not match the checksum.
    Checksum,
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the trace could not be read or written: {error}"),
            Self::NotATrace(what) => write!(f, "{what}"),
            Self::Version { found, known } => {
                write!(f, "the trace has format version {found}, but this reader knows only version {known}")
            }
            Self::Short { has, needs } => write!(f, "the trace ends after {has} bytes, but should have {needs}"),
            Self::Range { what, has, most } => write!(f, "{what} is {has}, but can be at most {most}"),
            Self::RingOutside { ring, address } => {
                write!(f, "ring {ring} at address {address:#x} lies outside the memory in front of the directory")
            }
            Self::UnknownEvent { ring, index, kind } => {
                write!(f, "event {index} of ring {ring} has the unknown kind {kind}")
            }
            Self::SchedulerName { pool } => write!(f, "the scheduler name of pool {pool} is not printable text"),
            Self::Checksum => write!(f, "the checksum of the trace file does not match: the file was damaged"),
        }
    }
}

impl std::error::Error for TraceError {}

impl From<std::io::Error> for TraceError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}
