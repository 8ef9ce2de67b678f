//! The schedulers' parameter rows in a bundle.
//!
//! A plan has rows for every scheduler that was registered when it was made, so that `sched=` can choose at
//! boot. Where the file said nothing they hold the defaults.

use sched::{AnyRow, ROW_WORDS};

use super::Bundle;
use super::format::scheduler;
use super::words::Rows;
use crate::plan::PoolRow;

impl<'a> Bundle<'a> {
    /// The names of the schedulers that the plan has rows for; a bit in [`crate::plan::Under`] is an index here.
    pub fn schedulers(&self) -> impl Iterator<Item = &'a str> + '_ {
        let records = (0..self.sections.schedulers.count).filter_map(|index| self.sections.schedulers.record(index));
        records.map(|record| self.text(record + scheduler::NAME))
    }

    /// The index of the scheduler with this name.
    pub fn scheduler_index(&self, name: &str) -> Option<usize> {
        self.schedulers().position(|other| other == name)
    }

    fn rows(&self, name: &str) -> Option<Rows> {
        let record = self.sections.schedulers.record(self.scheduler_index(name)?)?;
        let start = self.words.at(record + scheduler::ROWS) as usize;
        Some(Rows::of(&self.words, record, start, &self.sections))
    }

    fn row(&self, start: usize, width: usize) -> AnyRow {
        let mut row = [0; ROW_WORDS];
        for (offset, word) in row.iter_mut().take(width).enumerate() {
            *word = self.words.at(start + offset);
        }
        AnyRow(row)
    }

    /// The parameters of pool `pool` under the scheduler; `None` if it cannot run this pool: it is not in the
    /// plan, or the file lacks a parameter that it needs.
    pub fn pool_row(&self, pool: u16, name: &str) -> Option<PoolRow> {
        self.sections.pools.record(pool.into())?;
        let rows = self.rows(name)?;
        let word = rows.pools + usize::from(pool) * (1 + rows.pool_words);
        let entries = (self.words.half(word, 0) >> 8) as u16;
        (self.words.byte(word, 0) == 1).then(|| PoolRow { row: self.row(word + 1, rows.pool_words), entries })
    }

    /// Entry `index` of the scheduler's table of pool `pool`.
    pub fn entry(&self, pool: u16, name: &str, index: u16) -> Option<AnyRow> {
        self.pool_row(pool, name).filter(|row| index < row.entries)?;
        let rows = self.rows(name)?;
        let word = rows.pools + usize::from(pool) * (1 + rows.pool_words);
        let at = self.words.half(word, 1) as usize + usize::from(index);
        Some(self.row(rows.entries + at * rows.entry_words, rows.entry_words))
    }

    /// The parameters of group `group` of pool `pool` under the scheduler.
    pub fn group_row(&self, pool: u16, name: &str, group: u16) -> Option<AnyRow> {
        let home = self.pool(pool).filter(|home| group < home.groups)?;
        let rows = self.rows(name)?;
        let at = usize::from(home.first_partition) + usize::from(group);
        Some(self.row(rows.groups + at * rows.group_words, rows.group_words))
    }

    /// The parameters of vCPU `index` of pool `pool` under the scheduler.
    pub fn vcpu_row(&self, pool: u16, name: &str, index: u16) -> Option<AnyRow> {
        let home = self.pool(pool).filter(|home| index < home.vcpus)?;
        let rows = self.rows(name)?;
        let at = usize::from(home.first_vcpu) + usize::from(index);
        Some(self.row(rows.vcpus + at * rows.vcpu_words, rows.vcpu_words))
    }
}
