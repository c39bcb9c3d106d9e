//! What is wrong with a value, as the end of a sentence that begins with the input's name.

use crate::text::number::has_exponent;
use crate::text::placeholder::unfilled;
use crate::text::{sanitize, similar};

/// A value that is fine, or what is wrong with it, to be read after the input's name.
pub(super) type Checked = Result<String, String>;

pub(super) const NAME: &str = "letters, digits and `_`";
pub(super) const ID: &str = "letters, digits, `-` and `_`";

/// How much of a value is shown, in characters.
const LONGEST_SHOWN: usize = 60;

/// A value as messages show it: harmless, in one line, and not at length.
pub(super) fn shown(value: &str) -> String {
    let (beginning, is_cut) = match value.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => (&value[..end], "…"),
        None => (value, ""),
    };
    format!("`{}{is_cut}`", sanitize::line(beginning))
}

/// A value that is wrong, and why.
pub(super) fn wrong<T>(value: &str, why: &str) -> Result<T, String> {
    Err(format!("is {}: {why}", shown(value)))
}

/// What no value is, whatever its kind: one that was never filled in, or a number where an id was written.
pub(super) fn no_value(value: &str) -> Option<String> {
    if let Some(why) = unfilled(value) {
        return Some(format!("{}, {}", shown(value), why.meaning()));
    }
    has_exponent(value)
        .then(|| format!("{}: YAML made a number of it, and digits are lost: put it in quotes", shown(value)))
}

pub(super) fn is_id(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

pub(super) fn quoted(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| format!("`{word}`")).collect()
}

/// `a`, `b` or `c`.
fn either(words: &[&str]) -> String {
    match quoted(words).split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => quoted(words).concat(),
    }
}

pub(super) fn one_line(value: &str) -> Checked {
    match value.chars().find(|character| character.is_control()) {
        None => Ok(value.to_owned()),
        Some('\n' | '\r') => wrong(value, "it has a line break in it: give one line"),
        Some(control) => {
            let control = u32::from(control);
            wrong(value, &format!("it has the control character U+{control:04X} in it: take it out"))
        }
    }
}

pub(super) fn at_most(most: usize, value: impl Into<String>) -> Checked {
    let value = value.into();
    match value.chars().count() {
        count if count > most => {
            wrong(&value, &format!("it has {count} characters, and at most {most} are allowed"))
        }
        _ => Ok(value),
    }
}

pub(super) fn only(value: &str, most: usize, what: &str, allowed: fn(char) -> bool) -> Checked {
    match value.chars().find(|character| !allowed(*character)) {
        None => at_most(most, value),
        Some(other) => wrong(value, &format!("only {what} are allowed, and it has {}", character(other))),
    }
}

/// A character as messages show it: one that people take for another by its number, too.
pub(super) fn character(character: char) -> String {
    match character {
        ' ' => "a blank".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        '!'..='~' => format!("`{character}`"),
        _ => format!("{} (U+{:04X})", shown(&character.to_string()), u32::from(character)),
    }
}

pub(super) fn letters_and_digits(value: &str, count: usize) -> Checked {
    if value.len() == count && value.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(value.to_owned());
    }
    let has = value.chars().count();
    wrong(value, &format!("it must be {count} letters and digits, and has {has} characters"))
}

/// Digits as an id: they are compared as they stand.
pub(super) fn digits_of_an_id(value: &str, most: usize) -> Checked {
    if value.len() > 1 && value.starts_with('0') {
        only(value, most, "digits", |c| c.is_ascii_digit())?;
        return wrong(value, "no id begins with `0`: take the zero out");
    }
    only(value, most, "digits", |c| c.is_ascii_digit())
}

pub(super) fn version(value: &str) -> Checked {
    let group = |group: &str| matches!(group.len(), 1..=2) && group.chars().all(|c| c.is_ascii_digit());
    if value.split('.').count() == 3 && value.split('.').all(group) {
        return Ok(value.to_owned());
    }
    wrong(value, "it must be three groups of 0 to 99, such as `1.0.12`")
}

pub(super) fn one_of(value: &str, words: &[&str]) -> Checked {
    if words.contains(&value) {
        return Ok(value.to_owned());
    }
    let meant = similar::choice(value, words).map(|word| format!("did you mean `{word}`? "));
    wrong(value, &format!("{}it must be {}", meant.unwrap_or_default(), either(words)))
}

pub(super) fn boolean(value: &str, other: Option<&str>) -> Checked {
    let words: Vec<&str> = ["true", "false"].into_iter().chain(other).collect();
    let lower = value.to_ascii_lowercase();
    let meant = match lower.as_str() {
        "true" | "false" => return Ok(lower),
        "yes" | "y" | "on" | "1" => "did you mean `true`? ",
        "no" | "n" | "off" | "0" => "did you mean `false`? ",
        _ => return one_of(value, &words),
    };
    wrong(value, &format!("{meant}it must be {}", either(&words)))
}
