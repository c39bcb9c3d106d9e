//! What is wrong with an input or with a variable of the configuration.

use super::{Error, Kind};
use crate::text::redact::Redactor;
use crate::text::sanitize;

/// Something that is wrong with an input or with a variable of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidInput {
    /// The input or the variable.
    pub name: String,
    /// What is wrong and what to do, to be read after the name.
    pub problem: String,
    /// What to do where the problem alone does not say it.
    pub hint: Option<String>,
}

impl InvalidInput {
    /// A fault of one input or variable.
    pub fn new(name: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { name: name.into(), problem: problem.into(), hint: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// All faults in one error. `written` is a name as its user wrote it; `hint` is taken unless all faults share one of their own.
/// Secrets are taken out first: once a text is made harmless, none can be recognised in it.
#[must_use]
pub fn invalid_inputs(
    faults: &[InvalidInput],
    written: impl Fn(&str) -> String,
    hint: String,
    redactor: &Redactor,
) -> Error {
    let line = |fault: &InvalidInput| {
        sanitize::line(&redactor.redact(&format!("`{}` {}", written(&fault.name), fault.problem)))
    };
    let list: Vec<String> = faults.iter().map(line).collect();
    let what = match list.as_slice() {
        [one] => format!("{one}; nothing was sent"),
        many => format!("{} inputs are wrong; nothing was sent\n  {}", many.len(), many.join("\n  ")),
    };
    let first = faults.first().and_then(|fault| fault.hint.clone());
    let shared = first.filter(|first| faults.iter().all(|fault| fault.hint.as_ref() == Some(first)));
    Error::new(Kind::Inputs, what).with_hint(shared.unwrap_or(hint))
}
