//! A recording in forms that other programs open.
//!
//! Nothing is judged and nothing left out here: a form has every event of the recording, in one order, also those
//! behind a loss. Its size is in proportion to the number of events. Equal recordings give equal bytes.

mod chrome;
mod csv;
mod names;
mod words;

pub use chrome::chrome;
pub use csv::csv;

#[cfg(test)]
mod tests;
