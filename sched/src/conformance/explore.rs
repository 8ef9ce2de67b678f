//! All sequences of calls on a small grid of time, breadth first.
//!
//! States are known by a digest of 128 bits and kept as the way to them (parent and operation), so a state
//! takes about 80 bytes and its calls can be printed; to go on from a state, its way is gone again. A model
//! checker off the shelf (stateright) was considered: it keeps whole states in its queue, which for these
//! policies are kilobytes each, tells states apart by 64 bits, and would bring its dependencies into the
//! crate that everything else rests on.

use super::digest::Mixed;
use super::law::require;
use super::random::{Run, guarded};
use super::{Breach, Digest, Effect, Machine, Op, Subject, call, rest, state};
use crate::Vcpu;
use core::hash::{BuildHasherDefault, Hash};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::string::String;
use std::vec::Vec;

/// How far exploration must come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// Until there is no new state.
    Fixpoint,
    /// At least this depth and this many states.
    AtLeast {
        /// Operations in a row.
        depth: usize,
        /// Distinct states.
        states: usize,
    },
}

/// How far exploration came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Explored {
    /// Distinct states.
    pub states: usize,
    /// Operations on the shortest way to the states last found.
    pub depth: usize,
    /// There is no other state.
    pub fixpoint: bool,
}

/// More states than this would not fit into 2 GB.
const MOST_STATES: usize = 12_000_000;
/// How many of the states that were met again are compared in full with what the normal form says.
const SAMPLES: usize = 2_000;

/// Explores `cpus` pCPUs and `vcpus` vCPUs with kicks, timers and saves late by up to `late` ticks.
///
/// # Panics
/// A law is broken: with the shortest sequence that breaks it. Or the goal is not reached.
pub fn explore<S: Subject>(subject: &S, cpus: u8, vcpus: u16, late: u64, goal: Goal) -> Explored {
    let start = std::time::Instant::now();
    let mut explorer = Explorer::new(subject, cpus, vcpus, late);
    let explored = explorer.run(goal).unwrap_or_else(|text| panic!("{}: {text}", subject.name()));
    std::println!(
        "{}: {} states, depth {}, {}, {:.1} s",
        subject.name(),
        explored.states,
        explored.depth,
        if explored.fixpoint { "fixpoint" } else { "bounded" },
        start.elapsed().as_secs_f32()
    );
    explored
}

/// How a state was reached first.
#[derive(Clone, Copy)]
struct Node {
    parent: u32,
    op: u8,
}

pub(super) struct Explorer<'s, S: Subject> {
    subject: &'s S,
    size: (u8, u16),
    late: u64,
    ops: Vec<Op>,
    nodes: Vec<Node>,
    /// The number of the state with this digest.
    seen: HashMap<u128, u32, BuildHasherDefault<Mixed>>,
    /// Second ways to known states, one of `stride`, with the number of the state.
    samples: Vec<(Node, u32)>,
    stride: usize,
    met: usize,
}

impl<'s, S: Subject> Explorer<'s, S> {
    pub(super) fn new(subject: &'s S, cpus: u8, vcpus: u16, late: u64) -> Self {
        let mut ops = std::vec![Op::Wait(subject.tick()), Op::Expire];
        ops.extend((0..cpus).map(Op::Pick));
        for v in 0..vcpus {
            ops.extend([Op::Wake(v), Op::Yield(v), Op::Saved(v)]);
            ops.extend(subject.reasons().iter().map(|why| Op::Block(v, *why)));
        }
        Self {
            subject,
            size: (cpus, vcpus),
            late,
            ops,
            nodes: Vec::new(),
            seen: HashMap::default(),
            samples: Vec::new(),
            stride: 7,
            met: 0,
        }
    }

    /// Explores level by level; the error is a text with the calls that lead to it.
    pub(super) fn run(&mut self, goal: Goal) -> Result<Explored, String> {
        let root = Machine::new(self.subject, self.size.0, self.size.1);
        self.nodes.push(Node { parent: 0, op: 0 });
        self.seen.insert(digest(&root), 0);
        let (mut from, mut depth) = (0, 0);
        while from < self.nodes.len() {
            let explored = Explored { states: self.nodes.len(), depth, fixpoint: false };
            match goal {
                Goal::AtLeast { depth: deep, states } if depth >= deep && explored.states >= states => {
                    return Ok(explored);
                }
                _ if explored.states > MOST_STATES => return Err(std::format!("no end after {explored:?}")),
                _ => {}
            }
            let to = self.nodes.len();
            self.level(from, to)?;
            depth += usize::from(self.nodes.len() > to);
            from = to;
        }
        self.compare_samples()?;
        Ok(Explored { states: self.nodes.len(), depth, fixpoint: true })
    }

    /// Expands the states `from..to`. Those with the same parent stand together, so it is built once for all.
    fn level(&mut self, from: usize, to: usize) -> Result<(), String> {
        let mut parent = (u32::MAX, Machine::new(self.subject, self.size.0, self.size.1));
        for index in from..to {
            let node = self.nodes[index];
            if node.parent != parent.0 {
                parent = (node.parent, self.rebuild(node.parent));
            }
            let mut machine = parent.1.clone();
            if index != 0 {
                machine.perform(self.ops[usize::from(node.op)]);
            }
            for op in 0..self.ops.len() {
                let way = Node { parent: index as u32, op: op as u8 };
                self.follow(&machine, way).map_err(|breach| self.tell(way, breach))?;
            }
        }
        Ok(())
    }

