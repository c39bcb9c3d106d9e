//! An operation's line in the catalog.

use serde::de::DeserializeOwned;

use super::Operation;
use crate::cloud::{Cloud, Service};
use crate::input::{Input, Values};
use crate::output::common::Output;

/// One operation.
pub struct OperationSpec {
    /// Our name of it.
    pub name: &'static str,
    /// The vendor's name of the call.
    pub api_name: &'static str,
    /// What it does, as the end of a sentence that begins with "to".
    pub summary: &'static str,
    /// Whose it is.
    pub cloud: &'static dyn Cloud,
    /// Which service of theirs.
    pub service: &'static Service,
    /// The vendor's name of the query that tells how far the release is.
    pub status_api: &'static str,
    /// What the call and the status query need to be allowed, in the vendor's words.
    pub permissions: &'static [&'static str],
    /// Refusals of the call that can also mean that it is done already: a balancer may have delivered it twice. A code that
    /// ends in `*` means all that begin so.
    pub done_already: &'static [&'static str],
    /// Its own inputs, beside the common ones.
    pub inputs: &'static [Input],
    /// Its own outputs, beside the common ones.
    pub outputs: &'static [Output],
    /// Makes it from its checked inputs.
    pub build: fn(&Values) -> Box<dyn Operation>,
}

/// Makes an operation from the values of its inputs.
#[must_use]
pub fn build<T: Operation + DeserializeOwned + 'static>(values: &Values) -> Box<dyn Operation> {
    Box::new(values.into_struct::<T>())
}
