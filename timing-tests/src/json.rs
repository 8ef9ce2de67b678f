//! The report for programs.
//!
//! One JSON object whose keys are the fields of [`Report`], in their order; see there for their meaning.
//! Times are integers in ns of the run's unit, shares integers in parts per million of one pCPU, means are
//! texts with two decimals (exact, where a floating-point number would not be), a slope is a number. What
//! could not be measured is `null`. Equal recordings give equal bytes.
//!
//! ```json
//! {
//!   "schema": 1,
//!   "system": "flight-demo",
//!   "plan_hash": "00000000feedbeef",
//!   "unit": "virtual ns (instructions)",
//!   "measured": 10000000000,
//!   "orderly": true,
//!   "replayable": true,
//!   "dropped": 0,
//!   "pools": [
//!     { "name": "main", "scheduler": "arinc653", "cpus": [0], "calls": 4004, "busy": 4000000000 }
//!   ],
//!   "partitions": [
//!     {
//!       "name": "flight", "pool": "main",
//!       "cpu_time": 4000000000, "share": 400000, "promised": 400000, "ledger_difference": 0,
//!       "starts": 1, "restarts": 0, "faults": 0, "last_fault": null, "end": "running",
//!       "servers": [
//!         { "vcpu": 0, "cpu_time": 4000000000, "shortfalls": 0, "overruns": 0, "worst_lateness": 128 }
//!       ],
//!       "tasks": [
//!         {
//!           "vcpu": 0, "task": 0, "period": 20000000, "deadline": 20000000,
//!           "due": 500, "starts": 500, "completions": 500, "misses": 0, "contradictions": 0,
//!           "latency": { "count": 500, "min": 320, "p50": 320, "p99": 336, "max": 336, "worst_job": 17 },
//!           "jitter": 16,
//!           "response": { "count": 500, "min": 1000320, "p50": 1000320, "p99": 1000336, "max": 1000336, "worst_job": 17 }
//!         }
//!       ],
//!       "verdicts": [
//!         { "about": "misses", "outcome": "held", "sentence": "flight missed 0 of 500 deadlines, at most 0 allowed" }
//!       ]
//!     }
//!   ],
//!   "windows": [
//!     {
//!       "pool": "main", "window": 0, "cpu": 0, "partition": "flight", "start": 0,
//!       "started": 500, "idle": 0, "skipped": 0, "off_plan": 0,
//!       "max_error": 128, "mean_error": "128.00", "slope": 0.0
//!     }
//!   ],
//!   "hypervisor": {
//!     "boot_time": 900000, "scrub_time": 300000, "text_bytes": 150000, "bytes_per_partition": 30000,
//!     "exits": 12345, "violations": 0, "console_drops": 0
//!   },
//!   "values": [
//!     { "partition": "flight", "vcpu": 0, "which": 1, "name": "null hypercall", "total": 371000, "iterations": 10000, "mean": "37.10" }
//!   ]
//! }
//! ```
//!
//! `outcome` is "held", "broken" or "unknown"; `end` is "never started", "running", "off", "down" or "idle".

use crate::Report;

/// The report as JSON text, indented, with a line feed at the end.
pub fn render(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).expect("every key is text and every value is finite");
    text.push('\n');
    text
}

/// The report as one line of JSON without a line feed, for files with one report in each line.
pub fn render_line(report: &Report) -> String {
    serde_json::to_string(report).expect("every key is text and every value is finite")
}
