//! What is wrong with an input or with a variable of the configuration.

use super::{Error, Kind};
use crate::text::sanitize;

/// Something that is wrong with an input or with a variable of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidInput {
    /// The input or the variable.
    pub name: String,
    /// What is wrong and what to do, to be read behind the name.
    pub problem: String,
}

impl InvalidInput {
    /// A fault of one input or variable.
    pub fn new(name: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { name: name.into(), problem: problem.into() }
    }
}

/// All faults in one error.
#[must_use]
pub fn invalid_inputs(faults: &[InvalidInput]) -> Error {
    let list: Vec<String> =
        faults.iter().map(|fault| sanitize::line(&format!("`{}` {}", fault.name, fault.problem))).collect();
    let what = match list.as_slice() {
        [one] => format!("{one}; nothing was sent"),
        many => format!("{} inputs are wrong; nothing was sent\n  {}", many.len(), many.join("\n  ")),
    };
    let help = "an input `name` is the variable `INPUT_NAME`; `release-step --help OPERATION` lists them";
    Error::new(Kind::Inputs, what).with_hint(help)
}
