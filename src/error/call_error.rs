//! A failed exchange, and what it says of the call that was made with it.

use std::time::Duration;

use super::ApiError;

/// What a failed exchange says of the call that was made with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// Not a byte of the request was sent.
    NotSent,
    /// The server says that it is too busy; it did nothing.
    Throttled,
    /// The server says that it is working on the same call already.
    UnderWay,
    /// The credentials are refused.
    Unauthenticated,
    /// The credentials have no permission.
    Forbidden,
    /// The API says no.
    Rejected,
    /// An answer of success that cannot be read: the call has probably landed.
    Unreadable,
    /// Everything else: the call may have landed.
    Unknown,
}

/// A failed exchange.
#[derive(Clone, Debug)]
pub struct CallError {
    /// What it says of the call.
    pub class: FailureClass,
    /// What happened, if no server said it.
    pub what: Option<String>,
    /// What the server said.
    pub answer: Box<ApiError>,
    /// What the user can do, if the vendor's code tells.
    pub hint: Option<String>,
    /// Whether the same will come of every other try.
    pub is_permanent: bool,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
}

impl CallError {
    /// An exchange that failed without an answer.
    pub fn without_answer(class: FailureClass, what: impl Into<String>, hint: Option<&str>) -> Self {
        Self {
            what: Some(what.into()),
            hint: hint.map(str::to_owned),
            ..Self::answered(class, ApiError::default())
        }
    }

    /// An exchange that was answered.
    #[must_use]
    pub fn answered(class: FailureClass, answer: ApiError) -> Self {
        Self {
            class,
            what: None,
            answer: Box::new(answer),
            hint: None,
            is_permanent: false,
            retry_after: None,
        }
    }

    /// Whether the server, or something before it, is too busy.
    #[must_use]
    pub fn is_overload(&self) -> bool {
        let is_busy = |status| status >= 500 || status == 429;
        self.class == FailureClass::Throttled || self.answer.http_status.is_some_and(is_busy)
    }

    /// The same failure as any other that differs in the request id alone.
    #[must_use]
    pub fn without_request_id(mut self) -> Self {
        self.answer.request_id = None;
        self
    }

    /// What happened, in one line.
    #[must_use]
    pub fn reason(&self) -> String {
        let said = self.answer.to_string();
        match (&self.what, said.is_empty()) {
            (Some(what), true) => what.clone(),
            (Some(what), false) => format!("{what}: {said}"),
            (None, _) => said,
        }
    }
}
