//! The page of the book: each case with its answers, and at the end how many there are of each kind.

use super::answers::{Answers, Disposition};
use super::asked::{Case, Family};
use super::judge::{concerning, sums};
use std::fmt::Write;

const INTRODUCTION: &str = "\
<!-- Written from docs/acceptance and each policy's behaviour.toml: do not edit.
     BLESS=1 cargo xtask test --filter acceptance_cases -->

# Acceptance cases

What the policies are asked, and how each of them answers. The cases came out of studying the schedulers of Xen: what
they do well and what they are known for doing badly. Each has one of two levels:

- *regression*: Xen keeps it, and we must not be worse;
- *better*: Xen is known, or believed from its source, to fail in at least a part of it.

Unless a case says otherwise, there is one pCPU, the machine's own doings take no time, a *hog* would always run, and
a run lasts ten seconds. Points are points of a percentage.

An answer is the test that asks for it, the better rule that took its place (*superseded*), or why there is nothing
that could be tested (*not applicable*). A test may ask for more than the case, and for several cases at once.
`cargo xtask test` fails if a case has no answer from a policy that it concerns, if an answer names a test that is not
there, or if this page is not what cases and answers say.
";

/// The whole page.
pub(super) fn render(families: &[Family], policies: &[Answers]) -> String {
    let mut page = INTRODUCTION.to_string();
    for family in families {
        let _ = write!(page, "\n## {}\n", family.title);
        if let Some(setting) = &family.setting {
            let _ = write!(page, "\n{setting}\n");
        }
        for case in &family.cases {
            one(&mut page, family, case, policies);
        }
    }
    page.push_str("\n## Sums\n\n");
    page.push_str("| cases | policy | tested | superseded | not applicable | all |\n|---|---|---|---|---|---|\n");
    for one in policies {
        for family in concerning(families, &one.policy) {
            let sums = sums(family, one);
            let (prefix, policy) = (&family.prefix, &one.policy);
            let (tested, superseded, without) = (sums.tested, sums.superseded, sums.not_applicable);
            let _ = writeln!(page, "| {prefix} | {policy} | {tested} | {superseded} | {without} | {} |", sums.all());
        }
    }
    page
}

/// A case with its answers; policies that answer alike share a line.
fn one(page: &mut String, family: &Family, case: &Case, policies: &[Answers]) {
    let Case { id, given, then, level } = case;
    let _ = write!(page, "\n**{id}** ({}). Given {given}: {then}.\n\n", level.word());
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for policy in policies.iter().filter(|one| family.policies.contains(&one.policy)) {
        for answer in policy.answers.iter().filter(|answer| answer.id == *id) {
            let text = answer.disposition().map_or_else(String::new, text);
            match lines.iter_mut().find(|(known, _)| *known == text) {
                Some((_, who)) => who.push(&policy.policy),
                None => lines.push((text, vec![&policy.policy])),
            }
        }
    }
    for (text, who) in lines {
        let _ = writeln!(page, "- {}: {text}", who.join(", "));
    }
}

fn text(disposition: Disposition<'_>) -> String {
    match disposition {
        Disposition::Tested(test) => format!("`{test}`"),
        Disposition::Superseded(rule) => format!("*superseded*: {}", rule.trim_end_matches('.')),
        Disposition::NotApplicable(reason) => format!("*not applicable*: {}", reason.trim_end_matches('.')),
    }
}
