//! A guest's arguments: words parted by blanks, `key=value` or a bare `flag`.
//!
//! Nothing is guessed: unknown words, words given twice and values of the wrong form are errors.

use core::fmt;

/// The argument text of a guest.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    text: &'a str,
}

/// Why arguments were refused; its text is a sentence that says how to mend them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error<'a> {
    /// A word that the guest does not know, and those that it knows.
    Unknown(&'a str, &'static [&'static str]),
    /// A key or flag was given more than once.
    Twice(&'static str),
    /// A key that must be given is not there.
    Missing(&'static str),
    /// The key's value has not the form that it needs.
    Value {
        /// The key.
        key: &'static str,
        /// What was given.
        value: &'a str,
        /// What is needed.
        wants: &'static str,
    },
}

impl<'a> Args<'a> {
    /// The arguments in `text`.
    pub const fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// Checks that only the keys and flags `known` occur.
    pub fn only(self, known: &'static [&'static str]) -> Result<Self, Error<'a>> {
        for word in self.text.split_ascii_whitespace() {
            let key = word.split_once('=').map_or(word, |(key, _)| key);
            if !known.contains(&key) {
                return Err(Error::Unknown(word, known));
            }
        }
        Ok(self)
    }

    /// The value of `key` as text.
    pub fn text(&self, key: &'static str) -> Result<Option<&'a str>, Error<'a>> {
        match self.find(key)? {
            Some(None) => Err(Error::Value { key, value: "", wants: "a value: write key=value" }),
            Some(value) => Ok(value),
            None => Ok(None),
        }
    }

    /// Whether the bare word `key` is there.
    pub fn flag(&self, key: &'static str) -> Result<bool, Error<'a>> {
        match self.find(key)? {
            Some(Some(value)) => Err(Error::Value { key, value, wants: "no value: it is a flag" }),
            found => Ok(found.is_some()),
        }
    }

    /// The value of `key` as a number, decimal or with `0x`.
    pub fn number(&self, key: &'static str) -> Result<Option<u64>, Error<'a>> {
        self.parsed(key, "a number such as 12 or 0x8000_0000", number)
    }

    /// The value of `key` as a duration in nanoseconds.
    pub fn duration(&self, key: &'static str) -> Result<Option<u64>, Error<'a>> {
        self.parsed(key, "a duration such as 40ns, 250us, 10ms or 1s", duration)
    }

    /// The value of `key` as one of `choices`: its place among them.
    pub fn choice(&self, key: &'static str, choices: &[&str], wants: &'static str) -> Result<Option<usize>, Error<'a>> {
        self.parsed(key, wants, |value| choices.iter().position(|choice| *choice == value))
    }

    /// The value of `key` as a list of `choices` parted by commas: a set of their places (at most 32).
    pub fn choices(&self, key: &'static str, choices: &[&str], wants: &'static str) -> Result<Option<u32>, Error<'a>> {
        self.parsed(key, wants, |value| {
            value.split(',').try_fold(0_u32, |set, word| {
                let place = choices.iter().take(32).position(|choice| *choice == word)?;
                Some(set | 1 << place)
            })
        })
    }

    fn parsed<T>(
        &self,
        key: &'static str,
        wants: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error<'a>> {
        let Some(value) = self.text(key)? else { return Ok(None) };
        parse(value).map(Some).ok_or(Error::Value { key, value, wants })
    }

    /// The word `key`: outer `None` if absent, inner `None` if it has no value.
    fn find(&self, key: &'static str) -> Result<Option<Option<&'a str>>, Error<'a>> {
        let mut found = None;
        for word in self.text.split_ascii_whitespace() {
            let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            if name == key && found.replace(value).is_some() {
                return Err(Error::Twice(key));
            }
        }
        Ok(found)
    }
}

/// A number, decimal or with `0x`.
pub fn number(text: &str) -> Option<u64> {
    let (digits, radix) = text.strip_prefix("0x").map_or((text, 10), |hex| (hex, 16));
    let mut value = None;
    for character in digits.chars().filter(|character| *character != '_') {
        let digit = u64::from(character.to_digit(radix)?);
        value = Some(value.unwrap_or(0_u64).checked_mul(u64::from(radix))?.checked_add(digit)?);
    }
    value
}

/// A duration with its unit, in nanoseconds.
pub fn duration(text: &str) -> Option<u64> {
    let unit = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(unit)?;
    let value = number(digits)?;
    let scale = match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        // Zero is the same in every unit.
        "" if value == 0 => 1,
        _ => return None,
    };
    value.checked_mul(scale)
}

impl fmt::Display for Error<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(word, known) => {
                write!(f, "the argument `{word}` is unknown; this guest knows:")?;
                known.iter().try_for_each(|key| write!(f, " {key}"))
            }
            Self::Twice(key) => write!(f, "the argument `{key}` stands there twice; leave one out"),
            Self::Missing(key) => write!(f, "the argument `{key}` is missing; give {key}=..."),
            Self::Value { key, value, wants } => write!(f, "`{key}={value}`: `{key}` wants {wants}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn durations_have_units() {
        let args = Args::new("a=10ms b=250us c=1s  d=40ns e=0 f=1_000us");
        let all = ["a", "b", "c", "d", "e", "f"].map(|key| args.duration(key).unwrap().unwrap());
        assert_eq!(all, [10_000_000, 250_000, 1_000_000_000, 40, 0, 1_000_000]);
    }

    #[test]
    fn durations_of_another_form_are_refused() {
        for text in ["a=10", "a=ms", "a=-1ms", "a=1.5ms", "a=", "a", "a=10msec", "a=99999999999s", "a=0x", "a=1Ms"] {
            assert!(Args::new(text).duration("a").is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_decimal_or_hexadecimal() {
        let args = Args::new("a=12 b=0x8000_0000 c=18446744073709551615 d=18446744073709551616");
        assert_eq!(args.number("a"), Ok(Some(12)));
        assert_eq!(args.number("b"), Ok(Some(0x8000_0000)));
        assert_eq!(args.number("c"), Ok(Some(u64::MAX)));
        assert!(args.number("d").is_err());
        assert_eq!(args.number("e"), Ok(None));
    }

    #[test]
    fn what_is_unknown_or_double_is_refused_with_a_sentence() {
        let error = Args::new("quiet perid=1ms").only(&["quiet", "period"]).unwrap_err();
        assert_eq!(error.to_string(), "the argument `perid=1ms` is unknown; this guest knows: quiet period");
        assert_eq!(Args::new("a=1 a=2").number("a"), Err(Error::Twice("a")));
        assert_eq!(Args::new("a a").flag("a"), Err(Error::Twice("a")));
        let error = Args::new("work=5").duration("work").unwrap_err();
        assert_eq!(error.to_string(), "`work=5`: `work` wants a duration such as 40ns, 250us, 10ms or 1s");
    }

    #[test]
    fn flags_carry_no_value() {
        assert_eq!(Args::new("quiet").flag("quiet"), Ok(true));
        assert_eq!(Args::new("").flag("quiet"), Ok(false));
        assert!(Args::new("quiet=1").flag("quiet").is_err());
    }

    #[test]
    fn choices_are_places_in_a_list() {
        let args = Args::new("wait=timer calls=c,a bad=a,x none=");
        assert_eq!(args.choice("wait", &["call", "timer"], "?"), Ok(Some(1)));
        assert_eq!(args.choices("calls", &["a", "b", "c"], "?"), Ok(Some(0b101)));
        assert!(args.choices("bad", &["a", "b"], "?").is_err());
        assert!(args.choices("none", &["a", "b"], "?").is_err());
    }
}
