//! Recording calls into a scheduler, and reading them back.
//!
//! Layout of words 2 to 7: the subject (vCPU | why or group << 16 | pCPU << 32 | refused << 40), then for
//! `Pick` until and due (its small argument says whether it was a whole turn), for `Add` the hard and soft affinity, then kick, alarm, and 0.

use crate::event::{Kind, SeamEvent, Words, head_from, instant_of, set_word, word_of};
use sched::{
    Affinity, Answer, AnyRow, Call, Change, Choice, Cpu, CpuSet, Group, Instant, Leave, Log, Params, Refused, Vcpu,
    When, Why,
};

/// No vCPU, in 16 bits.
pub const NOBODY: u16 = u16::MAX;
const REFUSED: u64 = 1 << 40;
/// The small argument of a `Pick` that was a whole turn: just that, or after a yield, or after a block for each
/// reason.
const TURN: u8 = 1;
const TURN_YIELD: u8 = 2;
const TURN_BLOCK: u8 = 3;

/// Where events go.
pub trait Sink {
    /// Takes one event, or counts it as dropped.
    fn push(&mut self, event: Words);
}

/// Records the calls into the scheduler of a pool as made by a pCPU.
#[derive(Debug)]
pub struct Seam<'a, K> {
    /// Which pCPU and which pool, see [`origin`].
    pub origin: u64,
    /// Where the events go.
    pub sink: &'a mut K,
}

impl<'a, K> Seam<'a, K> {
    /// Records what pCPU `cpu` calls of pool `pool`.
    pub fn new(cpu: u8, pool: u8, sink: &'a mut K) -> Self {
        Self { origin: origin(cpu, pool), sink }
    }
}

/// pCPU and pool as they stand in word 0 of an event.
pub const fn origin(cpu: u8, pool: u8) -> u64 {
    (cpu as u64) << 8 | (pool as u64) << 16
}

impl<K: Sink> Log for Seam<'_, K> {
    #[inline(always)]
    fn record<S: Params>(&mut self, seq: u32, now: Instant, call: &Call<'_, S>, answer: &Answer) {
        let refused = if answer.refused.is_some() { REFUSED } else { 0 };
        let (kind, subject) = match *call {
            Call::Pick { cpu } | Call::Turn { cpu, .. } => {
                let run = answer.choice.run.map_or(NOBODY, |v| v.0);
                (Kind::Pick, u64::from(run) | u64::from(cpu.0) << 32)
            }
            Call::Wake { v } => (Kind::Wake, v.0.into()),
            Call::Block { v, why } => (Kind::Block, u64::from(v.0) | why_word(why) << 16),
            Call::Yield { v } => (Kind::Yield, v.0.into()),
            Call::Saved { v, cpu } => (Kind::Saved, u64::from(v.0) | u64::from(cpu.0) << 32),
            Call::Expire => (Kind::Expire, NOBODY.into()),
            Call::Add { v, g, .. } => (Kind::Add, u64::from(v.0) | u64::from(g.0) << 16 | refused),
            Call::Remove { v } => (Kind::Remove, u64::from(v.0) | refused),
            Call::Change { all, .. } => (Kind::Change, all.len() as u64 & 0xffff | refused),
        };
        let (first, second, small) = match *call {
            Call::Pick { .. } => (word_of(answer.choice.until), word_of(answer.choice.due), 0),
            Call::Turn { leave, .. } => (word_of(answer.choice.until), word_of(answer.choice.due), turn_byte(leave)),
            Call::Add { affinity, .. } => (set_word(affinity.hard), set_word(affinity.soft), 0),
            Call::Change { when, .. } => (0, 0, (when == When::Boundary) as u8),
            _ => (0, 0, 0),
        };
        let head = head_from(kind, self.origin, small, seq);
        let kick = set_word(answer.kick);
        self.sink.push([head, now.nanos(), subject, first, second, kick, word_of(answer.alarm), 0]);
        match *call {
            Call::Add { row, .. } => self.push_row(Kind::Row, 0, seq, 0, AnyRow::of(&row)),
            Call::Change { all, .. } => all.iter().for_each(|change| self.push_change(seq, change)),
            _ => {}
        }
    }
}

impl<K: Sink> Seam<'_, K> {
    /// A row belongs to the event before it; the place of the instant holds whom it concerns.
    fn push_row(&mut self, kind: Kind, small: u8, seq: u32, who: u64, row: AnyRow) {
        let [a, b, c, d, e, f] = row.0;
        self.sink.push([head_from(kind, self.origin, small, seq), who, a, b, c, d, e, f]);
    }

    fn push_change<S: Params>(&mut self, seq: u32, change: &Change<S>) {
        let (small, who, row) = match *change {
            Change::Pool(row) => (0, 0, AnyRow::of(&row)),
            Change::Group(g, row) => (1, g.0, AnyRow::of(&row)),
            Change::Vcpu(v, row) => (2, v.0, AnyRow::of(&row)),
            Change::Affinity(v, a) => (3, v.0, AnyRow([a.hard.bits(), a.soft.bits(), 0, 0, 0, 0])),
            Change::Cpus(set) => (4, 0, AnyRow([set.bits(), 0, 0, 0, 0, 0])),
        };
        self.push_row(Kind::Item, small, seq, who.into(), row);
    }
}

