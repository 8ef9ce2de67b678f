//! Processor time is shared as promised.

use super::lab::{Done, Lab};
use super::{Scenario, long};
use anyhow::{Result, ensure};

/// Ten virtual seconds.
const MILLIS: u64 = 10_000;

pub(super) fn all() -> Vec<Scenario> {
    vec![
        long("credit_shares_by_weight", |lab, name| by_weight(lab, name, "credit")),
        long("credit2_shares_by_weight", |lab, name| by_weight(lab, name, "credit2")),
        long("rtds_gives_the_reserved_share", reserved),
    ]
}

/// Weights of 256 and 512 among partitions that never sleep: twice the time, to within 1 %.
fn by_weight(lab: &Lab, name: &str, sched: &str) -> Result<()> {
    let done = lab.run(name, "shares", Some(sched), MILLIS)?;
    let (light, heavy) = (time(&done, "light")?, time(&done, "heavy")?);
    let ratio = heavy as f64 / light.max(1) as f64;
    ensure!((1.98..=2.02).contains(&ratio), "the heavier got {ratio:.4} times as much");
    Ok(())
}

/// A reservation of 40 % beside a partition that takes whatever is left: 40 % to within 0.1 points.
fn reserved(lab: &Lab, name: &str) -> Result<()> {
    let done = lab.run(name, "shares", Some("rtds"), MILLIS)?;
    let share = done.partition("light")?.share;
    ensure!((399_000..=401_000).contains(&share), "it got {share} millionths of the time");
    Ok(())
}

fn time(done: &Done, partition: &str) -> Result<u64> {
    Ok(done.partition(partition)?.cpu_time)
}
