//! Reading the words of a rehearsal's script, and writing them.

use std::{error::Error, fmt, str::SplitWhitespace, time::Duration};

use jiff::{
    SignedDuration,
    fmt::friendly::{Spacing, SpanPrinter},
};

/// Why a line of a script cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub(crate) String);

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for Unreadable {}

pub(crate) type Read<T> = Result<T, Unreadable>;

pub(crate) fn unreadable<T>(fault: impl Into<String>) -> Read<T> {
    Err(Unreadable(fault.into()))
}

/// The words of a line, one after another.
pub(crate) struct Words<'a>(std::iter::Peekable<SplitWhitespace<'a>>);

impl<'a> Words<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self(text.split_whitespace().peekable())
    }

    pub(crate) fn next(&mut self) -> Option<&'a str> {
        self.0.next()
    }

    pub(crate) fn peek(&mut self) -> Option<&'a str> {
        self.0.peek().copied()
    }

    /// Takes the next word if it is this one.
    pub(crate) fn take(&mut self, word: &str) -> bool {
        self.0.next_if(|next| *next == word).is_some()
    }

    /// Takes the next word if it can be read like this.
    pub(crate) fn take_as<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = read(self.peek()?)?;
        self.0.next();
        Some(value)
    }

    pub(crate) fn required(&mut self, what: &str) -> Read<&'a str> {
        self.next().ok_or_else(|| Unreadable(format!("{what} is missing at the end")))
    }

    pub(crate) fn duration(&mut self) -> Read<Duration> {
        let word = self.required("a duration such as `30s`")?;
        duration(word)
    }

    /// All words have been taken.
    pub(crate) fn end(&mut self) -> Read<()> {
        match self.next() {
            None => Ok(()),
            Some(word) => unreadable(format!("`{word}` is not understood here")),
        }
    }
}

/// Added to a time of ours, this is still one.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

pub(crate) fn duration(word: &str) -> Read<Duration> {
    let read = signed_duration(word)?;
    if read.is_negative() {
        return unreadable(format!("`{word}` is negative"));
    }
    Ok(read.unsigned_abs())
}

pub(crate) fn signed_duration(word: &str) -> Read<SignedDuration> {
    let wrong = |_| Unreadable(format!("`{word}` is no duration such as `500ms`, `30s` or `1m30s`"));
    let read = word.parse::<SignedDuration>().map_err(wrong)?;
    if read.abs() > LONGEST {
        return unreadable(format!("`{word}` is more than a year"));
    }
    Ok(read)
}

pub(crate) fn write_duration(duration: Duration) -> String {
    let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    write_signed(duration)
}

pub(crate) fn write_signed(duration: SignedDuration) -> String {
    let text = SpanPrinter::new().spacing(Spacing::None).duration_to_string(&duration.abs());
    if duration.is_negative() { format!("-{text}") } else { text }
}
