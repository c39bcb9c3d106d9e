//! The kinds of values, what is wrong with a value, and the one form in which it goes on.

use super::list;
use crate::http::endpoint::Endpoint;
use crate::text::duration;

/// What an input takes. Lengths are in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text in one line.
    Text(usize),
    /// Printable ASCII.
    Ascii(usize),
    /// Letters, digits, `-` and `_`: fit for a URL path and a header.
    Id(usize),
    /// Letters, digits and `_`: fit for the name of a variable.
    Name(usize),
    /// Exactly so many letters and digits.
    LettersAndDigits(usize),
    /// Decimal digits.
    Digits(usize),
    /// Decimal digits, or this word.
    DigitsOr(&'static str),
    /// Three groups of 0 to 99, joined by periods.
    Version,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `true` or `false`, in any case.
    Boolean,
    /// `true` or `false`, in any case, or this word.
    BooleanOr(&'static str),
    /// As a duration, but more than nothing.
    Limit,
    /// `90` (seconds), `500ms`, `90s`, `30m`, `1h30m`, `2d`.
    Duration,
    /// So many texts, as lines, comma-separated, or a JSON array.
    List(usize),
    /// As a list, but fit for a URL path.
    Ids(usize),
    /// A list, or a JSON object that is sent as it stands.
    ListOrObject(usize),
    /// Scheme, host and port.
    Origin,
    /// The path of a file.
    Path,
}

/// The longest number, in digits.
const LONGEST_NUMBER: usize = 32;
/// The longest path or URL, in characters.
const LONGEST_PATH: usize = 4_096;

/// A value that is fine, or what is wrong with it, to be read behind the input's name.
pub(super) type Checked = Result<String, String>;

impl Kind {
    /// Checks a value that is neither empty nor padded, and brings it into the form in which it is deserialised:
    /// lists as JSON arrays, durations in milliseconds, booleans in lower case.
    pub fn check(self, value: &str) -> Checked {
        match self {
            Self::Text(most) => one_line(value).and_then(|text| at_most(most, text)),
            Self::Ascii(most) => {
                only(value, most, "printable ASCII characters", |c| (' '..='~').contains(&c))
            }
            Self::Id(most) => only(value, most, ID, is_id),
            Self::Name(most) => only(value, most, NAME, |c| c.is_ascii_alphanumeric() || c == '_'),
            Self::LettersAndDigits(count) => letters_and_digits(value, count),
            Self::Digits(most) => only(value, most, "digits", |c| c.is_ascii_digit()),
            Self::DigitsOr(word) if value == word => Ok(value.to_owned()),
            Self::DigitsOr(_) => only(value, LONGEST_NUMBER, "digits", |c| c.is_ascii_digit()),
            Self::Version => version(value),
            Self::OneOf(words) => one_of(value, words),
            Self::Boolean => boolean(value),
            Self::BooleanOr(word) if value == word => Ok(value.to_owned()),
            Self::BooleanOr(word) => boolean(value).map_err(|problem| format!("{problem}, or `{word}`")),
            Self::Limit => match Self::Duration.check(value)?.as_str() {
                "0" => Err("is `0`, which leaves no time: give a longer one".to_owned()),
                limit => Ok(limit.to_owned()),
            },
            Self::Duration => duration::parse(value).map(|duration| duration.as_millis().to_string()),
            Self::List(most) => list::parse(value, most).map(|items| list::to_json(&items)),
            Self::Ids(most) => list::ids(value, most),
            Self::ListOrObject(most) if !value.starts_with('{') => Self::List(most).check(value),
            Self::ListOrObject(_) => list::object(value),
            Self::Origin => {
                let text = one_line(value).and_then(|text| at_most(LONGEST_PATH, text))?;
                Endpoint::parse(&text).map(|_| text)
            }
            Self::Path => one_line(value).and_then(|text| at_most(LONGEST_PATH, text)),
        }
    }

    /// What a list names more than once; it is sent once.
    #[must_use]
    pub fn doubles(self, value: &str) -> Vec<String> {
        match self {
            Self::List(_) | Self::Ids(_) => list::doubles(value),
            Self::ListOrObject(most) if !value.starts_with('{') => Self::List(most).doubles(value),
            _ => Vec::new(),
        }
    }

    /// What it takes, for `--help` and the README.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Self::Text(most) => format!("text, at most {most} characters"),
            Self::Ascii(most) => format!("at most {most} printable ASCII characters"),
            Self::Id(most) => format!("at most {most} {ID}"),
            Self::Name(most) => format!("at most {most} {NAME}"),
            Self::LettersAndDigits(count) => format!("{count} letters and digits"),
            Self::Digits(_) => "digits".to_owned(),
            Self::DigitsOr(word) => format!("digits, or `{word}`"),
            Self::Version => "three groups of 0 to 99, such as `1.0.12`".to_owned(),
            Self::OneOf(words) => ticked(words).join(", "),
            Self::Boolean => "`true` or `false`".to_owned(),
            Self::BooleanOr(word) => format!("`true`, `false` or `{word}`"),
            Self::Duration | Self::Limit => {
                "duration, such as `90`, `500ms`, `30m`, `1h30m`, `2d`".to_owned()
            }
            Self::List(most) | Self::Ids(most) => format!("list of 1 to {most}"),
            Self::ListOrObject(most) => format!("list of 1 to {most}, or a JSON object"),
            Self::Origin => "`https://host[:port]`; `http` on loopback only".to_owned(),
            Self::Path => "path of a file".to_owned(),
        }
    }
}

