//! Inputs: what may be given, and reading it so that everything wrong is reported at once.

mod check;
pub mod common;
mod list;
mod read;
pub mod settings;
mod spelling;
mod suggest;
mod value_type;

pub use read::{Known, Values, read};
pub use spelling::{ALIASES, variable};
pub use value_type::ValueType;

/// One row of an input table. The tables alone drive checking, `--help`, and the tests of README and `action.yml`.
pub struct Input {
    /// The name: the vendor's parameter in snake case.
    pub name: &'static str,
    /// What is taken, and up to which length.
    pub kind: ValueType,
    /// Whether it must be given.
    pub need: Presence,
    /// What it means, for `--help` and the README.
    pub about: &'static str,
    /// Whether it works yet.
    pub stage: Support,
}

/// Whether an input must be given, and what stands in where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Must be given.
    Required,
    /// Must be given, or stand in a variable of the account.
    RequiredOr(&'static [&'static str]),
    /// May be left out.
    Optional,
    /// May be left out; then this is meant.
    Default(&'static str),
    /// May be left out; then it is 32 random hexadecimal digits, the same for the whole run.
    Generated,
}

/// Whether an input works yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It does.
    Full,
    /// It does, but for this value.
    Except(&'static str),
    /// It does not: any value but its default is an error.
    Planned,
}
