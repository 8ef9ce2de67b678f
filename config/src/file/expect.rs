//! What a partition is expected to do.

use std::vec::Vec;

use sched::Duration;

use crate::plan::{End, Expect, Under};

use super::document::scheduler;
use super::field::Field;
use super::problem::Problems;

/// Reads `expect = { ... }`.
pub(crate) fn read(field: &Field, problems: &mut Problems) -> Expect {
    let Some(mut table) = field.table("`expect`", problems) else { return Expect::default() };
    let misses = table.get("misses").and_then(|field| field.integer(0..=u64::MAX, problems));
    let jitter = table.get("jitter").and_then(|field| field.duration(problems));
    let end = table.get("end").and_then(|field| field.choice(&["poweroff", "running", "idle"], problems));
    let restarts = table.get("restarts").and_then(|field| field.integer(0..=u64::MAX, problems));
    let under = table.get("under").map(|field| under(&field, problems));
    table.finish(problems);
    let ends = [End::PowerOff, End::Running, End::Idle];
    Expect {
        misses,
        jitter: jitter.map(Duration::from_nanos),
        end: end.and_then(|index| ends.get(index).copied()),
        restarts,
        under: under.unwrap_or(Under::ALL),
    }
}

fn under(field: &Field, problems: &mut Problems) -> Under {
    let items = field.list("[\"rtds\"]", problems).unwrap_or_default();
    if field.is_list() && items.is_empty() {
        let problem = field.problem("`under` names no scheduler, so that nothing would be expected");
        problems.push(problem.remedy("leave `under` out to mean every scheduler"));
    }
    let named: Vec<_> = items.iter().filter_map(|item| scheduler(item, problems)).collect();
    Under(named.iter().fold(0, |bits, at| bits | 1 << at.value))
}
