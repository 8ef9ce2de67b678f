//! What makes a table of windows valid. The configuration checks with the same function as the boot.

use crate::{MOST_WINDOWS, PoolParams, SCHEDULES, Window};
use sched::{ROW_WORDS, Refused, Row};

/// Indexes of `Window::KEYS`, for refusals.
const START: u8 = 1;
const LENGTH: u8 = 2;
const CPUS: u8 = 3;
const SCHEDULE: u8 = 4;

/// The index of `schedule` in the keys of the pool.
const IN_FORCE: u8 = 1;

// [ARINC-R-13]
/// Checks a table: the first rule that is broken, with the indexes of the windows at fault.
///
/// Takes time quadratic in the number of windows; it is for configuration and boot.
///
/// # Errors
/// The major frame is out of range; there is no window, or more than [`MOST_WINDOWS`], or more than
/// [`SCHEDULES`] schedules; a window has no length or no pCPU, or ends after the major frame; two windows of a
/// schedule share a pCPU at the same time; the schedule in force has none.
pub fn validate(params: &PoolParams, windows: &[Window]) -> Result<(), Refused> {
    let mut row = [0; ROW_WORDS];
    params.write(&mut row);
    PoolParams::read(&row)?;
    if windows.is_empty() {
        return Err(Refused::new("a schedule needs at least one window", 0, 1, 0));
    }
    if windows.len() > MOST_WINDOWS {
        return Err(Refused::new("a schedule has too many windows", 0, MOST_WINDOWS as u64, windows.len() as u64));
    }
    if windows.iter().all(|window| window.schedule != params.schedule) {
        return Err(Refused::new("the schedule in force has no window", IN_FORCE, 1, 0));
    }
    for (index, window) in windows.iter().enumerate() {
        let here = u16::try_from(index).unwrap_or(u16::MAX);
        check_one(params, window).map_err(|refused| refused.between(here, here))?;
        let earlier = windows.iter().take(index).enumerate();
        let mut hits = earlier.filter_map(|(other, before)| Some((other, collision(before, window)?)));
        if let Some((other, refused)) = hits.next() {
            return Err(refused.between(u16::try_from(other).unwrap_or(u16::MAX), here));
        }
    }
    Ok(())
}

// [ARINC-R-13]
fn check_one(params: &PoolParams, window: &Window) -> Result<(), Refused> {
    let frame = params.major_frame;
    if usize::from(window.schedule) >= SCHEDULES {
        let has = u64::from(window.schedule).saturating_add(1);
        return Err(Refused::new("a table has too many schedules", SCHEDULE, SCHEDULES as u64, has));
    }
    if window.length.is_zero() {
        return Err(Refused::new("a window must have a length", LENGTH, 1, 0));
    }
    if window.cpus.is_empty() {
        return Err(Refused::new("a window must have a pCPU", CPUS, 1, 0));
    }
    if window.start >= frame {
        return Err(Refused::new(
            "a window must start inside the major frame",
            START,
            frame.nanos(),
            window.start.nanos(),
        ));
    }
    // Not by the sum, which could overflow.
    let room = frame.saturating_sub(window.start);
    if window.length > room {
        return Err(Refused::new(
            "a window must end inside the major frame",
            LENGTH,
            room.nanos(),
            window.length.nanos(),
        ));
    }
    Ok(())
}

// [ARINC-R-13]
/// The refusal if two windows, each valid alone, share a pCPU at the same time.
fn collision(one: &Window, other: &Window) -> Option<Refused> {
    if one.schedule != other.schedule || one.cpus.and(other.cpus).is_empty() {
        return None;
    }
    let (first, second) = if one.start <= other.start { (one, other) } else { (other, one) };
    if first.end() <= second.start {
        return None;
    }
    let rule = "two windows must not overlap on a pCPU";
    Some(Refused::new(rule, START, first.end().nanos(), second.start.nanos()))
}
