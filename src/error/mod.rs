//! What can go wrong, what it means for the release, and the exit status that says so.

mod api_error;
mod call_error;

use std::fmt;

use serde_json::{Map, Value};

pub use api_error::Answer;
pub use call_error::{Class, Failed};

/// Exit statuses. They are part of the interface and keep their meaning.
pub mod exit {
    /// The call was accepted; with a wait, the release is done.
    pub const DONE: u8 = 0;
    /// A bug in release-step.
    pub const BUG: u8 = 1;
    /// Inputs or configuration are wrong; nothing was sent.
    pub const INPUTS: u8 = 2;
    /// Credentials are missing, refused or without permission; nothing was released.
    pub const CREDENTIALS: u8 = 3;
    /// The API rejected the call; nothing was released.
    pub const REJECTED: u8 = 4;
    /// The release was accepted, then failed in the cloud.
    pub const FAILED: u8 = 5;
    /// The release was accepted and goes on, but was not watched to its end.
    pub const UNWATCHED: u8 = 6;
    /// The API could not be reached or throttled the call; nothing was released.
    pub const UNREACHABLE: u8 = 7;
    /// The call may or may not have landed.
    pub const UNKNOWN: u8 = 8;
    /// The release is made, its outputs could not be written.
    pub const OUTPUTS: u8 = 9;
    /// Ended by SIGINT.
    pub const SIGINT: u8 = 130;
    /// Ended by SIGTERM.
    pub const SIGTERM: u8 = 143;
}

/// The kind of an error: decides the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The inputs or the configuration are wrong.
    Inputs,
    /// Credentials are missing, refused or without permission.
    Credentials,
    /// The API rejected the call.
    Rejected,
    /// The release failed in the cloud.
    Failed,
    /// The release goes on, the time to wait for it is over.
    TimedOut,
    /// The release goes on and can no longer be watched.
    Unwatched,
    /// The API could not be reached, or kept throttling.
    Unreachable,
    /// Nobody knows whether the call landed.
    Unknown,
    /// The outputs could not be written.
    Outputs,
    /// SIGINT or SIGTERM came (or Ctrl-C, Ctrl-Break).
    Cancelled(Signal),
}

/// A signal that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, Ctrl-C.
    Interrupt,
    /// SIGTERM, Ctrl-Break.
    Terminate,
}

/// Whether the release was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// It was.
    Yes,
    /// It certainly was not.
    No,
    /// It may have been.
    Unknown,
}

impl Released {
    /// The word in the output `released`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

impl Kind {
    /// The exit status.
    #[must_use]
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Inputs => exit::INPUTS,
            Self::Credentials => exit::CREDENTIALS,
            Self::Rejected => exit::REJECTED,
            Self::Failed => exit::FAILED,
            Self::TimedOut | Self::Unwatched => exit::UNWATCHED,
            Self::Unreachable => exit::UNREACHABLE,
            Self::Unknown => exit::UNKNOWN,
            Self::Outputs => exit::OUTPUTS,
            Self::Cancelled(Signal::Interrupt) => exit::SIGINT,
            Self::Cancelled(Signal::Terminate) => exit::SIGTERM,
        }
    }

    /// The word in `error.kind`, and the `error_code` of an error that has no code of the vendor's.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Credentials => "credentials",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Unwatched => "unwatched",
            Self::Unreachable => "unreachable",
            Self::Unknown => "unknown",
            Self::Outputs => "outputs",
            Self::Cancelled(_) => "cancelled",
        }
    }

    /// The output `release_outcome`; none if it is the release's own.
    #[must_use]
    pub fn outcome(self) -> Option<&'static str> {
        Some(match self {
            Self::Inputs | Self::Credentials | Self::Rejected | Self::Unreachable => "not_released",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Unwatched => "unwatched",
            Self::Cancelled(_) => "cancelled",
            Self::Unknown => "unknown",
            Self::Outputs => return None,
        })
    }

    /// The output `released`, unless the error itself knows better.
    #[must_use]
    pub fn released(self) -> Released {
        match self {
            Self::Inputs | Self::Credentials | Self::Rejected | Self::Unreachable => Released::No,
            Self::Outputs | Self::Failed | Self::TimedOut | Self::Unwatched => Released::Yes,
            Self::Unknown | Self::Cancelled(_) => Released::Unknown,
        }
    }
}

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
    pub answer: Box<Answer>,
    /// What was found out afterwards.
    pub then: Option<String>,
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
            then: None,
            hint: None,
        }
    }

    /// Adds what was found out afterwards.
    #[must_use]
    pub fn with_then(mut self, then: impl Into<String>) -> Self {
        self.then = Some(then.into());
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
    pub fn with_answer(mut self, answer: Answer) -> Self {
        self.answer = Box::new(answer);
        self
    }

    /// The vendor's code, or our own word.
    #[must_use]
    pub fn code(&self) -> &str {
        self.answer.code.as_deref().unwrap_or(self.kind.word())
    }

    /// What failed and what the server said, without the hint.
    #[must_use]
    pub fn message(&self) -> String {
        let answer = self.answer.to_string();
        let told = if answer.is_empty() { self.what.clone() } else { format!("{}: {answer}", self.what) };
        self.plus_then(told)
    }

    fn plus_then(&self, told: String) -> String {
        match &self.then {
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
            ("kind", Some(Value::from(self.kind.word()))),
            ("http_status", answer.http_status.map(Value::from)),
            ("code", Some(Value::from(self.code()))),
            ("message", text(&answer.message).or_else(|| Some(self.plus_then(self.what.clone()).into()))),
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
