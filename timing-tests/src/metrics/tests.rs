//! Every metric against numbers worked out by hand.

mod promises;
mod running;
mod tasks;
mod verdicts;
mod windows;
