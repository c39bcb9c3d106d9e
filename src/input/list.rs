//! Lists in all their spellings, and JSON objects that are sent as they stand.

use std::collections::HashSet;

use serde_json::Value;

use super::check::{Checked, ID, at_most, character, is_id, no_value, one_line, shown, wrong};

/// The longest list or JSON text, in characters.
const LONGEST_LIST: usize = 32_768;
/// The longest item of a list, in characters.
const LONGEST_ITEM: usize = 256;

pub(super) fn parse(value: &str, most: usize) -> Result<Vec<String>, String> {
    at_most(LONGEST_LIST, value)?;
    let items = items(value)?;
    items.iter().try_for_each(|item| check_item(item))?;
    let mut seen = HashSet::new();
    let unique: Vec<String> = items.into_iter().filter(|item| seen.insert(item.clone())).collect();
    match unique.len() {
        0 => wrong(value, "it has no item in it: give at least one"),
        count if count > most => Err(format!("has {count} items, and at most {most} are allowed")),
        _ => Ok(unique),
    }
}

fn check_item(item: &str) -> Result<(), String> {
    if let Some(why) = no_value(item) {
        return Err(format!("has the item {why}"));
    }
    let what = |c| match c {
        '，' | '、' | ';' | '；' => Some("separates no items: put a `,` or a line break there"),
        '"' | '\'' | '“' | '”' | '‘' | '’' => Some("would be sent, too: leave it out"),
        _ => None,
    };
    if let Some((found, what)) = item.chars().find_map(|c| Some((c, what(c)?))) {
        return Err(format!("has the item {} with {} in it, which {what}", shown(item), character(found)));
    }
    let one = one_line(item).and_then(|item| at_most(LONGEST_ITEM, item));
    one.map(|_| ()).map_err(|problem| format!("has an item that {problem}"))
}

/// Lines, or items separated by commas in lines, or a JSON array of texts and numbers.
fn items(value: &str) -> Result<Vec<String>, String> {
    // What JavaScript makes of a list of objects begins like JSON, and is none.
    if value.starts_with('[') && !value.starts_with("[object ") {
        return json_items(value);
    }
    let lines = value.split(['\n', '\r']).map(|line| without_dash(line.trim()));
    let items = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|item| !item.is_empty());
    Ok(items.map(str::to_owned).collect())
}

/// The dash is YAML's: a list under `|` is a text.
fn without_dash(line: &str) -> &str {
    line.strip_prefix("- ").unwrap_or(if line == "-" { "" } else { line })
}

/// What is odd about a list, and does not stop it.
pub(super) fn doubts(value: &str) -> Vec<String> {
    let items = items(value).unwrap_or_default();
    let mut seen = HashSet::new();
    let doubles = items.iter().filter(|item| !seen.insert(*item));
    doubles.map(|item| format!("names {} more than once: it is sent once", shown(item))).collect()
}

/// The items of a list that is fine.
pub(super) fn items_of(value: &str) -> Vec<String> {
    items(value).unwrap_or_default()
}

fn json_items(value: &str) -> Result<Vec<String>, String> {
    let not_json =
        || wrong::<String>(value, "it begins with `[`, but is not a JSON array of texts or numbers");
    let Ok(Value::Array(items)) = serde_json::from_str(value) else {
        return not_json().map(|_| Vec::new());
    };
    let items = items.into_iter().map(|item| match item {
        Value::String(text) if text.trim().is_empty() => wrong(value, "it has an empty item in it"),
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => whole(&number.to_string()),
        _ => not_json(),
    });
    items.collect()
}

/// A number is taken as it is written.
fn whole(number: &str) -> Checked {
    if number.trim_start_matches('-').chars().all(|c| c.is_ascii_digit()) {
        return Ok(number.to_owned());
    }
    match no_value(number) {
        Some(why) => Err(format!("has the item {why}")),
        None => Err(format!("has the item {}, which is not a whole number: put it in quotes", shown(number))),
    }
}

pub(super) fn ids(value: &str, most: usize) -> Checked {
    let items = parse(value, most)?;
    let other = |item: &String| item.chars().find(|c| !is_id(*c)).map(|other| (item.clone(), other));
    match items.iter().find_map(other) {
        None => Ok(to_json(&items)),
        Some((item, other)) => Err(format!(
            "has the item {} with {} in it: only {ID} are allowed",
            shown(&item),
            character(other)
        )),
    }
}

pub(super) fn object(value: &str) -> Checked {
    match serde_json::from_str::<serde_json::Map<String, Value>>(value) {
        Ok(fields) if fields.is_empty() => wrong(value, "it is an empty JSON object: name at least one"),
        Ok(_) => at_most(LONGEST_LIST, value),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let why = "it begins with `{`, but is not a JSON object";
            wrong(value, &format!("{why} (line {line}, column {column})"))
        }
    }
}

pub(super) fn to_json(items: &[String]) -> String {
    Value::from(items.to_vec()).to_string()
}