#[inline(always)]
fn turn_byte(leave: Option<Leave>) -> u8 {
    match leave {
        None => TURN,
        Some(Leave::Yield) => TURN_YIELD,
        Some(Leave::Block(why)) => TURN_BLOCK + why_word(why) as u8,
    }
}

fn turn_leave(small: u8) -> Option<Option<Leave>> {
    Some(match small {
        TURN => None,
        TURN_YIELD => Some(Leave::Yield),
        _ => Some(Leave::Block(why_of(small.checked_sub(TURN_BLOCK)?.into())?)),
    })
}

fn why_of(word: u64) -> Option<Why> {
    [Why::Wait, Why::Pause, Why::Off].get(word as usize).copied()
}

fn why_word(why: Why) -> u64 {
    match why {
        Why::Wait => 0,
        Why::Pause => 1,
        Why::Off => 2,
    }
}

/// What a seam event says was called, without rows.
#[derive(Clone, Copy, Debug)]
pub enum Called {
    /// A vCPU was admitted; its row is in the next event.
    Add {
        /// Which.
        v: Vcpu,
        /// Of which group.
        g: Group,
        /// Where it may run.
        affinity: Affinity,
    },
    /// A vCPU left.
    Remove(Vcpu),
    /// Parameters changed; so many items follow.
    Change(u16, When),
    /// A vCPU became ready.
    Wake(Vcpu),
    /// A vCPU stopped being ready.
    Block(Vcpu, Why),
    /// A vCPU offered its pCPU.
    Yield(Vcpu),
    /// A pCPU chose.
    Pick(Cpu),
    /// What ran on a pCPU did this, the pCPU chose, and what it replaced was saved, all at once.
    Turn(Cpu, Option<Leave>),
    /// A context is in memory.
    Saved(Vcpu, Cpu),
    /// The alarm was due.
    Expire,
    /// The row of the `Add` before.
    Row(AnyRow),
    /// An item of the `Change` before.
    Item(Change<AnyParams>),
}

/// Parameters as plain rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnyParams;

impl Params for AnyParams {
    type Pool = AnyRow;
    type Group = AnyRow;
    type Vcpu = AnyRow;
    type Entry = AnyRow;
}

impl SeamEvent {
    /// The call; `None` if the words make no sense.
    pub fn called(&self) -> Option<Called> {
        let subject = self.words[0];
        let (v, cpu) = (Vcpu(subject as u16), Cpu((subject >> 32) as u8));
        Some(match self.kind {
            1 if self.small == 0 => Called::Pick(cpu),
            1 => Called::Turn(cpu, turn_leave(self.small)?),
            2 => Called::Wake(v),
            3 => Called::Block(v, why_of(subject >> 16 & 0xff)?),
            4 => Called::Yield(v),
            5 => Called::Saved(v, cpu),
            6 => Called::Expire,
            7 => {
                let [hard, soft] = [self.words[1], self.words[2]].map(CpuSet::from_bits);
                Called::Add { v, g: Group((subject >> 16) as u16), affinity: Affinity { hard, soft } }
            }
            8 => Called::Remove(v),
            9 => Called::Change(subject as u16, if self.small == 0 { When::Now } else { When::Boundary }),
            10 => Called::Row(AnyRow(self.words)),
            11 => Called::Item(self.item()?),
            _ => return None,
        })
    }

    fn item(&self) -> Option<Change<AnyParams>> {
        let (who, row) = (self.now.nanos() as u16, AnyRow(self.words));
        Some(match self.small {
            0 => Change::Pool(row),
            1 => Change::Group(Group(who), row),
            2 => Change::Vcpu(Vcpu(who), row),
            3 => {
                let [hard, soft] = [self.words[0], self.words[1]].map(CpuSet::from_bits);
                Change::Affinity(Vcpu(who), Affinity { hard, soft })
            }
            4 => Change::Cpus(CpuSet::from_bits(self.words[0])),
            _ => return None,
        })
    }

    /// The recorded answer: `fresh` is not recorded, and of a refusal only that it happened.
    pub fn answer(&self) -> Answer {
        let kick = CpuSet::from_bits(self.words[3]);
        let run = self.words[0] as u16;
        let choice = if self.kind == Kind::Pick as u8 {
            Choice {
                run: (run != NOBODY).then_some(Vcpu(run)),
                until: instant_of(self.words[1]),
                due: instant_of(self.words[2]),
                kick,
            }
        } else {
            Choice::default()
        };
        let refused = (self.words[0] & REFUSED != 0).then_some(Refused::new("recorded as refused", 0, 0, 0));
        Answer { kick, fresh: CpuSet::EMPTY, choice, refused, alarm: instant_of(self.words[4]) }
    }
}
