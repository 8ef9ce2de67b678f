//! Who calls whom, and what follows from it: reach, recursion, depth of the stack.

use super::program::{Function, Program};
use std::collections::{BTreeMap, BTreeSet};

/// The call graph, by address.
pub(super) struct Graph<'a> {
    functions: &'a BTreeMap<u64, Function>,
    names: &'a BTreeMap<String, u64>,
}

/// What one function reaches.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// All functions, itself included.
    pub(super) functions: BTreeSet<String>,
    pub(super) code: u64,
    /// The deepest stack in bytes; `None` without a bound.
    pub(super) stack: Option<u64>,
    /// Functions that call themselves, by whatever way.
    pub(super) cycle: Vec<String>,
    /// Functions that jump to where only run time knows, or outside all functions.
    pub(super) indirect: Vec<String>,
}

impl<'a> Graph<'a> {
    pub(super) fn of(program: &'a Program) -> Self {
        Self { functions: &program.functions, names: &program.names }
    }

    pub(super) fn function(&self, name: &str) -> Option<&'a Function> {
        self.functions.get(self.names.get(name)?)
    }

    /// The function that an address lies in.
    fn at(&self, address: u64) -> Option<u64> {
        let (start, function) = self.functions.range(..=address).next_back()?;
        (address < start + function.size).then_some(*start)
    }

    pub(super) fn reach(&self, name: &str) -> Option<Reach> {
        let start = *self.names.get(name)?;
        let mut reach = Reach::default();
        let order = self.order(start, &mut reach);
        let mut depth: BTreeMap<u64, Option<u64>> = BTreeMap::new();
        // Whoever is called comes first, so its depth is known.
        for address in &order {
            let Some(function) = self.functions.get(address) else { continue };
            reach.functions.insert(function.name.clone());
            reach.code += function.size;
            if function.indirect {
                reach.indirect.push(function.name.clone());
            }
            let below = function.targets.iter().filter_map(|target| self.at(*target));
            let deepest =
                below.map(|callee| depth.get(&callee).copied().flatten()).try_fold(0, |most, one| Some(one?.max(most)));
            depth.insert(*address, deepest.and_then(|deepest: u64| Some(deepest + function.frame?)));
        }
        reach.stack = depth.get(&start).copied().flatten();
        reach.cycle.sort();
        reach.cycle.dedup();
        Some(reach)
    }

    /// Depth first, callees before callers; notes cycles and targets that are no function.
    fn order(&self, start: u64, reach: &mut Reach) -> Vec<u64> {
        let mut done = Vec::new();
        let mut seen = BTreeSet::from([start]);
        let mut path = vec![(start, 0)];
        while let Some((address, next)) = path.last_mut() {
            let function = self.functions.get(address);
            let Some(target) = function.and_then(|function| function.targets.get(*next)) else {
                done.push(*address);
                path.pop();
                continue;
            };
            *next += 1;
            match self.at(*target) {
                None => reach.indirect.extend(function.map(|function| format!("{} (to no function)", function.name))),
                Some(callee) if path.iter().any(|(address, _)| *address == callee) => {
                    reach.cycle.extend(self.functions.get(&callee).map(|function| function.name.clone()));
                }
                Some(callee) if seen.insert(callee) => path.push((callee, 0)),
                Some(_) => {}
            }
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(functions: &[(u64, &str, u64, &[u64])]) -> Program {
        let one = |(address, name, frame, targets): &(u64, &str, u64, &[u64])| {
            let name = name.to_string();
            (
                *address,
                Function { name, size: 8, frame: Some(*frame), targets: targets.to_vec(), ..Function::default() },
            )
        };
        let names = functions.iter().map(|(address, name, ..)| (name.to_string(), *address)).collect();
        Program { functions: functions.iter().map(one).collect(), names }
    }

    #[test]
    fn the_deepest_way_counts() {
        let program = program(&[(0, "a", 16, &[8, 20]), (8, "b", 100, &[]), (16, "c", 32, &[24]), (24, "d", 80, &[])]);
        let reach = Graph::of(&program).reach("a").expect("it is there");
        assert_eq!((reach.stack, reach.code, reach.functions.len()), (Some(128), 32, 4));
        assert!(reach.cycle.is_empty() && reach.indirect.is_empty());
    }

    #[test]
    fn a_long_way_back_is_recursion_without_a_bound() {
        let program = program(&[(0, "a", 16, &[8]), (8, "b", 16, &[16]), (16, "c", 16, &[8])]);
        let reach = Graph::of(&program).reach("a").expect("it is there");
        assert_eq!((reach.stack, reach.cycle), (None, vec!["b".to_string()]));
    }

    #[test]
    fn a_jump_to_nowhere_is_noticed() {
        let program = program(&[(0, "a", 16, &[4096])]);
        assert_eq!(Graph::of(&program).reach("a").expect("it is there").indirect, ["a (to no function)"]);
    }
}
