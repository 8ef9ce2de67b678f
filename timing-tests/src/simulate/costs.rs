//! Costs as one writes them: `decision=1us,switch=2us..5us,kick=1us,timer=0..50us`.

use super::Costs;
use crate::human;
use sched::sim::Span;

const WANTS: &str = "write for example `decision=500ns,switch=2us,kick=1us,timer=0..50us`";

/// Reads costs; what is not named costs nothing.
///
/// # Errors
/// A sentence that says what is wrong and how it is written.
pub fn costs(text: &str) -> Result<Costs, String> {
    let mut costs = Costs::NONE;
    let mut seen = Vec::new();
    for word in text.split(',').filter(|word| !word.is_empty()) {
        let (key, value) = word.split_once('=').ok_or_else(|| format!("`{word}` has no value; {WANTS}"))?;
        let place = match key {
            "decision" => &mut costs.decision,
            "switch" => &mut costs.switch,
            "kick" => &mut costs.kick,
            "timer" => &mut costs.timer,
            _ => return Err(format!("nothing is called `{key}`; {WANTS}")),
        };
        if seen.contains(&key) {
            return Err(format!("`{key}` stands there twice; leave one out"));
        }
        seen.push(key);
        *place = span(value).ok_or_else(|| format!("`{value}` is no time and no range of times; {WANTS}"))?;
    }
    Ok(costs)
}

fn span(text: &str) -> Option<Span> {
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    let (least, most) = (human::parse(least)?, human::parse(most)?);
    (least <= most).then_some(Span::between(least, most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sched::Duration;

    #[test]
    fn costs_are_read_and_what_is_missing_costs_nothing() {
        let us = Duration::from_micros;
        let read = costs("switch=2us,timer=0..50us").unwrap();
        assert_eq!(read, Costs { switch: us(2).into(), timer: Span::between(us(0), us(50)), ..Costs::NONE });
        assert_eq!(costs(""), Ok(Costs::NONE));
    }

    #[test]
    fn what_is_no_cost_is_refused_with_the_form() {
        for text in
            ["switch", "switch=", "switch=5", "swich=1us", "switch=1us,switch=2us", "timer=5us..1us", "timer=1us.."]
        {
            assert!(costs(text).is_err(), "{text}");
        }
        assert!(costs("kick=soon").unwrap_err().contains("timer=0..50us"));
    }
}
