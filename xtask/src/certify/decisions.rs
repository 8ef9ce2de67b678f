//! Decisions with more than one condition, found in the syntax tree.
//!
//! Modified condition/decision coverage asks that each condition be shown to decide alone. No released
//! compiler measures it for Rust any more, so this section lists where it would matter.

use super::report::{Section, Table};
use super::source::File;
use super::subject::Subject;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprBinary};

/// A decision: where it stands and how many conditions it has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Decision {
    pub(super) start: (usize, usize),
    pub(super) end: (usize, usize),
    pub(super) conditions: usize,
}

impl Decision {
    /// True if the span (columns from 1) lies inside.
    pub(super) fn holds(&self, (line, column, last, end): (usize, usize, usize, usize)) -> bool {
        self.start <= (line, column) && (last, end) <= self.end
    }
}

/// The section.
pub(super) fn section(subject: &Subject) -> Section {
    let mut section = Section::new("decisions", "Decisions with several conditions").says(
        "Condition coverage (each operand true and false) is measured in the section on structural coverage. Modified \
         condition/decision coverage is not measured: the compiler's support for it was withdrawn before it was ever \
         stable. A reviewer who needs it has to show, for each decision below, that each condition alone can turn it. \
         Decisions inside macro calls are not seen.",
    );
    let mut table = Table::new("decisions", "Decisions", &["place", "conditions", "source"]);
    for file in subject.product() {
        for decision in of(file) {
            let line = decision.start.0;
            table.row(&[&format!("{}:{line}", file.path), &decision.conditions, &file.text(line)]);
        }
    }
    section.tables.push(table);
    section
}

/// The decisions of a file that are not for tests.
pub(super) fn of(file: &File) -> Vec<Decision> {
    let Ok(tree) = syn::parse_file(&file.lines.join("\n")) else { return Vec::new() };
    let mut found = Finder(Vec::new());
    found.visit_file(&tree);
    found.0.retain(|decision| !file.is_for_tests(decision.start.0));
    found.0
}

struct Finder(Vec<Decision>);

impl Visit<'_> for Finder {
    fn visit_expr_binary(&mut self, binary: &ExprBinary) {
        if !is_logical(binary) {
            return visit::visit_expr_binary(self, binary);
        }
        let (start, end) = (binary.span().start(), binary.span().end());
        let mut operands = Vec::new();
        operands_of(&binary.left, &mut operands);
        operands_of(&binary.right, &mut operands);
        self.0.push(Decision {
            start: (start.line, start.column + 1),
            end: (end.line, end.column + 1),
            conditions: operands.len(),
        });
        // Closures and calls inside an operand may hold decisions of their own.
        operands.into_iter().for_each(|operand| self.visit_expr(operand));
    }
}

fn is_logical(binary: &ExprBinary) -> bool {
    matches!(binary.op, BinOp::And(_) | BinOp::Or(_))
}

fn operands_of<'a>(expression: &'a Expr, into: &mut Vec<&'a Expr>) {
    match expression {
        Expr::Binary(binary) if is_logical(binary) => {
            operands_of(&binary.left, into);
            operands_of(&binary.right, into);
        }
        Expr::Paren(inner) => operands_of(&inner.expr, into),
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Not(_)) && matches!(*unary.expr, Expr::Paren(_)) => {
            operands_of(&unary.expr, into);
        }
        other => into.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certify::source::parse_for_tests;

    #[test]
    fn conditions_are_counted_over_the_whole_decision() {
        let text = "fn f(a: bool, b: bool, c: bool) -> bool {\n    if a && !(b || c) { true } else { a }\n}\n\
                    fn g(a: Option<u8>) -> bool {\n    a.is_some_and(|x| x > 1 && x < 9) || a.is_none()\n}\n";
        let found = of(&parse_for_tests("src/a.rs", text, &[], false));
        let sizes: Vec<_> = found.iter().map(|one| (one.start.0, one.conditions)).collect();
        assert_eq!(sizes, [(2, 3), (5, 2), (5, 2)]);
        assert!(found[0].holds((2, 8, 2, 9)) && !found[0].holds((2, 25, 2, 29)));
    }
}
