//! Inputs: what may be given, and reading it so that everything wrong is reported at once.

pub mod common;
mod list;
mod read;
mod suggest;
mod value_type;

pub use read::{Known, Values, read};
pub use value_type::Kind;

use crate::error::{Error, Kind as ErrorKind};
use crate::text::sanitize;

/// One row of an input table. The tables alone drive checking, `--help`, and the tests of README and `action.yml`.
pub struct Input {
    /// The name: the vendor's parameter in snake case.
    pub name: &'static str,
    /// What is taken, and up to which length.
    pub kind: Kind,
    /// Whether it must be given.
    pub need: Need,
    /// What it means, for `--help` and the README.
    pub about: &'static str,
    /// Whether it works yet.
    pub stage: Stage,
}

/// Whether an input must be given, and what stands in where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Must be given.
    Required,
    /// Must be given, or stand in a variable of the account.
    RequiredOr(&'static [&'static str]),
    /// May be left out.
    Optional,
    /// May be left out; then this is meant.
    Default(&'static str),
    /// May be left out; then it is 32 random hexadecimal digits, the same for the whole run.
    Minted,
}

/// Whether an input works yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It does.
    Works,
    /// It does, but for this value.
    WorksBut(&'static str),
    /// It does not: any value but its default is an error.
    Later,
}

/// Something that is wrong with an input or with a variable of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The input or the variable.
    pub name: String,
    /// What is wrong and what to do, to be read behind the name.
    pub problem: String,
}

impl Fault {
    /// A fault of one input or variable.
    pub fn new(name: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { name: name.into(), problem: problem.into() }
    }
}

/// The variable of an input.
#[must_use]
pub fn variable(name: &str) -> String {
    format!("INPUT_{}", name.to_uppercase())
}

/// All faults in one error.
#[must_use]
pub fn error(faults: &[Fault]) -> Error {
    let list: Vec<String> =
        faults.iter().map(|fault| sanitize::line(&format!("`{}` {}", fault.name, fault.problem))).collect();
    let what = match list.as_slice() {
        [one] => format!("{one}; nothing was sent"),
        many => format!("{} inputs are wrong; nothing was sent\n  {}", many.len(), many.join("\n  ")),
    };
    let help = "an input `name` is the variable `INPUT_NAME`; `release-step --help OPERATION` lists them";
    Error::new(ErrorKind::Inputs, what).with_hint(help)
}
