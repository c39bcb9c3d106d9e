//! The kinds of values, what is wrong with a value, and the one form in which it goes on.

use super::check::{
    Checked, ID, NAME, at_most, boolean, digits_of_an_id, is_id, letters_and_digits, no_value, one_line,
    one_of, only, quoted, shown, version, wrong,
};
use super::list;
use crate::http::endpoint::Endpoint;
use crate::text::duration;
use crate::text::number::may_be_rounded;
use crate::text::placeholder::variable_inside;

/// What an input takes. Lengths are in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
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

impl ValueType {
    /// Checks a value that is neither empty nor padded, and brings it into the form in which it is deserialised:
    /// lists as JSON arrays, durations in milliseconds, booleans in lower case.
    pub fn check(self, value: &str) -> Checked {
        match no_value(value) {
            Some(problem) => Err(format!("is {problem}")),
            None => self.check_form(value),
        }
    }

    fn check_form(self, value: &str) -> Checked {
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
            Self::DigitsOr(_) => digits_of_an_id(value, LONGEST_NUMBER),
            Self::Version => version(value),
            Self::OneOf(words) => one_of(value, words),
            Self::Boolean => boolean(value, None),
            Self::BooleanOr(word) if value == word => Ok(value.to_owned()),
            Self::BooleanOr(word) => boolean(value, Some(word)),
            Self::Limit => match Self::Duration.check(value)?.as_str() {
                "0" => wrong(value, "it leaves no time: give a longer one"),
                limit => Ok(limit.to_owned()),
            },
            Self::Duration => milliseconds(value),
            Self::List(most) => list::parse(value, most).map(|items| list::to_json(&items)),
            Self::Ids(most) => list::ids(value, most),
            Self::ListOrObject(most) if !value.starts_with('{') => Self::List(most).check(value),
            Self::ListOrObject(_) => list::object(value),
            Self::Origin => {
                let text = one_line(value).and_then(|text| at_most(LONGEST_PATH, text))?;
                match Endpoint::parse(&text) {
                    Ok(_) => Ok(text),
                    // Before an `@` may stand a password.
                    Err(problem) if text.contains('@') => Err(problem),
                    Err(problem) => Err(format!("is {}, which {problem}", shown(&text))),
                }
            }
            Self::Path => one_line(value).and_then(|text| at_most(LONGEST_PATH, text)),
        }
    }

    /// What is odd about a value that is fine, and does not stop the release, to be read after the input's name.
    #[must_use]
    pub fn doubts(self, value: &str) -> Vec<String> {
        match self {
            Self::List(_) | Self::Ids(_) => {
                let of_items = list::items_of(value).into_iter();
                let of_items =
                    of_items.filter_map(|item| doubt(&item).map(|doubt| format!("has the item {doubt}")));
                list::doubts(value).into_iter().chain(of_items).collect()
            }
            Self::ListOrObject(most) if !value.starts_with('{') => Self::List(most).doubts(value),
            Self::Text(_) | Self::Ascii(_) | Self::Id(_) | Self::Digits(_) | Self::DigitsOr(_) => {
                doubt(value).map(|doubt| format!("is {doubt}")).into_iter().collect()
            }
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
            Self::OneOf(words) => quoted(words).join(", "),
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

fn milliseconds(value: &str) -> Checked {
    match duration::parse(value) {
        Ok(duration) => Ok(duration.as_millis().to_string()),
        Err(problem) => Err(format!("is {}, which {problem}", shown(value))),
    }
}

/// What is odd about a name or an id.
fn doubt(value: &str) -> Option<String> {
    if may_be_rounded(value) {
        let why = "which a program may have made of another number: put it in quotes wherever it is written";
        return Some(format!("{}, {why}", shown(value)));
    }
    let inside = variable_inside(value)?;
    Some(format!("{} and goes to the cloud with `{inside}` in it, which nothing filled in", shown(value)))
}

#[cfg(test)]
mod tests {
    use super::ValueType;

    #[test]
    fn values_that_are_fine() {
        let cases = [
            (ValueType::Text(9), "a é $`\"'", "a é $`\"'"),
            (ValueType::Boolean, "TRUE", "true"),
            (ValueType::Duration, "90", "90000"),
            (ValueType::Duration, "500ms", "500"),
            (ValueType::Duration, "1h30m", "5400000"),
            (ValueType::Duration, "2d", "172800000"),
            (ValueType::Duration, "0", "0"),
            (ValueType::Version, "0.1.99", "0.1.99"),
            (ValueType::List(3), "a, b\n\n  c d ,\r\na", r#"["a","b","c d"]"#),
            (
                ValueType::List(3),
                r#" ["a,b", 23, 1620876959997924701]"#.trim(),
                r#"["a,b","23","1620876959997924701"]"#,
            ),
            (ValueType::ListOrObject(3), r#"{"a": {}}"#, r#"{"a": {}}"#),
        ];
        for (kind, value, checked) in cases {
            assert_eq!(kind.check(value).as_deref(), Ok(checked), "{kind:?} {value:?}");
        }
    }

    #[test]
    fn values_that_are_not() {
        let cases = [
            (ValueType::Text(3), "abcd"),
            (ValueType::Text(3), "a\u{1b}"),
            (ValueType::Ascii(9), "é"),
            (ValueType::Id(9), "a/b"),
            (ValueType::Id(9), "a\nb"),
            (ValueType::LettersAndDigits(3), "ab"),
            (ValueType::Digits(20), "1.0"),
            (ValueType::Version, "1.0"),
            (ValueType::Version, "1.0.100"),
            (ValueType::Version, "1.0.+1"),
            (ValueType::OneOf(&["a"]), "A"),
            (ValueType::Boolean, "yes"),
            (ValueType::Boolean, "1"),
            (ValueType::Duration, "1.5h"),
            (ValueType::Duration, "30m1h"),
            (ValueType::Duration, "5 m"),
            (ValueType::Duration, "-1"),
            (ValueType::Duration, "1h30"),
            (ValueType::Duration, "9999999d"),
            (ValueType::List(2), "a,b,c"),
            (ValueType::List(2), ",\n,"),
            (ValueType::List(2), "[a]"),
            (ValueType::List(2), r#"[["a"]]"#),
            (ValueType::List(2), r#"["a\nb"]"#),
            (ValueType::Ids(2), "a b"),
            (ValueType::ListOrObject(2), "{"),
            (ValueType::ListOrObject(2), "{}"),
            (ValueType::Origin, "http://example.com"),
            (ValueType::Origin, "https://example.com/path"),
            (ValueType::Origin, "https://user@example.com"),
            (ValueType::Origin, "example.com"),
            (ValueType::Origin, "https://exam\nple.com"),
            (ValueType::Origin, "https://exam\tple.com"),
        ];
        for (kind, value) in cases {
            assert!(kind.check(value).is_err(), "{kind:?} {value:?}");
        }
    }
}
