//! Rules across pools and partitions: names are unique, numbers are limited, a pCPU lies in one pool.

use std::collections::HashMap;
use std::format;
use std::vec::Vec;

use super::document::{Document, PoolText};
use super::problem::{At, Problem, Problems};
use super::rows::show_cpus;
use crate::plan::{PARTITIONS_MAX, POOLS_MAX, VCPUS_TOTAL_MAX};

/// Checks them all.
pub(crate) fn check(document: &Document, problems: &mut Problems) {
    names(document, problems);
    limits(document, problems);
    shared_cpus(&document.pools, problems);
}

fn names(document: &Document, problems: &mut Problems) {
    let pools: Vec<_> = document.pools.iter().map(|pool| &pool.name).collect();
    let partitions: Vec<_> = document.partitions.iter().map(|partition| &partition.name).collect();
    unique("pools", &pools, problems);
    unique("partitions", &partitions, problems);
}

fn unique(what: &str, names: &[&At<&str>], problems: &mut Problems) {
    let mut first = HashMap::new();
    for name in names.iter().filter(|name| !name.value.is_empty()) {
        let Some(other) = first.insert(name.value, &name.span) else { continue };
        let problem = Problem::new(&name.span, format!("two {what} have the name `{}`", name.value));
        problems.push(problem.with(other, "the other one is here").remedy("choose another name for one of them"));
        first.insert(name.value, other);
    }
}

fn limits(document: &Document, problems: &mut Problems) {
    let vcpus = document.partitions.iter().map(|partition| partition.vcpus).sum();
    let mut limit = |what: &str, has: usize, most: usize| {
        if has > most {
            problems.push(Problem::new(&(0..0), format!("the file has {has} {what}; at most {most} are supported")));
        }
    };
    limit("pools", document.pools.len(), POOLS_MAX);
    limit("partitions", document.partitions.len(), PARTITIONS_MAX);
    limit("vCPUs", vcpus, VCPUS_TOTAL_MAX);
}

fn shared_cpus(pools: &[PoolText], problems: &mut Problems) {
    for (index, pool) in pools.iter().enumerate() {
        for other in &pools[..index] {
            let shared = pool.cpus.value & other.cpus.value;
            if shared != 0 {
                let shared = show_cpus(shared);
                let problem = Problem::new(&pool.cpus.span, format!("two pools have the pCPUs {shared}"));
                let problem = problem.with(&other.cpus.span, format!("pool `{}` has them too", other.name.value));
                problems.push(problem.remedy("give each pCPU to one pool"));
            }
        }
    }
}
