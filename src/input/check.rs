//! What is wrong with a value, as the end of a sentence that begins with the input's name.

/// A value that is fine, or what is wrong with it, to be read behind the input's name.
pub(super) type Checked = Result<String, String>;

pub(super) const NAME: &str = "letters, digits and `_`";
pub(super) const ID: &str = "letters, digits, `-` and `_`";

pub(super) fn is_id(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

pub(super) fn quoted(words: &[&str]) -> Vec<String> {
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

pub(super) fn only(value: &str, most: usize, what: &str, allowed: fn(char) -> bool) -> Checked {
    if value.chars().all(allowed) {
        return at_most(most, value);
    }
    Err(format!("has a character that is not allowed: only {what} are"))
}

pub(super) fn letters_and_digits(value: &str, count: usize) -> Checked {
    if value.len() == count && value.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(value.to_owned());
    }
    Err(format!("must be {count} letters and digits"))
}

pub(super) fn version(value: &str) -> Checked {
    let group = |group: &str| matches!(group.len(), 1..=2) && group.chars().all(|c| c.is_ascii_digit());
    if value.split('.').count() == 3 && value.split('.').all(group) {
        return Ok(value.to_owned());
    }
    Err("must be three groups of 0 to 99, such as `1.0.12`".to_owned())
}

pub(super) fn one_of(value: &str, words: &[&str]) -> Checked {
    if words.contains(&value) {
        return Ok(value.to_owned());
    }
    Err(format!("must be one of {}", quoted(words).join(", ")))
}

pub(super) fn boolean(value: &str) -> Checked {
    match value.to_ascii_lowercase() {
        word if word == "true" || word == "false" => Ok(word),
        _ => Err("must be `true` or `false`".to_owned()),
    }
}
