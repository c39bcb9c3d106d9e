//! Queries of several requests: a pure function from the answers so far to the next request, or to what they say.

use crate::error::ApiError;
use crate::http::{ApiResponse, Request};

/// What a query was answered with: a success, or the vendor's own no, which says something too.
pub type QueryResult = Result<ApiResponse, ApiError>;

/// The answers to a question so far, read one after the other.
pub struct Responses<'a>(std::slice::Iter<'a, QueryResult>);

/// What must be asked before more can be said.
#[derive(Debug)]
pub struct Ask(pub Request);

impl<'a> Responses<'a> {
    /// The answers, the first one next.
    #[must_use]
    pub fn new(answers: &'a [QueryResult]) -> Self {
        Self(answers.iter())
    }

    /// The answer to this request; if it is not there yet, the request is to be made.
    pub fn to(&mut self, request: impl FnOnce() -> Request) -> Result<&'a QueryResult, Ask> {
        self.0.next().ok_or_else(|| Ask(request()))
    }
}
