//! Progress of long steps: a spinner on a terminal, plain lines elsewhere. All on standard error.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

const REDRAW: Duration = Duration::from_millis(120);

/// A step that may take a while; ends when dropped.
pub(crate) struct Step {
    bar: Option<ProgressBar>,
    text: String,
    begun: Instant,
}

impl Step {
    /// Begins a step and says so.
    pub(crate) fn begin(text: impl Into<String>) -> Self {
        let text = text.into();
        let bar = stderr().is_terminal().then(|| spinner(&text));
        if bar.is_none() {
            eprintln!("{text} ...");
        }
        Self { bar, text, begun: Instant::now() }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        let Some(bar) = &self.bar else { return };
        bar.finish_and_clear();
        let seconds = self.begun.elapsed().as_secs_f64();
        if seconds >= 1.0 {
            eprintln!("{} ({seconds:.1} s)", self.text);
        }
    }
}

fn spinner(text: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(text.to_string());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(REDRAW);
    bar
}
