//! What a service answers, before its vendor's envelope is put around it.

use serde_json::Value;

/// A result with its status. As a [`Value::String`] the body is plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Reply {
    /// Something was made: 201.
    pub(crate) fn created(body: Value) -> Self {
        Self { status: 201, ..body.into() }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl From<Value> for Reply {
    fn from(body: Value) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }
}
