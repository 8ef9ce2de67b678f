//! Every metric against numbers worked out by hand.

mod holes;
mod promises;
mod running;
mod tasks;
mod verdicts;
mod windows;
