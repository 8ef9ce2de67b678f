//! Walking the tokens of a file.

use super::{Function, Item};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

const ITEMS: [&str; 9] = ["struct", "enum", "const", "static", "type", "trait", "impl", "union", "macro_rules"];

/// A module in a file of its own.
pub(super) struct Module {
    pub(super) path: Vec<String>,
    pub(super) for_tests: bool,
    /// What `#[path]` says.
    pub(super) file: Option<String>,
}

/// What a file holds.
#[derive(Default)]
pub(super) struct Found {
    pub(super) functions: Vec<Function>,
    pub(super) items: Vec<Item>,
    pub(super) modules: Vec<Module>,
    pub(super) test_lines: Vec<(usize, usize)>,
    pub(super) unsafes: Vec<usize>,
}

struct Walk<'a> {
    found: Found,
    prefix: &'a str,
    module: Vec<String>,
    for_tests: bool,
}

pub(super) fn walk(stream: TokenStream, module: &[String], prefix: &str, for_tests: bool) -> Found {
    let mut walk = Walk { found: Found::default(), prefix, module: module.to_vec(), for_tests };
    walk.stream(stream);
    walk.found
}

/// Attributes that stand before an item.
#[derive(Default)]
struct Pending {
    start: Option<usize>,
    test: bool,
    for_tests: bool,
    file: Option<String>,
}

impl Walk<'_> {
    fn stream(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut pending = Pending::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            let line = token.span().start().line;
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    if let Some(TokenTree::Group(group)) = tokens.get(at) {
                        pending.start.get_or_insert(line);
                        pending.note(group);
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => pending = Pending::default(),
                TokenTree::Ident(word) if word == "unsafe" => self.found.unsafes.push(line),
                TokenTree::Ident(word) if word == "pub" => {
                    pending.start.get_or_insert(line);
                }
                TokenTree::Ident(word) if word == "fn" => {
                    if let Some(TokenTree::Ident(name)) = tokens.get(at) {
                        self.function(&name.to_string(), line, &pending, &tokens[at..]);
                    }
                }
                TokenTree::Ident(word) if word == "mod" => {
                    if let Some(TokenTree::Ident(name)) = tokens.get(at) {
                        at += 1 + usize::from(self.module(&name.to_string(), line, &pending, tokens.get(at + 1)));
                        pending = Pending::default();
                    }
                }
                TokenTree::Ident(word) if ITEMS.iter().any(|item| word == item) => {
                    self.item(line, &pending, &tokens[at..]);
                }
                TokenTree::Group(group) => {
                    let inside = self.for_tests || pending.for_tests;
                    let outside = std::mem::replace(&mut self.for_tests, inside);
                    self.stream(group.stream());
                    self.for_tests = outside;
                    // A body ends an item; arguments and attributes do not.
                    if group.delimiter() == Delimiter::Brace {
                        if pending.for_tests {
                            let first = pending.start.unwrap_or(line);
                            self.found.test_lines.push((first, group.span_close().end().line));
                        }
                        pending = Pending::default();
                    }
                }
                _ => {}
            }
        }
    }

    fn function(&mut self, name: &str, line: usize, pending: &Pending, rest: &[TokenTree]) {
        let start = pending.start.unwrap_or(line);
        let for_tests = self.for_tests || pending.for_tests || pending.test;
        let end = rest.iter().find_map(|token| match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => Some(None),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                Some(Some(group.span_close().end().line))
            }
            _ => None,
        });
        let Some(end) = end.flatten() else {
            return self.found.items.push(Item { name: name.to_string(), lines: (start, line), for_tests });
        };
        let test = pending.test.then(|| {
            let path: Vec<&str> = self.module.iter().map(String::as_str).chain([name]).collect();
            format!("{}{}", self.prefix, path.join("::"))
        });
        self.found.functions.push(Function { name: name.to_string(), lines: (start, end), test, for_tests });
    }

    /// True if the module's body is here, and was walked.
    fn module(&mut self, name: &str, line: usize, pending: &Pending, next: Option<&TokenTree>) -> bool {
        let for_tests = self.for_tests || pending.for_tests;
        let mut path = self.module.clone();
        path.push(name.to_string());
        let Some(TokenTree::Group(body)) = next else {
            self.found.modules.push(Module { path, for_tests, file: pending.file.clone() });
            return false;
        };
        if pending.for_tests {
            self.found.test_lines.push((pending.start.unwrap_or(line), body.span_close().end().line));
        }
        let outside = (std::mem::replace(&mut self.module, path), self.for_tests);
        self.for_tests = for_tests;
        self.stream(body.stream());
        (self.module, self.for_tests) = outside;
        true
    }

    fn item(&mut self, line: usize, pending: &Pending, rest: &[TokenTree]) {
        // `const fn` is a function; the words of a bound are not the name.
        let words: Vec<String> = rest
            .iter()
            .map_while(|token| match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => None,
                TokenTree::Punct(punct) if ";=:".contains(punct.as_char()) => None,
                other => Some(other.to_string()),
            })
            .collect();
        if words.first().is_some_and(|word| word != "fn") {
            let name = words.join(" ").replace(" < ", "<").replace(" >", ">");
            self.found.items.push(Item {
                name,
                lines: (pending.start.unwrap_or(line), line),
                for_tests: self.for_tests,
            });
        }
    }
}

impl Pending {
    fn note(&mut self, group: &Group) {
        let text = group.stream().to_string().replace(' ', "");
        self.test |= text == "test";
        let file = text.strip_prefix("path=\"").and_then(|rest| rest.strip_suffix('"'));
        self.file = file.map(str::to_string).or(self.file.take());
        self.for_tests |= text.starts_with("cfg(") && text.contains("test") && !text.contains("not(test");
    }
}
