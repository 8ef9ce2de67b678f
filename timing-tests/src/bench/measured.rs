//! The rows that a recording gives: every task, window, server, mean of a guest, and the boot.
//!
//! The numbers are those of [`measure`](crate::measure), here with all their samples. What could not be measured
//! gives no row, and neither does a run that lost the events in question.

use super::{Better, Figures, Key, Row, Thousandths, Unit};
use crate::metrics::tasks::{self, Task};
use crate::metrics::windows;
use crate::metrics::{HypervisorReport, Report, Run, Slope, WindowReport};
use crate::{Plan, measure};
use trace::Recording;

/// In which circumstances a recording was made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Setting {
    /// The architecture.
    pub arch: String,
    /// The scenario.
    pub scenario: String,
    /// The scheduler that it is about.
    pub scheduler: String,
    /// How to measure it again.
    pub command: String,
}

/// All rows of a recording, in the order of its report.
pub fn measured(recording: &Recording, plan: &Plan, setting: &Setting) -> Vec<Row> {
    let run = Run::new(recording, plan);
    let rows = Rows { setting, plan, unit: Unit::of_times(recording.unit) };
    let report = measure(recording, plan);
    let mut all = Vec::new();
    all.extend(tasks::tasks(&run).iter().flat_map(|task| rows.task(task)));
    all.extend(windows::with_errors(&run).iter().flat_map(|(window, errors)| rows.window(window, errors)));
    all.extend(rows.servers(&report));
    all.extend(rows.values(&report));
    all.extend(rows.hypervisor(&report.hypervisor));
    all
}

impl Setting {
    /// A row of this setting, for what a recording does not tell. Times of an emulator that counts instructions are
    /// exact, and so is what comes without a unit of time; whoever measures real time has to say otherwise.
    pub fn row(&self, plan_hash: u64, subject: &str, quantity: &str, unit: Unit, figures: Figures) -> Row {
        Row {
            key: Key {
                arch: self.arch.clone(),
                scenario: self.scenario.clone(),
                scheduler: self.scheduler.clone(),
                subject: subject.into(),
                quantity: quantity.into(),
            },
            unit,
            better: Better::Lower,
            exact: unit != Unit::Ns,
            config: format!("{plan_hash:016x}"),
            command: self.command.clone(),
            budget: None,
            figures,
        }
    }
}

/// What all rows of a recording have in common.
struct Rows<'a> {
    setting: &'a Setting,
    plan: &'a Plan,
    /// Of its times.
    unit: Unit,
}

impl Rows<'_> {
    fn row(&self, subject: &str, quantity: &str, unit: Unit, figures: Figures) -> Row {
        // In real time, how often something happened does not repeat either.
        let exact = self.unit != Unit::Ns || unit == Unit::Bytes;
        Row { exact, ..self.setting.row(self.plan.hash, subject, quantity, unit, figures) }
    }

    fn time(&self, subject: &str, quantity: &str, figures: Option<Figures>) -> Option<Row> {
        Some(self.row(subject, quantity, self.unit, figures?))
    }

    fn count(&self, subject: &str, quantity: &str, count: Option<u64>) -> Option<Row> {
        Some(self.row(subject, quantity, Unit::Count, Figures::of_value(count?)))
    }

    fn task(&self, task: &Task) -> impl Iterator<Item = Row> {
        let report = &task.report;
        let name = self.plan.partition_name(task.partition);
        let subject = format!("task {name}.{}.{}", report.vcpu, report.task);
        // Nobody can say which deadlines were met if marks contradict one another.
        let misses = (report.contradictions == 0).then_some(report.misses);
        let rows = [
            self.time(&subject, "latency", Figures::of_samples(&task.latencies())),
            self.time(&subject, "jitter", report.jitter.map(Figures::of_value)),
            self.time(&subject, "response", Figures::of_samples(&task.responses())),
            self.count(&subject, "misses", misses),
        ];
        rows.into_iter().flatten()
    }

    fn window(&self, window: &WindowReport, errors: &[(u64, u64)]) -> impl Iterator<Item = Row> {
        let WindowReport { pool, window: index, cpu, partition, .. } = window;
        let subject = format!("window {pool}[{index}] cpu{cpu} of {partition}");
        let samples: Vec<u64> = errors.iter().map(|(_, error)| *error).collect();
        let drift = window.slope.map(|slope| Figures { n: window.started, mean: drift(slope), order: None });
        let rows = [
            self.time(&subject, "start error", Figures::of_samples(&samples)),
            self.time(&subject, "drift per frame", drift),
            self.count(&subject, "skipped", Some(window.skipped)),
            self.count(&subject, "off plan", Some(window.off_plan)),
        ];
        rows.into_iter().flatten()
    }

    fn servers(&self, report: &Report) -> Vec<Row> {
        let mut rows = Vec::new();
        for partition in &report.partitions {
            for server in &partition.servers {
                let subject = format!("vCPU {}.{}", partition.name, server.vcpu);
                rows.extend(self.count(&subject, "shortfalls", server.shortfalls));
                rows.extend(self.count(&subject, "overruns", server.overruns));
                rows.extend(self.time(&subject, "worst lateness", server.worst_lateness.map(Figures::of_value)));
            }
        }
        rows
    }

    /// A guest gives a value as often as it likes; the last one counts.
    fn values(&self, report: &Report) -> Vec<Row> {
        let one = |value: &crate::metrics::ValueReport| {
            let what = value.name.map_or_else(|| format!("value {}", value.which), String::from);
            let subject = format!("{what}, {}.{}", value.partition, value.vcpu);
            self.time(&subject, "cost", Figures::of_total(value.total, value.iterations))
        };
        report.values.iter().filter_map(one).collect()
    }

    fn hypervisor(&self, own: &HypervisorReport) -> impl Iterator<Item = Row> {
        let bytes = |quantity, bytes: Option<u64>| {
            Some(self.row("hypervisor", quantity, Unit::Bytes, Figures::of_value(bytes?)))
        };
        let rows = [
            self.time("hypervisor", "boot", own.boot_time.map(Figures::of_value)),
            self.time("hypervisor", "scrubbing and loading", own.scrub_time.map(Figures::of_value)),
            bytes("code", own.text_bytes),
            bytes("memory of a partition", own.bytes_per_partition),
            self.count("hypervisor", "choices refused", own.violations),
        ];
        rows.into_iter().flatten()
    }
}

/// How far the start error moves with each frame, in either direction, in thousandths of a nanosecond: rounded up,
/// so that it is 0 if and only if there is no drift.
fn drift(slope: Slope) -> Thousandths {
    let (rise, run) = (slope.rise.unsigned_abs(), slope.run.unsigned_abs().max(1));
    let thousandths = rise.checked_mul(1000).map_or(u128::MAX, |rise| rise.div_ceil(run));
    Thousandths(thousandths.try_into().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
