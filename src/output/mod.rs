//! Outputs: names and values in order, and the formats in which they are written.

pub mod common;
mod dotenv;
mod heredoc;
mod json;
mod properties;
pub mod stream;
pub mod write;

use serde_json::Value as Json;

use crate::text::redact::Redactor;

/// The outputs of a run, in the order in which they were set. The last value of a name wins.
#[derive(Clone, Debug, Default)]
pub struct Outputs(Vec<(&'static str, Value)>);

/// A value, as a text outside JSON and in its own shape inside.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text; ids too, whatever the server sent.
    Text(String),
    /// Several of one name.
    List(Vec<String>),
    /// A number, a truth value, or a structure of the vendor's.
    Json(Json),
    /// A part of the output `result` that is no output by itself.
    OnlyInResult(Json),
}

impl Value {
    /// The value where there is no JSON: items of a list joined by commas, structures as JSON in one line.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(","),
            Self::Json(value) | Self::OnlyInResult(value) => value.to_string(),
        }
    }

    /// Whether only JSON can hold it.
    #[must_use]
    pub fn is_structure(&self) -> bool {
        matches!(self, Self::Json(Json::Array(_) | Json::Object(_)))
    }

    fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => Json::from(text.as_str()),
            Self::List(items) => Json::from(items.clone()),
            Self::Json(value) | Self::OnlyInResult(value) => value.clone(),
        }
    }
}

impl Outputs {
    /// Sets a text; an empty one is not set, as nobody can tell it from one that is not there.
    pub fn set(&mut self, name: &'static str, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.put(name, Value::Text(text));
        }
    }

    /// Sets a list, unless it is empty.
    pub fn set_list(&mut self, name: &'static str, items: impl IntoIterator<Item = String>) {
        let items: Vec<String> = items.into_iter().collect();
        if !items.is_empty() {
            self.put(name, Value::List(items));
        }
    }

    /// Sets a number, a truth value or a structure.
    pub fn set_json(&mut self, name: &'static str, value: Json) {
        self.put(name, Value::Json(value));
    }

    /// Takes over fields of an answer under their own names; texts and numbers, the others are not there.
    pub fn copy(&mut self, body: &Json, fields: &[&'static str]) {
        for field in fields {
            if let Some(text) = body.get(field).and_then(as_text) {
                self.set(field, text);
            }
        }
    }

    /// Sets a part of the output `result` that is no output by itself.
    pub fn set_in_result(&mut self, name: &'static str, value: Json) {
        self.put(name, Value::OnlyInResult(value));
    }

    /// Takes an output out again.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| *known != name);
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Self) {
        for (name, value) in others.0 {
            self.put(name, value);
        }
    }

    /// The same outputs without any secret in their values.
    #[must_use]
    pub fn redacted(&self, redactor: &Redactor) -> Self {
        let clean = |text: &String| redactor.redact(text).into_owned();
        let cleaned = self.0.iter().map(|(name, value)| {
            let value = match value {
                Value::Text(text) => Value::Text(clean(text)),
                Value::List(items) => Value::List(items.iter().map(clean).collect()),
                Value::Json(value) => Value::Json(redactor.redact_json(value.clone())),
                Value::OnlyInResult(value) => Value::OnlyInResult(redactor.redact_json(value.clone())),
            };
            (*name, value)
        });
        Self(cleaned.collect())
    }

    /// The text of an output.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let (_, value) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(value.text())
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let outputs = self.0.iter().map(|(name, value)| (*name, value));
        outputs.filter(|(_, value)| !matches!(value, Value::OnlyInResult(_)))
    }

    /// Names and texts in order, `result` last.
    fn texts(&self) -> impl Iterator<Item = (&'static str, String)> {
        let outputs = self.iter().map(|(name, value)| (name, value.text()));
        outputs.chain([("result", result(self))])
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn put(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some(output) => output.1 = value,
            None => self.0.push((name, value)),
        }
    }
}

impl<const N: usize> From<[(&'static str, &str); N]> for Outputs {
    fn from(pairs: [(&'static str, &str); N]) -> Self {
        let mut outputs = Self::default();
        for (name, text) in pairs {
            outputs.set(name, text);
        }
        outputs
    }
}

/// A JSON text or number as text, digit for digit.
#[must_use]
pub fn as_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// How outputs stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// GitHub's output file: appended to, never replaced.
    Heredoc,
    /// A GitLab dotenv report.
    Dotenv,
    /// One JSON object, the output `result`.
    Json,
    /// Java properties.
    Properties,
}

/// A file's text, and what it could not take in.
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Names of outputs that this format cannot carry, each with the reason.
    pub left_out: Vec<(&'static str, &'static str)>,
}

impl Format {
    /// The format of a file by its ending.
    #[must_use]
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "json" => Some(Self::Json),
            "env" => Some(Self::Dotenv),
            "properties" => Some(Self::Properties),
            _ => None,
        }
    }

    /// Whether a file of this format is another's too, and is appended to.
    #[must_use]
    pub fn is_shared(self) -> bool {
        self == Self::Heredoc
    }

    /// Writes the outputs. `token` is random: no value can contain it.
    #[must_use]
    pub fn render(self, outputs: &Outputs, prefix: &str, token: &str) -> Rendered {
        match self {
            Self::Heredoc => heredoc::render(outputs, prefix, token),
            Self::Dotenv => dotenv::render(outputs, prefix),
            Self::Json => Rendered::whole(json::render(outputs) + "\n"),
            Self::Properties => properties::render(outputs, prefix),
        }
    }
}

impl Rendered {
    fn whole(text: String) -> Self {
        Self { text, left_out: Vec::new() }
    }
}

/// The output `result`: one JSON object in one line, every output under its name.
#[must_use]
pub fn result(outputs: &Outputs) -> String {
    json::render(outputs)
}
