//! Parameters: typed values of a policy and their one flat form, the row.
//!
//! A [`Row`] is at most [`ROW_WORDS`] words of `u64`. The file format, the bundle, hypercalls, the trace
//! and replay all carry rows; only the policy gives the words a meaning, by its `KEYS`, and only the
//! policy validates them, in [`Row::read`]. So a parameter is named, checked and documented once.

use crate::{Affinity, CpuSet, Group, Vcpu};

/// The largest number of words in a row.
pub const ROW_WORDS: usize = 6;

/// What a parameter's word means, hence how it is written in the configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A length of time in nanoseconds; `"10ms"` in the file.
    Duration,
    /// A plain number.
    Number,
    /// 0 or 1; `false` or `true` in the file.
    Flag,
    /// The index of one of these words.
    Choice(&'static [&'static str]),
    /// A partition of the pool, by name; the word is the group's index.
    Partition,
    /// A set of pCPUs; `[0, 1]` in the file, bit n = pCPU n in the word.
    Cpus,
    /// The index of a name in the order of first appearance; for schedules and the like.
    Name,
}

/// A parameter: its name, meaning, range, default and one-line description.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// The name in the configuration, in `snake_case`.
    pub name: &'static str,
    /// The meaning of the word.
    pub kind: Kind,
    /// The smallest accepted value (ns for durations).
    pub min: u64,
    /// The largest accepted value.
    pub max: u64,
    /// The value when the key is absent; `None` makes the key mandatory.
    pub default: Option<u64>,
    /// What the parameter does, as a sentence for the reference.
    pub doc: &'static str,
}

/// A refusal: which rule, which key, and by how much it failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Refused {
    /// The rule as a sentence fragment: "the budget must not exceed the period".
    pub rule: &'static str,
    /// The index in `KEYS` of the parameter at fault.
    pub key: u8,
    /// What the rule would need (ns, or a number).
    pub needs: u64,
    /// What was given.
    pub has: u64,
    /// The table entries that collide, by index; equal if only one is at fault, `NOWHERE` if none.
    pub at: (u16, u16),
}

impl Refused {
    /// For `at`: the refusal does not concern a table entry.
    pub const NOWHERE: (u16, u16) = (u16::MAX, u16::MAX);

    /// A refusal of a parameter row.
    pub const fn new(rule: &'static str, key: u8, needs: u64, has: u64) -> Self {
        Self { rule, key, needs, has, at: Self::NOWHERE }
    }

    /// The same refusal, about these two table entries.
    pub const fn between(self, first: u16, second: u16) -> Self {
        Self { at: (first, second), ..self }
    }
}

/// Typed parameters with an exact flat form.
pub trait Row: Copy + core::fmt::Debug {
    /// The parameters in the order of their words.
    const KEYS: &'static [Key];

    /// Reads and validates a row, each key's range and all cross-field rules. Missing words are zero.
    fn read(row: &[u64]) -> Result<Self, Refused>;

    /// Writes the row that `read` turns back into `self`; words that do not fit are left out.
    fn write(&self, row: &mut [u64]);
}

/// Checks every word of `row` against its key's range.
#[inline(never)]
pub fn check_ranges(keys: &[Key], row: &[u64]) -> Result<(), Refused> {
    for (index, key) in keys.iter().enumerate() {
        let has = row.get(index).copied().unwrap_or(0);
        if has < key.min {
            return Err(Refused::new("the value is below the smallest allowed", index as u8, key.min, has));
        }
        if has > key.max {
            return Err(Refused::new("the value is above the largest allowed", index as u8, key.max, has));
        }
    }
    Ok(())
}

/// The row in which every key has its default; mandatory keys are zero.
pub fn default_row(keys: &[Key]) -> [u64; ROW_WORDS] {
    let mut row = [0; ROW_WORDS];
    for (word, key) in row.iter_mut().zip(keys) {
        *word = key.default.unwrap_or(0);
    }
    row
}

/// The parameters of a policy: of the pool, of a group, of a vCPU, and of an entry of its table.
pub trait Params {
    /// Parameters of the whole pool.
    type Pool: Row;
    /// Parameters of a group.
    type Group: Row;
    /// Parameters of one vCPU.
    type Vcpu: Row;
    /// An entry of the policy's table (the windows of ARINC 653); [`NoRow`] without one.
    type Entry: Row;
}

/// No parameters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct NoRow;

impl Row for NoRow {
    const KEYS: &'static [Key] = &[];
    fn read(_: &[u64]) -> Result<Self, Refused> {
        Ok(Self)
    }
    fn write(&self, _: &mut [u64]) {}
}

/// A row whose meaning is not known here: the form in which rows travel between crates.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct AnyRow(pub [u64; ROW_WORDS]);

impl AnyRow {
    /// The flat form of `row`.
    pub fn of(row: &impl Row) -> Self {
        let mut words = [0; ROW_WORDS];
        row.write(&mut words);
        Self(words)
    }
}

impl Row for AnyRow {
    const KEYS: &'static [Key] = &[];
    fn read(row: &[u64]) -> Result<Self, Refused> {
        let mut words = [0; ROW_WORDS];
        for (to, from) in words.iter_mut().zip(row) {
            *to = *from;
        }
        Ok(Self(words))
    }
    fn write(&self, row: &mut [u64]) {
        for (to, from) in row.iter_mut().zip(self.0) {
            *to = from;
        }
    }
}

/// One change of parameters in force; several are applied together or not at all.
#[derive(Debug)]
pub enum Change<S: Params + ?Sized> {
    /// New parameters of the pool.
    Pool(S::Pool),
    /// New parameters of a group.
    Group(Group, S::Group),
    /// New parameters of a vCPU.
    Vcpu(Vcpu, S::Vcpu),
    /// A new affinity.
    Affinity(Vcpu, Affinity),
    /// A new set of pCPUs of the pool.
    Cpus(CpuSet),
}

// Derived, these would ask `S` itself to be copyable.
impl<S: Params + ?Sized> Clone for Change<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Params + ?Sized> Copy for Change<S> {}
