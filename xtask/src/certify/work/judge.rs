//! How work may grow: hardly with vCPUs and windows, at most in proportion with pCPUs.

use super::Cost;
use crate::certify::report::Table;

/// The calls whose growth is bounded.
const BOUNDED: [&str; 6] = ["wake", "block", "block_running", "pick", "saved", "expire"];
/// From the fewest vCPUs or windows to the most: the worst call and the mean.
const WORST: f64 = 4.0;
const MEAN: f64 = 3.0;
/// Each further pCPU may cost so much more than each of those before: what is linear is so but for chance.
const STEEPER: f64 = 1.25;
/// Below so many instructions a call is short whatever the ratio: ten are four of two and a half.
const SHORT: f64 = 200.0;

/// What varies while the others stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Axis {
    Vcpus,
    Pcpus,
    Windows,
}

impl Axis {
    const ALL: [Self; 3] = [Self::Vcpus, Self::Pcpus, Self::Windows];

    fn name(self) -> &'static str {
        match self {
            Self::Vcpus => "vCPUs",
            Self::Pcpus => "pCPUs",
            Self::Windows => "windows",
        }
    }

    fn of(self, cost: &Cost) -> u64 {
        match self {
            Self::Vcpus => cost.vcpus,
            Self::Pcpus => cost.pcpus,
            Self::Windows => cost.windows,
        }
    }

    fn others(self, cost: &Cost) -> (u64, u64) {
        match self {
            Self::Vcpus => (cost.pcpus, cost.windows),
            Self::Pcpus => (cost.vcpus, cost.windows),
            Self::Windows => (cost.vcpus, cost.pcpus),
        }
    }
}

/// The table of growth, and what grows too fast.
pub(super) fn growth(costs: &[Cost]) -> (Table, Vec<String>) {
    let head = ["call", "along", "from", "to", "worst", "allowed", "mean", "allowed"];
    let mut table = Table::new("growth", "Growth, as a factor", &head);
    let mut missing = Vec::new();
    for call in BOUNDED {
        for axis in Axis::ALL {
            for (low, high, three) in pairs(costs, call, axis) {
                let (worst, mean) = (ratio(low.worst as f64, high.worst as f64), ratio(low.mean(), high.mean()));
                let (most, most_mean) = allowed(axis, low, high);
                table.row(&[
                    &call,
                    &axis.name(),
                    &axis.of(low),
                    &axis.of(high),
                    &format!("{worst:.2}"),
                    &most,
                    &format!("{mean:.2}"),
                    &most_mean,
                ]);
                let straight = |of: fn(&Cost) -> f64| three.is_some_and(|three| is_straight(of, three));
                let too_much = worst > most && !straight(|one| one.worst as f64);
                if too_much || mean > most_mean && !straight(Cost::mean) {
                    missing.push(format!(
                        "{call} grows too fast from {} to {} {}: the worst call {worst:.2} times, the mean {mean:.2} times",
                        axis.of(low), axis.of(high), axis.name()
                    ));
                }
            }
        }
    }
    if table.rows.is_empty() {
        missing.push("there are no two sizes to compare".into());
    }
    (table, missing)
}

/// From a size to the next one, and three sizes to compare slopes.
type Step<'a> = (&'a Cost, &'a Cost, Option<[&'a Cost; 3]>);

/// The longest series along the axis: its ends, or for pCPUs each step. A single pCPU leaves nothing to choose,
/// so policies may have a shorter way for it; what is proportional to pCPUs shows from several on.
/// With a step along pCPUs come three sizes that it is a part of, if there are three.
fn pairs<'a>(costs: &'a [Cost], call: &str, axis: Axis) -> Vec<Step<'a>> {
    let mine: Vec<&Cost> = costs.iter().filter(|one| one.call == call && one.calls > 0).collect();
    let series = |like: &Cost| {
        let mut found: Vec<&Cost> = mine.iter().copied().filter(|one| axis.others(one) == axis.others(like)).collect();
        found.sort_by_key(|one| axis.of(one));
        found
    };
    let longest = mine.iter().map(|one| series(one)).max_by_key(Vec::len).unwrap_or_default();
    match (axis, longest.as_slice()) {
        (Axis::Pcpus, all) => {
            let several: Vec<&Cost> = all.iter().copied().filter(|one| one.pcpus > 1).collect();
            let three = |at: usize| several.get(at.saturating_sub(1)..)?.first_chunk().copied();
            several.windows(2).enumerate().map(|(at, pair)| (pair[0], pair[1], three(at))).collect()
        }
        (_, [first, .., last]) => vec![(*first, *last, None)],
        _ => Vec::new(),
    }
}

/// Whether the last of three sizes lies on the line through the others, or not much above it: the worst of a sample is
/// met sooner where there is more to do.
fn is_straight(of: fn(&Cost) -> f64, [first, second, third]: [&Cost; 3]) -> bool {
    let slope = |a: &Cost, b: &Cost| (of(b) - of(a)) / (b.pcpus - a.pcpus).max(1) as f64;
    slope(second, third) <= STEEPER * slope(first, second)
}

fn allowed(axis: Axis, low: &Cost, high: &Cost) -> (f64, f64) {
    match axis {
        Axis::Pcpus => {
            let linear = high.pcpus as f64 / low.pcpus.max(1) as f64;
            (linear, linear)
        }
        _ => (WORST, MEAN),
    }
}

fn ratio(low: f64, high: f64) -> f64 {
    if high <= SHORT { 1.0 } else { high / low.max(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(vcpus: u64, pcpus: u64, worst: u64) -> Cost {
        Cost { vcpus, pcpus, windows: 16, call: "pick".into(), calls: 1, instructions: worst, worst }
    }

    #[test]
    fn slow_growth_passes_and_fast_growth_does_not() {
        assert!(growth(&[cost(10, 4, 1000), cost(4000, 4, 2900)]).1.is_empty());
        assert_eq!(growth(&[cost(10, 4, 1000), cost(4000, 4, 3100)]).1.len(), 1, "the mean");
        assert_eq!(growth(&[cost(10, 4, 1000), cost(4000, 4, 400_000)]).1.len(), 1);
    }

    #[test]
    fn pcpus_may_cost_in_proportion_at_each_step() {
        assert!(growth(&[cost(1000, 1, 30), cost(1000, 4, 4000), cost(1000, 16, 16000)]).1.is_empty());
        let found = growth(&[cost(1000, 4, 1000), cost(1000, 16, 1200), cost(1000, 64, 9000)]).1;
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_line_met_by_chance_is_one_and_a_square_is_none() {
        for worst in [[1210, 4833, 21_072], [783, 4222, 15_240]] {
            let line = [4, 16, 64].into_iter().zip(worst).map(|(m, worst)| cost(1000, m, worst));
            assert!(growth(&line.collect::<Vec<_>>()).1.is_empty());
        }
        let square = [4, 16, 64].map(|m| cost(1000, m, 20 * m * m));
        assert_eq!(growth(&square).1.len(), 2, "both steps");
    }

    #[test]
    fn nothing_to_compare_is_no_success() {
        assert_eq!(growth(&[cost(10, 4, 1)]).1.len(), 1);
    }
}
