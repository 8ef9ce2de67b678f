//! From numbers to places along an axis.

use super::html::short;
use crate::bench::Unit;

/// An axis: which numbers lie between which places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    /// Equal steps for equal differences.
    pub(super) fn linear(from: f64, to: f64, low: f64, high: f64) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        Self { from, to, low, high, log: false }
    }

    /// Equal steps for equal ratios; what is below `from`, which must be above 0, lies at its beginning.
    pub(super) fn log(from: f64, to: f64, low: f64, high: f64) -> Self {
        let from = from.max(1e-9);
        let to = if to > from { to } else { from * 10.0 };
        Self { from, to, low, high, log: true }
    }

    /// The place of a number, within the axis.
    pub(super) fn at(&self, number: f64) -> f64 {
        let number = number.clamp(self.from, self.to);
        let share = if self.log {
            (number / self.from).ln() / (self.to / self.from).ln()
        } else {
            (number - self.from) / (self.to - self.from)
        };
        self.low + (self.high - self.low) * share
    }

    /// Round numbers along it, not more than seven or so.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let decades = (self.to / self.from).log10();
        match self.log {
            true if decades > 1.5 => self.powers((decades / 6.0).ceil() as i32),
            true => self.steps().into_iter().filter(|tick| *tick > 0.0).collect(),
            false => self.steps(),
        }
    }

    fn powers(&self, every: i32) -> Vec<f64> {
        let (first, last) = (self.from.log10().ceil() as i32, self.to.log10().floor() as i32);
        (first..=last).step_by(every.max(1) as usize).map(|power| 10_f64.powi(power)).collect()
    }

    fn steps(&self) -> Vec<f64> {
        let whole = self.to - self.from;
        let decade = 10_f64.powi((whole / 5.0).log10().floor() as i32);
        let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| whole / (decade * factor) <= 6.0);
        let step = decade * factor.unwrap_or(10.0);
        let first = (self.from / step).ceil() as i64;
        (first..first + 8).map(|number| number as f64 * step).take_while(|tick| *tick <= self.to).collect()
    }
}

/// An axis for samples: where they are all large and close together, it counts from the smallest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Samples {
    /// From where it counts: 0 or the smallest sample.
    pub(super) origin: u64,
    /// Of samples less the origin.
    pub(super) scale: Scale,
}

impl Samples {
    /// For samples from `min` to `max`: by ratio if they differ much, or the small ones could not be told apart.
    pub(super) fn new(min: u64, max: u64, low: f64, high: f64) -> Self {
        let (least, most, width) = (min as f64, max as f64, (max - min) as f64);
        if max / min.max(1) >= 30 {
            return Self { origin: 0, scale: Scale::log(least.max(1.0) * 0.8, most * 1.25, low, high) };
        }
        let margin = (width * 0.06).max(0.5);
        if width * 10.0 < least {
            return Self { origin: min, scale: Scale::linear(-margin, width + margin, low, high) };
        }
        Self { origin: 0, scale: Scale::linear((least - margin).max(0.0), most + margin, low, high) }
    }

    /// The place of a sample.
    pub(super) fn at(&self, sample: u64) -> f64 {
        self.scale.at(sample.saturating_sub(self.origin) as f64)
    }

    /// How its numbers are written; beyond its samples there is none.
    pub(super) fn label(&self, number: f64, unit: Unit) -> String {
        match self.origin {
            _ if number < 0.0 => String::new(),
            0 => short(number, unit),
            _ => format!("+{}", short(number, unit)),
        }
    }
}

/// A place with one decimal, as it is written.
pub(super) fn place(at: f64) -> String {
    let text = format!("{at:.1}");
    text.strip_suffix(".0").map_or(text.clone(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_and_middles_have_their_places() {
        let linear = Scale::linear(0.0, 10.0, 100.0, 200.0);
        assert_eq!([0.0, 5.0, 10.0, 99.0].map(|number| linear.at(number)), [100.0, 150.0, 200.0, 200.0]);
        let log = Scale::log(1.0, 100.0, 100.0, 200.0);
        assert_eq!([0.0, 1.0, 10.0, 100.0].map(|number| place(log.at(number))), ["100", "100", "150", "200"]);
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(Scale::linear(0.0, 10.0, 0.0, 1.0).ticks(), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(Scale::log(1.0, 1000.0, 0.0, 1.0).ticks(), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(Scale::log(90.0, 210.0, 0.0, 1.0).ticks(), [100.0, 120.0, 140.0, 160.0, 180.0, 200.0]);
    }

    #[test]
    fn samples_that_are_large_and_close_together_are_told_apart() {
        let axis = Samples::new(1_000_000_000, 1_000_000_064, 0.0, 100.0);
        assert_eq!(place(axis.at(1_000_000_032)), "50");
        assert_eq!((axis.label(16.0, Unit::Ns), axis.label(-2.0, Unit::Ns)), ("+16 ns".into(), String::new()));
        assert_eq!(Samples::new(5, 1_000, 0.0, 1.0).label(100.0, Unit::Ns), "100 ns");
    }

    proptest! {
        #[test]
        fn all_samples_have_finite_places_in_order(one in any::<u64>(), other in any::<u64>(), some in any::<u64>()) {
            let (min, max) = (one.min(other), one.max(other));
            let axis = Samples::new(min, max, 0.0, 100.0);
            let at = axis.at(some.clamp(min, max));
            prop_assert!((0.0..=100.0).contains(&at));
            prop_assert!(axis.at(min) <= at && at <= axis.at(max));
            prop_assert!(axis.scale.ticks().len() < 12);
        }
    }
}
