//! The command line.

use clap::{Parser, Subcommand};

/// Builds, runs and tests the Majorframe hypervisor
#[derive(Parser, Debug)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 110)]
pub(crate) struct Cli {
    /// What to do
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Install what is missing on this machine (the other verbs do it by themselves)
    Setup,
    /// Build the hypervisor and the guests for the target
    Build,
}
