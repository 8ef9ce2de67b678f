//! Fixed priorities: of the ready vCPUs those with the lowest level run; equals run in turn, and only a vCPU
//! that blocks or yields ends its turn. It is an example: a busy vCPU starves all below it.

use sched::param::check_ranges;
use sched::tree::{Linked, Node, Tree};
use sched::{
    Affinity, Change, Choice, Cpu, CpuSet, Duration, Group, Instant, Key, Kind, NoRow, Params, Refused, Row, Scheduler,
    Service, Table, Vcpu, When, Why,
};

/// The name of the policy in configuration files and on the boot line.
pub const NAME: &str = "prio";

/// The parameters of a vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VcpuParams {
    level: u8,
}

impl Row for VcpuParams {
    const KEYS: &'static [Key] = &[Key {
        name: "level",
        kind: Kind::Number,
        min: 0,
        max: 255,
        default: Some(128),
        doc: "Its priority; 0 comes first.",
    }];

    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        Ok(Self { level: row.first().copied().unwrap_or(0) as u8 })
    }

    fn write(&self, row: &mut [u64]) {
        row.iter_mut().zip([self.level.into()]).for_each(|(to, word)| *to = word);
    }
}

/// The state of one vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    present: bool,
    ready: bool,
    params: VcpuParams,
    affinity: Affinity,
    /// Where its context is; `None` once it is in memory.
    on: Option<Cpu>,
    since: Instant,
    served: Duration,
    node: Node<u8>,
}

impl Slot {
    /// A slot without a vCPU.
    pub const EMPTY: Self = Self {
        present: false,
        ready: false,
        params: VcpuParams { level: 0 },
        affinity: Affinity::ANY,
        on: None,
        since: Instant::ZERO,
        served: Duration::ZERO,
        node: Node::new(0),
    };
}

impl Linked<0> for Slot {
    type Key = u8;
    fn node(&self) -> &Node<u8> {
        &self.node
    }
    fn node_mut(&mut self) -> &mut Node<u8> {
        &mut self.node
    }
}

/// The policy of one pool. `M` is the memory of its slots, one for each vCPU.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Prio<M> {
    slots: Table<Slot, M>,
    runs: Table<Option<Vcpu>, [Option<Vcpu>; Cpu::LIMIT]>,
    yielded: CpuSet,
    cpus: CpuSet,
    /// Ready vCPUs that do not run, by level; equal keys keep the order in which they came.
    line: Tree<0>,
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Prio<M> {
    /// A policy for the pCPUs `cpus`, without vCPUs.
    pub fn new(slots: M, cpus: CpuSet) -> Self {
        let runs = Table::new([None; Cpu::LIMIT], None);
        let (yielded, line) = (CpuSet::EMPTY, Tree::new());
        Self { slots: Table::new(slots, Slot::EMPTY), runs, yielded, cpus, line }
    }

    fn level(&self, v: Vcpu) -> u8 {
        self.slots.at(v.index()).params.level
    }

    /// `v` waits in line: until it is saved, only its old pCPU may take it.
    fn enqueue(&mut self, v: Vcpu) -> CpuSet {
        let slot = *self.slots.at(v.index());
        let mask = slot.on.map_or(slot.affinity.hard, |cpu| slot.affinity.hard.and(CpuSet::only(cpu)));
        self.line.insert(&mut self.slots, v.0, slot.params.level, mask.bits());
        self.beaten(mask, slot.params.level)
    }

    /// pCPUs that run nobody, or somebody of a higher level. One kick too many does no harm.
    fn beaten(&self, mask: CpuSet, level: u8) -> CpuSet {
        let weak = |cpu: &Cpu| self.runs.at(cpu.index()).is_none_or(|v| self.level(v) > level);
        mask.and(self.cpus).iter().filter(weak).fold(CpuSet::EMPTY, |set, cpu| set.or(CpuSet::only(cpu)))
    }

    fn runs_on(&self, v: Vcpu) -> Option<Cpu> {
        self.slots.at(v.index()).on.filter(|cpu| *self.runs.at(cpu.index()) == Some(v))
    }

    fn charge(&mut self, v: Vcpu, now: Instant) {
        let slot = self.slots.at_mut(v.index());
        slot.served += now.since(slot.since);
        slot.since = now;
    }

    fn switch(&mut self, cpu: Cpu, old: Option<Vcpu>, new: Option<Vcpu>, now: Instant) -> CpuSet {
        *self.runs.at_mut(cpu.index()) = new;
        if let Some(v) = new {
            self.line.remove(&mut self.slots, v.0);
            let slot = self.slots.at_mut(v.index());
            (slot.on, slot.since) = (Some(cpu), now);
        }
        match old.filter(|v| self.slots.at(v.index()).ready) {
            Some(v) => self.enqueue(v).without(CpuSet::only(cpu)),
            None => CpuSet::EMPTY,
        }
    }
}

