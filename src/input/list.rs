//! Lists in all their spellings, and JSON objects that are sent as they stand.

use std::collections::HashSet;

use serde_json::Value;

use super::check::{Checked, ID, at_most, is_id, one_line};

/// The longest list or JSON text, in characters.
const LONGEST_LIST: usize = 32_768;
/// The longest item of a list, in characters.
const LONGEST_ITEM: usize = 256;

pub(super) fn parse(value: &str, most: usize) -> Result<Vec<String>, String> {
    at_most(LONGEST_LIST, value)?;
    let items = items(value)?;
    for item in &items {
        let one = one_line(item).and_then(|item| at_most(LONGEST_ITEM, item));
        one.map_err(|problem| format!("has an item that {problem}"))?;
    }
    let mut seen = HashSet::new();
    let unique: Vec<String> = items.into_iter().filter(|item| seen.insert(item.clone())).collect();
    match unique.len() {
        0 => Err("has no item in it: give at least one".to_owned()),
        count if count > most => Err(format!("has {count} items: at most {most} are allowed")),
        _ => Ok(unique),
    }
}

/// Lines, or items separated by commas in lines, or a JSON array of texts and numbers.
fn items(value: &str) -> Result<Vec<String>, String> {
    if value.starts_with('[') {
        return json_items(value);
    }
    let items = value.split(['\n', '\r', ',']).map(str::trim).filter(|item| !item.is_empty());
    Ok(items.map(str::to_owned).collect())
}

/// What a list names more than once, each as often as it is there again.
pub(super) fn duplicates(value: &str) -> Vec<String> {
    repeated(&items(value).unwrap_or_default())
}

fn repeated(items: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    items.iter().filter(|item| !seen.insert(*item)).cloned().collect()
}

fn json_items(value: &str) -> Result<Vec<String>, String> {
    let wrong = "begins with `[` but is not a JSON array of texts or numbers";
    let Ok(Value::Array(items)) = serde_json::from_str(value) else {
        return Err(wrong.to_owned());
    };
    let items = items.into_iter().map(|item| match item {
        Value::String(text) if text.trim().is_empty() => Err("has an empty item".to_owned()),
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(wrong.to_owned()),
    });
    items.collect()
}

pub(super) fn ids(value: &str, most: usize) -> Checked {
    let items = parse(value, most)?;
    if items.iter().all(|item| item.chars().all(is_id)) {
        return Ok(to_json(&items));
    }
    Err(format!("has an item with a character that is not allowed: only {ID} are"))
}

pub(super) fn object(value: &str) -> Checked {
    match serde_json::from_str::<serde_json::Map<String, Value>>(value) {
        Ok(fields) if fields.is_empty() => Err("is an empty JSON object: name at least one".to_owned()),
        Ok(_) => at_most(LONGEST_LIST, value),
        Err(error) => Err(format!(
            "begins with `{{` but is not a JSON object (line {}, column {})",
            error.line(),
            error.column()
        )),
    }
}

pub(super) fn to_json(items: &[String]) -> String {
    Value::from(items.to_vec()).to_string()
}