    /// One operation from `before`: judged, and kept if it leads to a new state.
    fn follow(&mut self, before: &Machine<'_, S>, way: Node) -> Result<(), Breach> {
        let op = self.ops[usize::from(way.op)];
        guarded(|| {
            let Some((after, effect)) = self.successor(before, op) else {
                return Ok(());
            };
            call::judge(before, op, &effect, &after)?;
            match self.seen.entry(digest(&after)) {
                Entry::Occupied(known) => {
                    let known = *known.get();
                    self.sample(way, known);
                    return Ok(());
                }
                Entry::Vacant(free) => {
                    free.insert(self.nodes.len() as u32);
                }
            }
            self.nodes.push(way);
            state::judge(&after)?;
            let mut calm = after;
            rest::settle(&mut calm, rest::owed, |machine, op| {
                machine.perform(op);
                Ok::<(), Breach>(())
            })?;
            // Which law that was, the way there tells when it is gone again.
            require!(OnePlace, calm.pool.violations() == 0, "a choice on the way to rest");
            rest::judge(&calm)
        })
    }

    fn successor(&self, before: &Machine<'s, S>, op: Op) -> Option<(Machine<'s, S>, Effect)> {
        let idle = match op {
            Op::Wait(_) => !before.can_wait(self.late),
            Op::Wake(v) => matches!(before.phase(v), crate::Phase::Ready | crate::Phase::Running(_)),
            Op::Block(v, why) => matches!(before.phase(v), crate::Phase::Blocked(old) if old == why),
            Op::Yield(v) => before.runs(v).is_none(),
            Op::Saved(v) => before.pool.life(Vcpu(v)).unsaved.is_none(),
            Op::Expire => !before.is_due(before.pool.alarm()),
            _ => false,
        };
        if idle {
            return None;
        }
        let mut after = before.clone();
        let effect = after.perform(op);
        if effect.skipped { None } else { Some((after, effect)) }
    }

    /// The state number `index`, by going its way again.
    fn rebuild(&self, index: u32) -> Machine<'s, S> {
        let mut machine = Machine::new(self.subject, self.size.0, self.size.1);
        for op in self.way(index) {
            machine.perform(op);
        }
        machine
    }

    fn way(&self, mut index: u32) -> Vec<Op> {
        let mut ops = Vec::new();
        while index != 0 {
            let node = self.nodes[index as usize];
            ops.push(self.ops[usize::from(node.op)]);
            index = node.parent;
        }
        ops.reverse();
        ops
    }

    /// The shortest sequence of calls to a breach, as text.
    fn tell(&self, last: Node, breach: Breach) -> String {
        let mut breach = breach;
        let mut run = Run::new(self.subject, self.size.0, self.size.1);
        let ops = self.way(last.parent).into_iter().chain([self.ops[usize::from(last.op)], Op::Settle]);
        for op in ops {
            if let Err(exact) = run.step(op) {
                breach = exact;
                break;
            }
        }
        std::format!("a law is broken: {breach}\n  {}", run.trail)
    }

    /// Keeps some of the second ways, spread over the whole exploration.
    fn sample(&mut self, way: Node, known: u32) {
        self.met += 1;
        if !self.met.is_multiple_of(self.stride) {
            return;
        }
        if self.samples.len() == SAMPLES {
            let mut keep = false;
            self.samples.retain(|_| {
                keep = !keep;
                keep
            });
            self.stride *= 2;
        }
        self.samples.push((way, known));
    }

    /// Whether the normal form is right, by samples: two states with one digest must answer each operation
    /// alike and lead to states with one digest.
    fn compare_samples(&self) -> Result<(), String> {
        for (way, known) in &self.samples {
            let mut here = self.rebuild(way.parent);
            here.perform(self.ops[usize::from(way.op)]);
            let there = self.rebuild(*known);
            for op in &self.ops {
                let [one, other] = [&here, &there].map(|machine| {
                    self.successor(machine, *op).map(|(after, effect)| {
                        (digest(&after), effect.kick, effect.choice.map(|choice| (choice.run, choice.kick)))
                    })
                });
                if one != other {
                    let text = "the normal form takes different states for one: they differ in";
                    return Err(std::format!("{text} `{op}`, {one:?} and {other:?}"));
                }
            }
        }
        Ok(())
    }
}

/// The digest of the policy in its normal form, and of what is owed, relative to now.
fn digest<S: Subject>(machine: &Machine<'_, S>) -> u128 {
    let mut digest = Digest::new();
    machine.subject.digest(machine.pool.policy(), machine.now, &mut digest);
    machine.pool.kicks().hash(&mut digest);
    for cpu in machine.all.iter() {
        let ahead = machine.until[cpu.index()].map(|until| until.nanos().wrapping_sub(machine.now.nanos()));
        let waits = machine.pool.kicks().contains(cpu).then(|| machine.now.since(machine.kicked[cpu.index()]));
        (ahead, waits, machine.pool.running(cpu)).hash(&mut digest);
    }
    for v in 0..machine.vcpus {
        let life = machine.pool.life(Vcpu(v));
        let waits = life.unsaved.map(|_| machine.now.since(machine.left[usize::from(v)]));
        (life.phase, life.unsaved, waits).hash(&mut digest);
    }
    digest.value()
}
