//! Queries of several requests: a pure function from the answers so far to the next request, or to what they say.

use crate::error::{ApiError, CallError};
use crate::http::{ApiResponse, Request};

/// What a request of a query was answered with: a success, or the vendor's own refusal, which says something too.
pub type QueryResult = Result<ApiResponse, ApiError>;

/// The answers to a query so far, read one after the other.
pub struct Responses<'a>(std::slice::Iter<'a, QueryResult>);

/// Why a query has no result yet.
#[derive(Debug)]
pub enum Stop {
    /// This request has to be made first.
    Request(Request),
    /// The answers do not say it: what was seen. They may do so later.
    Unclear(String),
}

/// Why a query came to nothing.
#[derive(Debug)]
pub enum QueryError {
    /// It was answered, but the answers do not say it: what was seen.
    Unclear(String),
    /// A request of it failed.
    Call(CallError),
}

impl<'a> Responses<'a> {
    /// The answers, the first one next.
    #[must_use]
    pub fn new(answers: &'a [QueryResult]) -> Self {
        Self(answers.iter())
    }

    /// The answer to this request; if it is not there yet, the request is to be made.
    pub fn get(&mut self, request: impl FnOnce() -> Request) -> Result<&'a QueryResult, Stop> {
        self.0.next().ok_or_else(|| Stop::Request(request()))
    }
}

impl Stop {
    /// The vendor's refusal of a request does not answer the query.
    #[must_use]
    pub fn refused(refusal: &ApiError) -> Self {
        Self::Unclear(refusal.to_string())
    }
}
