//! Metrics, the table and replay: from a trace to numbers that one can trust.