const NAME: &str = "letters, digits and `_`";
pub(super) const ID: &str = "letters, digits, `-` and `_`";

pub(super) fn is_id(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

fn ticked(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| format!("`{word}`")).collect()
}

pub(super) fn one_line(value: &str) -> Checked {
    match value.chars().find(|character| character.is_control()) {
        None => Ok(value.to_owned()),
        Some('\n' | '\r') => Err("has a line break in it: give one line".to_owned()),
        Some(control) => {
            Err(format!("has the control character U+{:04X} in it: take it out", u32::from(control)))
        }
    }
}

pub(super) fn at_most(most: usize, value: impl Into<String>) -> Checked {
    let value = value.into();
    match value.chars().count() {
        count if count > most => Err(format!("has {count} characters: at most {most} are allowed")),
        _ => Ok(value),
    }
}

fn only(value: &str, most: usize, what: &str, allowed: fn(char) -> bool) -> Checked {
    if value.chars().all(allowed) {
        return at_most(most, value);
    }
    Err(format!("has a character that is not allowed: only {what} are"))
}

fn letters_and_digits(value: &str, count: usize) -> Checked {
    if value.len() == count && value.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(value.to_owned());
    }
    Err(format!("must be {count} letters and digits"))
}

fn version(value: &str) -> Checked {
    let group = |group: &str| matches!(group.len(), 1..=2) && group.chars().all(|c| c.is_ascii_digit());
    if value.split('.').count() == 3 && value.split('.').all(group) {
        return Ok(value.to_owned());
    }
    Err("must be three groups of 0 to 99, such as `1.0.12`".to_owned())
}

fn one_of(value: &str, words: &[&str]) -> Checked {
    if words.contains(&value) {
        return Ok(value.to_owned());
    }
    Err(format!("must be one of {}", ticked(words).join(", ")))
}

fn boolean(value: &str) -> Checked {
    match value.to_ascii_lowercase() {
        word if word == "true" || word == "false" => Ok(word),
        _ => Err("must be `true` or `false`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn values_that_are_fine() {
        let cases = [
            (Kind::Text(9), "a é $`\"'", "a é $`\"'"),
            (Kind::Boolean, "TRUE", "true"),
            (Kind::Duration, "90", "90000"),
            (Kind::Duration, "500ms", "500"),
            (Kind::Duration, "1h30m", "5400000"),
            (Kind::Duration, "2d", "172800000"),
            (Kind::Duration, "0", "0"),
            (Kind::Version, "0.1.99", "0.1.99"),
            (Kind::List(3), "a, b\n\n  c d ,\r\na", r#"["a","b","c d"]"#),
            (
                Kind::List(3),
                r#" ["a,b", 23, 1620876959997924701]"#.trim(),
                r#"["a,b","23","1620876959997924701"]"#,
            ),
            (Kind::ListOrObject(3), r#"{"a": {}}"#, r#"{"a": {}}"#),
        ];
        for (kind, value, checked) in cases {
            assert_eq!(kind.check(value).as_deref(), Ok(checked), "{kind:?} {value:?}");
        }
    }

    #[test]
    fn values_that_are_not() {
        let cases = [
            (Kind::Text(3), "abcd"),
            (Kind::Text(3), "a\u{1b}"),
            (Kind::Ascii(9), "é"),
            (Kind::Id(9), "a/b"),
            (Kind::Id(9), "a\nb"),
            (Kind::LettersAndDigits(3), "ab"),
            (Kind::Digits(20), "1.0"),
            (Kind::Version, "1.0"),
            (Kind::Version, "1.0.100"),
            (Kind::Version, "1.0.+1"),
            (Kind::OneOf(&["a"]), "A"),
            (Kind::Boolean, "yes"),
            (Kind::Boolean, "1"),
            (Kind::Duration, "1.5h"),
            (Kind::Duration, "30m1h"),
            (Kind::Duration, "5 m"),
            (Kind::Duration, "-1"),
            (Kind::Duration, "1h30"),
            (Kind::Duration, "9999999d"),
            (Kind::List(2), "a,b,c"),
            (Kind::List(2), ",\n,"),
            (Kind::List(2), "[a]"),
            (Kind::List(2), r#"[["a"]]"#),
            (Kind::List(2), r#"["a\nb"]"#),
            (Kind::Ids(2), "a b"),
            (Kind::ListOrObject(2), "{"),
            (Kind::ListOrObject(2), "{}"),
            (Kind::Origin, "http://example.com"),
            (Kind::Origin, "https://example.com/path"),
            (Kind::Origin, "https://user@example.com"),
            (Kind::Origin, "example.com"),
            (Kind::Origin, "https://exam\nple.com"),
            (Kind::Origin, "https://exam\tple.com"),
        ];
        for (kind, value) in cases {
            assert!(kind.check(value).is_err(), "{kind:?} {value:?}");
        }
    }
}
