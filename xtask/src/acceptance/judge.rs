//! Whether questions and answers fit together. What is wrong is a list of sentences; an empty one says that all is
//! well.

use super::answers::{Answers, Disposition, FILE};
use super::asked::{Case, Family};
use std::collections::BTreeSet;

/// A reason that is shorter explains nothing.
const SHORTEST_REASON: usize = 12;

/// How many cases of a family a policy answers in which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Sums {
    pub(super) tested: usize,
    pub(super) superseded: usize,
    pub(super) not_applicable: usize,
}

impl Sums {
    pub(super) fn all(self) -> usize {
        self.tested + self.superseded + self.not_applicable
    }
}

/// All that is wrong.
pub(super) fn faults(families: &[Family], policies: &[Answers]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for family in families {
        for policy in family.policies.iter().filter(|name| !policies.iter().any(|one| one.policy == **name)) {
            faults.push(format!("the cases {}.. concern `{policy}`, which is no policy", family.prefix));
        }
        for case in &family.cases {
            if !seen.insert(&case.id) {
                faults.push(format!("{} is asked twice", case.id));
            }
            case_faults(family, case, &mut faults);
        }
    }
    for one in policies {
        answer_faults(families, one, &mut faults);
        sum_faults(families, one, &mut faults);
    }
    faults
}

fn case_faults(family: &Family, case: &Case, faults: &mut Vec<String>) {
    let number = case.id.strip_prefix(&family.prefix).unwrap_or_default();
    if number.len() != 2 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        faults.push(format!("`{}` is not `{}` and two digits", case.id, family.prefix));
    }
    if case.given.trim().is_empty() || case.then.trim().is_empty() {
        faults.push(format!("{} does not say what is given, or what then must be seen", case.id));
    }
}

fn answer_faults(families: &[Family], one: &Answers, faults: &mut Vec<String>) {
    let asked: BTreeSet<&str> = concerning(families, &one.policy).flat_map(ids).collect();
    let known: BTreeSet<&str> = families.iter().flat_map(ids).collect();
    let mut answered = BTreeSet::new();
    for answer in &one.answers {
        let (policy, id) = (&one.policy, answer.id.as_str());
        if !known.contains(id) {
            faults.push(format!("{policy} answers {id}, which is unknown"));
        } else if !asked.contains(id) {
            faults.push(format!("{policy} answers {id}, which does not concern it"));
        }
        if !answered.insert(id) {
            faults.push(format!("{policy} answers {id} twice"));
        }
        match answer.disposition() {
            None => {
                faults.push(format!("{policy} answers {id} with none or several of test, superseded, not_applicable"))
            }
            Some(Disposition::Tested(test)) if !one.tests.contains(test) => {
                faults.push(format!("{policy} has no test `{test}`, which {id} names"));
            }
            Some(Disposition::Superseded(why) | Disposition::NotApplicable(why))
                if why.trim().len() < SHORTEST_REASON =>
            {
                faults.push(format!("{policy} gives no reason why {id} has no test"));
            }
            Some(_) => {}
        }
    }
    for id in asked.difference(&answered) {
        faults.push(format!("{policy} says nothing about {id}: add it to its {FILE}", policy = one.policy));
    }
}

fn sum_faults(families: &[Family], one: &Answers, faults: &mut Vec<String>) {
    for family in concerning(families, &one.policy) {
        let (sum, all) = (sums(family, one).all(), family.cases.len());
        if sum != all {
            faults.push(format!("{} answers {sum} of the {all} cases {}..", one.policy, family.prefix));
        }
    }
}

/// How many cases of `family` the policy answers in which way.
pub(super) fn sums(family: &Family, one: &Answers) -> Sums {
    let asked: BTreeSet<&str> = ids(family).collect();
    let answers = one.answers.iter().filter(|answer| asked.contains(answer.id.as_str()));
    answers.fold(Sums::default(), |sums, answer| match answer.disposition() {
        Some(Disposition::Tested(_)) => Sums { tested: sums.tested + 1, ..sums },
        Some(Disposition::Superseded(_)) => Sums { superseded: sums.superseded + 1, ..sums },
        Some(Disposition::NotApplicable(_)) => Sums { not_applicable: sums.not_applicable + 1, ..sums },
        None => sums,
    })
}

/// The families that a policy has to answer.
pub(super) fn concerning<'a>(families: &'a [Family], policy: &str) -> impl Iterator<Item = &'a Family> {
    families.iter().filter(move |family| family.policies.iter().any(|one| one == policy))
}

fn ids(family: &Family) -> impl Iterator<Item = &str> {
    family.cases.iter().map(|case| case.id.as_str())
}

#[cfg(test)]
mod tests;