impl<M> Params for Prio<M> {
    type Pool = NoRow;
    type Group = NoRow;
    type Vcpu = VcpuParams;
    type Entry = NoRow;
}

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Scheduler for Prio<M> {
    fn add(&mut self, v: Vcpu, _: Group, params: VcpuParams, affinity: Affinity, _: Instant) -> Result<(), Refused> {
        if !self.slots.has(v.index()) || self.slots.at(v.index()).present {
            return Err(Refused::new("the pool has no free slot for this vCPU", 0, 0, v.0.into()));
        }
        *self.slots.at_mut(v.index()) = Slot { present: true, params, affinity, ..Slot::EMPTY };
        Ok(())
    }

    fn remove(&mut self, v: Vcpu, _: Instant) -> Result<(), Refused> {
        let slot = self.slots.at_mut(v.index());
        if !slot.present || slot.ready || slot.on.is_some() {
            return Err(Refused::new("only a vCPU that is blocked and saved can leave", 0, 0, v.0.into()));
        }
        *slot = Slot::EMPTY;
        Ok(())
    }

    fn change(&mut self, _: &[Change<Self>], _: When, _: Instant) -> Result<CpuSet, Refused> {
        Err(Refused::new("this policy changes nothing while it runs", 0, 0, 0))
    }

    fn wake(&mut self, v: Vcpu, _: Instant) -> CpuSet {
        let on = self.runs_on(v);
        let slot = self.slots.at_mut(v.index());
        if !slot.present || core::mem::replace(&mut slot.ready, true) || on.is_some() {
            return CpuSet::EMPTY;
        }
        self.enqueue(v)
    }

    fn block(&mut self, v: Vcpu, _: Why, now: Instant) -> CpuSet {
        let on = self.runs_on(v);
        if on.is_some() && self.slots.at(v.index()).ready {
            self.charge(v, now);
        }
        self.slots.at_mut(v.index()).ready = false;
        self.line.remove(&mut self.slots, v.0);
        on.map_or(CpuSet::EMPTY, CpuSet::only)
    }

    fn yield_now(&mut self, v: Vcpu, _: Instant) -> CpuSet {
        let here = self.runs_on(v).map_or(CpuSet::EMPTY, CpuSet::only);
        self.yielded = self.yielded.or(here);
        here
    }

    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        let yielded = self.yielded.contains(cpu);
        self.yielded = self.yielded.without(CpuSet::only(cpu));
        let old = *self.runs.at(cpu.index());
        let stays = old.filter(|v| self.slots.at(v.index()).ready);
        if let Some(v) = stays {
            self.charge(v, now);
        }
        let mine = CpuSet::only(cpu).and(self.cpus).bits();
        let first = self.line.first_with(&self.slots, mine).map(Vcpu);
        let run = match (stays, first) {
            (Some(v), Some(w)) if self.level(w) > self.level(v) => Some(v),
            (Some(v), Some(w)) if self.level(w) == self.level(v) && !yielded => Some(v),
            (stays, first) => first.or(stays),
        };
        let kick = if run == old { CpuSet::EMPTY } else { self.switch(cpu, old, run, now) };
        Choice { run, until: None, due: None, kick }
    }

    fn saved(&mut self, v: Vcpu, cpu: Cpu, _: Instant) -> CpuSet {
        if self.slots.at(v.index()).on != Some(cpu) || self.runs_on(v).is_some() {
            return CpuSet::EMPTY;
        }
        self.slots.at_mut(v.index()).on = None;
        let hard = self.slots.at(v.index()).affinity.hard;
        if !self.slots.at(v.index()).node.is_linked() {
            return CpuSet::EMPTY;
        }
        self.line.set_mask(&mut self.slots, v.0, hard.bits());
        self.beaten(hard, self.level(v))
    }

    fn alarm(&self) -> Option<Instant> {
        None
    }

    fn expire(&mut self, _: Instant) -> CpuSet {
        CpuSet::EMPTY
    }

    fn in_force(&self, v: Vcpu) -> Option<(VcpuParams, Affinity)> {
        let slot = self.slots.at(v.index());
        slot.present.then_some((slot.params, slot.affinity))
    }

    fn service(&self, v: Vcpu, now: Instant) -> Service {
        let slot = self.slots.at(v.index());
        let running = slot.ready && self.runs_on(v).is_some();
        let stretch = if running { now.since(slot.since) } else { Duration::ZERO };
        Service { served: slot.served + stretch, ..Service::default() }
    }
}
