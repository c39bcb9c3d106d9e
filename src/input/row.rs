//! One row of an input table, written as a row.

use super::ValueType;

/// One row of an input table. The tables alone drive checking, `--help`, and the tests of README and `action.yml`.
#[derive(Clone, Copy)]
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
    /// Beside which others it has an effect.
    pub effect: Effect,
}

/// Whether an input must be given, and what stands in where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Must be given.
    Required,
    /// Must be given, or stand in a variable of the account, or be what the account says when it is asked.
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

/// When an input has an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// In every run.
    Always,
    /// Only in one that waits: with `wait` or `resume`.
    Waiting,
    /// Only in one that may send a release call: without `resume`.
    Calling,
}

impl Input {
    /// One that must be given.
    #[must_use]
    pub const fn required(name: &'static str, kind: ValueType, about: &'static str) -> Self {
        let (need, stage, effect) = (Presence::Required, Support::Full, Effect::Always);
        Self { name, kind, need, about, stage, effect }
    }

    /// One that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, kind: ValueType, about: &'static str) -> Self {
        Self { need: Presence::Optional, ..Self::required(name, kind, about) }
    }

    /// It may be left out after all.
    #[must_use]
    pub const fn or_none(self) -> Self {
        Self { need: Presence::Optional, ..self }
    }

    /// In its place stands the first of these variables of the account that is set, else what the account says when it is
    /// asked.
    #[must_use]
    pub const fn or(self, variables: &'static [&'static str]) -> Self {
        Self { need: Presence::RequiredOr(variables), ..self }
    }

    /// Left out, it is this.
    #[must_use]
    pub const fn default(self, value: &'static str) -> Self {
        Self { need: Presence::Default(value), ..self }
    }

    /// Left out, it is made up.
    #[must_use]
    pub const fn generated(self) -> Self {
        Self { need: Presence::Generated, ..self }
    }

    /// It does not work yet.
    #[must_use]
    pub const fn planned(self) -> Self {
        Self { stage: Support::Planned, ..self }
    }

    /// It works, but for this value.
    #[must_use]
    pub const fn except(self, value: &'static str) -> Self {
        Self { stage: Support::Except(value), ..self }
    }

    /// It has no effect in a run that does not wait.
    #[must_use]
    pub const fn when_waiting(self) -> Self {
        Self { effect: Effect::Waiting, ..self }
    }

    /// It has no effect in a run that resumes another.
    #[must_use]
    pub const fn when_calling(self) -> Self {
        Self { effect: Effect::Calling, ..self }
    }
}
