//! Counting what passed and what failed, and saying so.

use anyhow::{Error, Result};
use std::sync::Mutex;
use std::time::Instant;

/// Tests that passed and that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Count {
    pub(super) passed: u64,
    pub(super) failed: u64,
}

/// The count so far and the names of what failed. May be used by several threads.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<(Count, Vec<String>)>);

impl Tally {
    /// Runs one test.
    pub(super) fn timed(&self, name: &str, test: impl FnOnce() -> Result<()>) {
        self.counted(name, || test().map(|()| Count { passed: 1, failed: 0 }));
    }

    /// Runs a step that counts its own tests; an error of the step itself is one failure more.
    pub(super) fn counted(&self, name: &str, step: impl FnOnce() -> Result<Count>) {
        let begun = Instant::now();
        match step() {
            Ok(count) if count.failed == 0 => {
                println!("ok      {name} ({:.1} s)", begun.elapsed().as_secs_f64());
                self.add(count, None);
            }
            Ok(count) => {
                println!("FAILED  {name}: {} of its tests", count.failed);
                self.add(count, Some(name));
            }
            Err(error) => self.failed(name, &error),
        }
    }

    /// Counts a failure and says why.
    pub(super) fn failed(&self, name: &str, error: &Error) {
        println!("FAILED  {name}: {error:#}");
        self.add(Count { passed: 0, failed: 1 }, Some(name));
    }

    /// Whether nothing failed.
    pub(super) fn is_green(&self) -> bool {
        self.with(|count, _| count.failed == 0)
    }

    /// The closing lines: what failed, and the numbers alone on the last one.
    pub(super) fn summary(&self) -> String {
        self.with(|count, failed| {
            let list: String = failed.iter().map(|name| format!("failed: {name}\n")).collect();
            format!("\n{list}{} passed, {} failed", count.passed, count.failed)
        })
    }

    fn add(&self, count: Count, failed: Option<&str>) {
        self.with(|sum, names| {
            sum.passed += count.passed;
            sum.failed += count.failed;
            names.extend(failed.map(str::to_string));
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Count, &mut Vec<String>) -> T) -> T {
        let mut held = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (count, names) = &mut *held;
        act(count, names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn the_last_line_has_the_numbers() {
        let tally = Tally::default();
        tally.timed("one", || Ok(()));
        tally.counted("many", || Ok(Count { passed: 7, failed: 2 }));
        tally.timed("broken", || Err(anyhow!("a reason")));
        assert!(!tally.is_green());
        assert_eq!(tally.summary(), "\nfailed: many\nfailed: broken\n8 passed, 3 failed");
    }
}
