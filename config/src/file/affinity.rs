//! Where vCPUs may run: `affinity` and `prefer`, of a partition or of one vCPU.

use std::format;
use std::vec;
use std::vec::Vec;

use sched::{Affinity, CpuSet};

use super::document::PoolText;
use super::field::Field;
use super::partition::{PartitionText, Places};
use super::problem::{At, Problem, Problems};
use super::rows::show_cpus;

/// The affinity of each vCPU of a partition in `pool`.
pub(crate) fn affinities(partition: &PartitionText, pool: &PoolText, problems: &mut Problems) -> Vec<Affinity> {
    let anywhere = Affinity::hard(CpuSet::from_bits(pool.cpus.value));
    let mut all = vec![anywhere; partition.vcpus];
    apply(&partition.places, pool, &mut all, problems);
    for (vcpu, text) in all.iter_mut().zip(&partition.single) {
        apply(&text.places, pool, std::slice::from_mut(vcpu), problems);
    }
    all
}

fn apply(places: &Places, pool: &PoolText, vcpus: &mut [Affinity], problems: &mut Problems) {
    if let Some(field) = &places.affinity {
        let sets = sets(field, vcpus.len(), problems);
        for (vcpu, set) in vcpus.iter_mut().zip(sets) {
            let home = (&pool.cpus, "the pool has its pCPUs here");
            if inside(&set, home, "the affinity leaves the pool", problems) {
                *vcpu = Affinity::hard(CpuSet::from_bits(set.value));
            }
        }
    }
    if let Some(field) = &places.prefer {
        let hard = places.affinity.as_ref().map_or(&pool.cpus.span, |field| &field.span);
        let sets = sets(field, vcpus.len(), problems);
        for (vcpu, set) in vcpus.iter_mut().zip(sets) {
            let hard = At { value: vcpu.hard.bits(), span: hard.clone() };
            if inside(&set, (&hard, "it may run on these"), "the preference leaves the affinity", problems) {
                vcpu.soft = CpuSet::from_bits(set.value);
            }
        }
    }
}

fn inside(set: &At<u64>, (of, note): (&At<u64>, &str), sentence: &str, problems: &mut Problems) -> bool {
    let outside = set.value & !of.value;
    if outside != 0 && of.value != 0 {
        let problem = Problem::new(&set.span, sentence).label(format!("{} is not allowed", show_cpus(outside)));
        problems.push(problem.with(&of.span, note).remedy(format!("choose from {}", show_cpus(of.value))));
    }
    outside == 0
}

/// One set for each of `vcpus`: `[0, 1]` stands for all, `[[0], [1]]` has one each.
fn sets(field: &Field, vcpus: usize, problems: &mut Problems) -> Vec<At<u64>> {
    let Some(items) = field.list("[0]", problems) else { return Vec::new() };
    if items.is_empty() {
        let problem = field.problem(format!("`{}` is empty, so that the vCPU could run nowhere", field.name));
        problems.push(problem.remedy("leave it out to allow the whole pool"));
        return Vec::new();
    }
    if !items.iter().any(Field::is_list) {
        let set = field.cpus(problems);
        return set.map(|value| vec![At { value, span: field.span.clone() }; vcpus]).unwrap_or_default();
    }
    if items.len() != vcpus {
        let sentence = format!("`{}` needs {vcpus} sets, one for each vCPU; it has {}", field.name, items.len());
        let remedy = "add or leave out sets, or write a single one such as `[0]` for all";
        problems.push(field.problem(sentence).remedy(remedy));
    }
    items.iter().filter_map(|item| sets_item(item, problems)).collect()
}

fn sets_item(item: &Field, problems: &mut Problems) -> Option<At<u64>> {
    let value = item.cpus(problems)?;
    if value == 0 {
        let problem = item.problem(format!("a set of `{}` is empty, so that the vCPU could run nowhere", item.name));
        problems.push(problem.remedy("name at least one pCPU of the pool"));
        return None;
    }
    Some(At { value, span: item.span.clone() })
}
