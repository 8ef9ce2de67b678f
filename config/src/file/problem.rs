//! Problems: what is wrong where, with what it collides, and how to mend it.

use std::fmt;
use std::ops::Range;
use std::string::{String, ToString};
use std::vec::Vec;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A range of bytes of the file.
pub(crate) type Span = Range<usize>;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// One problem.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    span: Span,
    sentence: String,
    label: String,
    others: Vec<(Span, String)>,
    remedy: String,
    warning: bool,
}

impl Problem {
    /// `sentence` says what is wrong with the text at `span`.
    pub(crate) fn new(span: &Span, sentence: impl Into<String>) -> Self {
        Self {
            span: span.clone(),
            sentence: sentence.into(),
            label: String::new(),
            others: Vec::new(),
            remedy: String::new(),
            warning: false,
        }
    }

    /// Says beside the text what it means here.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Names another place that has to do with it.
    pub(crate) fn with(mut self, span: &Span, sentence: impl Into<String>) -> Self {
        self.others.push((span.clone(), sentence.into()));
        self
    }

    /// Says how to mend it.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Makes it a warning: the file is accepted.
    pub(crate) fn warning(mut self) -> Self {
        self.warning = true;
        self
    }
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a problem.
    pub(crate) fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// True if one of them is more than a warning.
    pub(crate) fn fatal(&self) -> bool {
        self.0.iter().any(|problem| !problem.warning)
    }

    /// All of them, in the order of the file.
    pub(crate) fn report(mut self, path: &str, text: &str) -> Report {
        self.0.sort_by_key(|problem| (problem.span.start, problem.span.end));
        // Several vCPUs can have the same problem.
        self.0.dedup_by(|one, other| one.span == other.span && one.sentence == other.sentence);
        Report { path: path.to_string(), text: text.to_string(), problems: self.0 }
    }
}

/// What is wrong or doubtful in a file; `Display` is the text for people.
#[derive(Debug)]
pub struct Report {
    path: String,
    text: String,
    problems: Vec<Problem>,
}

impl Report {
    /// True if nothing was found.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| !problem.warning).count()
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.problems.len() - self.errors()
    }

    /// The report with colours, for a terminal.
    pub fn styled(&self) -> String {
        self.render(&Renderer::styled())
    }

    fn render(&self, renderer: &Renderer) -> String {
        let mut out = String::new();
        for problem in &self.problems {
            out.push_str(&renderer.render(&self.groups(problem)));
            out.push_str("\n\n");
        }
        out
    }

    fn groups<'a>(&'a self, problem: &'a Problem) -> Vec<Group<'a>> {
        let level = if problem.warning { Level::WARNING } else { Level::ERROR };
        let mut mark = AnnotationKind::Primary.span(problem.span.clone());
        if !problem.label.is_empty() {
            mark = mark.label(&*problem.label);
        }
        let place = Snippet::source(&*self.text).path(&*self.path).annotation(mark);
        let mut groups = [level.primary_title(&*problem.sentence).element(place)].to_vec();
        for (span, sentence) in &problem.others {
            let mark = AnnotationKind::Primary.span(span.clone());
            let place = Snippet::source(&*self.text).path(&*self.path).annotation(mark);
            groups.push(Level::NOTE.secondary_title(&**sentence).element(place));
        }
        if !problem.remedy.is_empty() {
            groups.push(Group::with_title(Level::HELP.secondary_title(&*problem.remedy)));
        }
        groups
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Renderer::plain()))
    }
}

impl std::error::Error for Report {}
