//! The acceptance cases: what is asked of the policies, what each of them answers, and the page that says so.
//!
//! The cases stand in `docs/acceptance`, one file for each kind of policy. Each policy's crate has a `behaviour.toml`
//! with one answer to each case that concerns it: the test that asks for it, or why there is none. The page
//! `docs/src/acceptance.md` is made of both and of nothing else. Whether a test passes is not decided here but by the
//! unit tests; here it has to exist.

mod answers;
mod asked;
mod judge;
mod page;

use crate::certify;
use crate::workspace;
use anyhow::{Context, Result, bail};
use std::env;

const CASES: &str = "docs/acceptance";
const PAGE: &str = "docs/src/acceptance.md";
const ANEW: &str = "BLESS=1 cargo xtask test --filter acceptance_cases";

/// Fails with all that is wrong; writes the page anew if `BLESS` is set.
pub(crate) fn check() -> Result<()> {
    let families = asked::read(&workspace::root().join(CASES))?;
    let crates = certify::policies()?;
    let answers = crates.iter().map(answers::read).collect::<Result<Vec<_>>>()?;
    let faults = judge::faults(&families, &answers);
    if !faults.is_empty() {
        bail!("the acceptance cases and their answers do not fit together:\n  {}", faults.join("\n  "));
    }
    let (file, page) = (workspace::root().join(PAGE), page::render(&families, &answers));
    if env::var_os("BLESS").is_some() {
        workspace::write(&file, page.as_bytes())?;
    }
    let found = std::fs::read_to_string(&file).with_context(|| format!("cannot read {PAGE}; write it: {ANEW}"))?;
    if found != page {
        bail!("{PAGE} is stale; write it anew: {ANEW}");
    }
    Ok(())
}
