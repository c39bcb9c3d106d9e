//! Strict reading of a JSON object's fields.

use std::fmt::Display;

use serde_json::{Map, Value};

/// A JSON object of which every field must be known and of its type. Faults are text; each service gives them its code.
pub(crate) struct Fields(Map<String, Value>);

pub(crate) type Checked<T> = Result<T, String>;

impl Fields {
    pub(crate) fn parse(body: &[u8]) -> Checked<Self> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err("the body is not a JSON object".into()),
            Err(_) => Err("the body is not JSON".into()),
        }
    }

    pub(crate) fn only(self, known: &[&str]) -> Checked<Self> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(format!("the field {name} is not known")),
            None => Ok(self),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Checked<Option<&str>> {
        self.0.get(name).map(|value| value.as_str().ok_or_else(|| wrong(name, "a string"))).transpose()
    }

    pub(crate) fn required_text(&self, name: &str) -> Checked<&str> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
    }

    pub(crate) fn integer(&self, name: &str) -> Checked<Option<i64>> {
        self.0.get(name).map(|value| value.as_i64().ok_or_else(|| wrong(name, "an integer"))).transpose()
    }

    pub(crate) fn integers(&self, name: &str) -> Checked<Option<Vec<i64>>> {
        self.list(name, "integers", Value::as_i64)
    }

    pub(crate) fn texts(&self, name: &str) -> Checked<Option<Vec<String>>> {
        self.list(name, "strings", |value| value.as_str().map(str::to_owned))
    }

    /// 1 to 100 different strings.
    pub(crate) fn required_texts(&self, name: &str) -> Checked<Vec<String>> {
        let texts = self.texts(name)?.ok_or_else(|| missing(name))?;
        if texts.is_empty() || texts.len() > 100 {
            return Err(format!("{name} must hold 1 to 100 values"));
        }
        if (1..texts.len()).any(|place| texts[..place].contains(&texts[place])) {
            return Err(format!("{name} holds a value twice"));
        }
        Ok(texts)
    }

    fn list<T>(&self, name: &str, kind: &str, read: impl Fn(&Value) -> Option<T>) -> Checked<Option<Vec<T>>> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let values = value.as_array().and_then(|values| values.iter().map(read).collect());
        values.map(Some).ok_or_else(|| wrong(name, &format!("an array of {kind}")))
    }
}

fn missing(name: impl Display) -> String {
    format!("{name} is required")
}

fn wrong(name: &str, kind: &str) -> String {
    format!("{name} is not {kind}")
}
