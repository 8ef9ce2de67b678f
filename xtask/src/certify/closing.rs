//! What the evidence does not show: the honest end of each report.

use super::report::Section;

const LIMITS: [&str; 10] = [
    "That the requirements are the right ones, or complete: a person has to judge their texts and sources.",
    "That a tagged test really verifies its requirement. The tag is its author's claim; mutation shows only that tests \
     as a whole notice changes.",
    "That the tools are right. The compiler, LLVM, the emulator, cargo-mutants and this verb are not qualified in the \
     sense of DO-330 or ISO 26262-8. Coverage is measured on the host's build; the code for the target is inspected \
     separately.",
    "Modified condition/decision coverage.",
    "Time. Work is counted in instructions executed on an emulator. Caches, memory, pipelines and the board are not in \
     the numbers.",
    "The worst case. The calls that were counted are many and meant to hurt, but they are a sample; no static bound on \
     instructions is derived.",
    "The crate `sched`, on which every policy rests: its code is inspected where it is linked in, and the files that a \
     policy lists as shared are measured, but its own tests and the coverage of the rest are not judged here.",
    "The hypervisor around the policy. The policy is compiled with the profile of the image, but in a program of its \
     own; inlining in the image may differ, and the stack of the caller comes on top.",
    "That jump tables lead only into their own function. The compiler builds them so, and the inspection relies on it.",
    "The protection of this evidence against change: the hashes identify what was looked at, but nothing here is signed.",
];

/// The section.
pub(super) fn section() -> Section {
    let mut section = Section::new("limits", "What this evidence does not show");
    section.text.extend(LIMITS.iter().map(ToString::to_string));
    section
}
