//! The sections of the table; a section without content is empty.

use super::columns::{Columns, known};
use crate::{
    Outcome, Report,
    human::percent,
    metrics::{PartitionReport, Spread, TaskReport},
};

/// Pools and the schedulers that ran.
pub(super) fn pools(report: &Report) -> String {
    let mut columns = Columns::new(3, ["pool", "scheduler", "pCPUs", "calls", "busy", "of the pool"]);
    for pool in &report.pools {
        let cpus: Vec<_> = pool.cpus.iter().map(u8::to_string).collect();
        let share = crate::metrics::ppm(pool.busy, report.measured.saturating_mul(pool.cpus.len() as u64));
        columns.row([
            pool.name.clone(),
            pool.scheduler.clone(),
            cpus.join(","),
            pool.calls.to_string(),
            pool.busy.to_string(),
            percent(share),
        ]);
    }
    columns.render()
}

/// Partitions: CPU time and life.
pub(super) fn partitions(report: &Report) -> String {
    let headings = ["partition", "pool", "end", "CPU time", "share", "promised", "starts", "restarts", "faults"];
    let mut columns = Columns::new(3, headings);
    for p in &report.partitions {
        columns.row([
            p.name.clone(),
            p.pool.clone(),
            p.end.into(),
            p.cpu_time.to_string(),
            percent(p.share),
            known(p.promised.map(percent)),
            p.starts.to_string(),
            p.restarts.to_string(),
            p.faults.to_string(),
        ]);
    }
    columns.render() + &report.partitions.iter().map(remarks).collect::<String>()
}

fn remarks(partition: &PartitionReport) -> String {
    let mut text = String::new();
    if let Some(fault) = &partition.last_fault {
        text += &format!("{}: last fault: it {fault}\n", partition.name);
    }
    if let Some(difference) = partition.ledger_difference.filter(|difference| *difference > 0) {
        text += &format!("{}: the hypervisor's ledger differs by {difference} from this CPU time\n", partition.name);
    }
    text
}

/// How the promise to each vCPU was kept.
pub(super) fn servers(report: &Report) -> String {
    let mut columns = Columns::new(1, ["vCPU", "CPU time", "shortfalls", "overruns", "worst lateness"]);
    for partition in &report.partitions {
        for server in partition.servers.iter().filter(|server| server.shortfalls.is_some()) {
            columns.row([
                format!("{}.{}", partition.name, server.vcpu),
                server.cpu_time.to_string(),
                known(server.shortfalls),
                known(server.overruns),
                known(server.worst_lateness),
            ]);
        }
    }
    columns.render()
}

/// Tasks: their jobs, and the times that these took.
pub(super) fn tasks(report: &Report) -> String {
    let mut jobs =
        Columns::new(1, ["task", "period", "deadline", "due", "started", "completed", "missed", "contradictions"]);
    let mut times = Columns::new(2, ["task", "", "min", "p50", "p99", "max", "jitter", "worst job"]);
    let mut unknown = String::new();
    for partition in &report.partitions {
        for task in &partition.tasks {
            let name = format!("{}.{}.{}", partition.name, task.vcpu, task.task);
            jobs.row(job_cells(&name, task));
            if task.unknown > 0 {
                unknown +=
                    &format!("{name}: events are missing, so {} more jobs may have missed or not\n", task.unknown);
            }
            if let Some(latency) = &task.latency {
                times.row(time_cells(&name, "latency", latency, known(task.jitter)));
            }
            if let Some(response) = &task.response {
                times.row(time_cells(&name, "response", response, String::new()));
            }
        }
    }
    let (jobs, times) = (jobs.render() + &unknown, times.render());
    if times.is_empty() { jobs } else { format!("{jobs}\n{times}") }
}

fn job_cells(name: &str, task: &TaskReport) -> [String; 8] {
    let counts =
        [task.period, task.deadline, task.due, task.starts, task.completions, task.misses, task.contradictions];
    let [period, deadline, due, starts, completions, misses, contradictions] = counts.map(|count| count.to_string());
    [name.into(), period, deadline, due, starts, completions, misses, contradictions]
}

fn time_cells(name: &str, what: &str, spread: &Spread, jitter: String) -> [String; 8] {
    let [min, p50, p99, max] = [spread.min, spread.p50, spread.p99, spread.max].map(|time| time.to_string());
    [name.into(), what.into(), min, p50, p99, max, jitter, spread.worst_job.to_string()]
}

/// Windows of time tables.
pub(super) fn windows(report: &Report) -> String {
    let headings =
        ["window", "partition", "start", "started", "idle", "skipped", "off plan", "max error", "mean", "slope/frame"];
    let mut columns = Columns::new(2, headings);
    for w in &report.windows {
        columns.row([
            format!("{}[{}] cpu{}", w.pool, w.window, w.cpu),
            w.partition.clone(),
            w.start.to_string(),
            w.started.to_string(),
            w.idle.to_string(),
            w.skipped.to_string(),
            w.off_plan.to_string(),
            known(w.max_error),
            known(w.mean_error.as_ref()),
            known(w.slope),
        ]);
    }
    columns.render()
}

/// What guests measured.
pub(super) fn values(report: &Report) -> String {
    let mut columns = Columns::new(2, ["measured by", "what", "total", "iterations", "mean"]);
    for value in &report.values {
        columns.row([
            format!("{}.{}", value.partition, value.vcpu),
            value.name.map_or_else(|| format!("value {}", value.which), String::from),
            value.total.to_string(),
            value.iterations.to_string(),
            known(value.mean.as_ref()),
        ]);
    }
    columns.render()
}

/// What the hypervisor measured about itself.
pub(super) fn hypervisor(report: &Report) -> String {
    let h = &report.hypervisor;
    let mut columns = Columns::new(1, ["hypervisor", ""]);
    let rows = [
        ("boot, first to first guest instruction", h.boot_time),
        ("scrubbing and loading at boot", h.scrub_time),
        ("code, bytes", h.text_bytes),
        ("memory for each partition, bytes", h.bytes_per_partition),
        ("exits from guests", h.exits),
        ("choices refused", h.violations),
        ("console bytes dropped", h.console_drops),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            columns.row([name.into(), value.to_string()]);
        }
    }
    columns.render()
}

/// The verdicts.
pub(super) fn verdicts(report: &Report) -> String {
    let mut columns = Columns::new(2, ["expected", ""]);
    for verdict in report.partitions.iter().flat_map(|partition| &partition.verdicts) {
        let outcome = match verdict.outcome {
            Outcome::Held => "held",
            Outcome::Unknown => "UNKNOWN",
            Outcome::Broken => "BROKEN",
        };
        columns.row([outcome.into(), verdict.sentence.clone()]);
    }
    columns.render()
}
