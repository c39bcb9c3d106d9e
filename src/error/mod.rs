//! What can go wrong, what it means for the release, and the exit status that says so.

mod api_error;
mod call_error;
pub mod exit;
mod invalid;
mod kind;
mod outcome;

use std::fmt;

use serde_json::{Map, Value};

pub use api_error::ApiError;
pub use call_error::{CallError, FailureClass};
pub use invalid::{InvalidInput, invalid_inputs};
pub use kind::{Kind, Signal};
pub use outcome::{Outcome, ReleaseOrigin, Released};

/// Why a run ended red, for people and for programs.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Error {
    /// Decides the exit status.
    pub kind: Kind,
    /// What failed: lower case, no final period.
    pub what: String,
    /// Whether the release was made all the same.
    pub released: Released,
    /// What the server said, if it answered.
    pub answer: Box<ApiError>,
    /// What was found out afterwards.
    pub finding: Option<String>,
    /// What the user can do.
    pub hint: Option<String>,
}

impl Error {
    /// An error that no server had a part in.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            released: kind.released(),
            answer: Box::default(),
            finding: None,
            hint: None,
        }
    }

    /// Adds what was found out afterwards.
    #[must_use]
    pub fn with_finding(mut self, then: impl Into<String>) -> Self {
        self.finding = Some(then.into());
        self
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what the server said.
    #[must_use]
    pub fn with_answer(mut self, answer: ApiError) -> Self {
        self.answer = Box::new(answer);
        self
    }

    /// The vendor's code, or our own word.
    #[must_use]
    pub fn code(&self) -> &str {
        self.answer.code.as_deref().unwrap_or(self.kind.as_str())
    }

    /// What failed and what the server said, without the hint.
    #[must_use]
    pub fn message(&self) -> String {
        let answer = self.answer.to_string();
        let told = if answer.is_empty() { self.what.clone() } else { format!("{}: {answer}", self.what) };
        self.plus_finding(told)
    }

    fn plus_finding(&self, told: String) -> String {
        match &self.finding {
            Some(then) => format!("{told}; {then}"),
            None => told,
        }
    }

    /// The message without line breaks.
    #[must_use]
    pub fn one_line(&self) -> String {
        self.message().lines().map(str::trim).collect::<Vec<_>>().join("; ")
    }

    /// `error: {kind, http_status, code, message, request_id, hint}` of the output `result`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let answer = &self.answer;
        let text = |text: &Option<String>| text.clone().map(Value::from);
        let fields = [
            ("kind", Some(Value::from(self.kind.as_str()))),
            ("http_status", answer.http_status.map(Value::from)),
            ("code", Some(Value::from(self.code()))),
            ("message", text(&answer.message).or_else(|| Some(self.plus_finding(self.what.clone()).into()))),
            ("request_id", text(&answer.request_id)),
            ("hint", text(&self.hint)),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(fields.collect::<Map<_, _>>())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
