//! The histogram that cyclictest prints on a console.
//!
//! A console may drop what comes too fast, so that the samples are counted: too few of them are an error, not a result.

use anyhow::{Context, Result, ensure};

/// Lines of this kind say how many samples there were.
const TOTAL: &str = "# Total:";
/// And how many were outside.
const OVERFLOWS: &str = "# Histogram Overflows:";
const NANOS: u64 = 1_000;

/// All samples, in ns: cyclictest counts whole microseconds.
pub(super) fn samples(console: &str) -> Result<Vec<u64>> {
    let samples: Vec<u64> = console.lines().filter_map(bar).flatten().collect();
    let total = number(console, TOTAL).context("the console has no whole histogram of cyclictest")?;
    let outside = number(console, OVERFLOWS).context("the histogram of cyclictest has no end")?;
    ensure!(outside == 0, "{outside} samples were larger than the histogram of cyclictest reaches");
    let found = samples.len() as u64;
    ensure!(found == total, "the console shows {found} of {total} samples of cyclictest; the rest was dropped");
    Ok(samples)
}

/// A line such as `000012 000345`, whatever the console puts before it: 345 samples of 12 us.
fn bar(line: &str) -> Option<impl Iterator<Item = u64>> {
    let mut words = line.split_whitespace().rev();
    let (count, size) = (digits(words.next()?)?, digits(words.next()?)?);
    Some((0..count).map(move |_| size * NANOS))
}

/// Six digits or more, and no more than a histogram can have.
fn digits(word: &str) -> Option<u64> {
    let plain = (6..=9).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    if plain { word.parse().ok() } else { None }
}

fn number(console: &str, before: &str) -> Option<u64> {
    console.lines().find_map(|line| line.split_once(before)?.1.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONSOLE: &str = "[linux] # Histogram\n[linux] 000003 000002\n[linux] 000012 000001\n[linux] # Total: 000000003\n\
                           [linux] # Histogram Overflows: 00000\n";

    #[test]
    fn every_sample_is_found() {
        assert_eq!(samples(CONSOLE).expect("whole"), [3000, 3000, 12_000]);
    }

    #[test]
    fn a_dropped_line_is_noticed() {
        let error = samples(&CONSOLE.replace("[linux] 000012 000001\n", "")).expect_err("incomplete");
        assert!(error.to_string().contains("2 of 3"), "{error}");
        assert!(samples(&CONSOLE.replace("Overflows: 00000", "Overflows: 00002")).is_err());
        assert!(samples("").is_err());
    }
}
