//! One variable that belongs to a source of credentials.

use secrecy::SecretString;

use super::check::{Part, problem};
use crate::error::{Error, Kind};
use crate::process::env::Env;

/// A secret variable, trimmed: a line break at the end of a pasted key is the usual accident.
pub fn secret(env: &Env, variable: &str, part: Part) -> Result<Option<SecretString>, Error> {
    match text(env, variable)? {
        Some(value) => checked(variable, value, part).map(Some),
        None => Ok(None),
    }
}

/// A secret text, trimmed, if it can be one.
pub fn checked(name: &str, value: &str, part: Part) -> Result<SecretString, Error> {
    let value = value.trim();
    match problem(part, value) {
        None => Ok(value.into()),
        Some((problem, hint)) => Err(wrong(name, &problem, hint)),
    }
}

/// A variable that is no secret, trimmed; a blank one counts as unset.
pub fn text<'a>(env: &'a Env, variable: &str) -> Result<Option<&'a str>, Error> {
    match env.text(variable) {
        Ok(value) => Ok(value),
        Err(fault) => Err(wrong(variable, &fault.problem, "paste it again")),
    }
}

/// Whether a switch is on: `true` or `1`, in any case.
#[must_use]
pub fn is_on(env: &Env, variable: &str) -> bool {
    let value = env.get(variable).unwrap_or_default().trim();
    value.eq_ignore_ascii_case("true") || value == "1"
}

/// The error of a variable whose value cannot be.
#[must_use]
pub fn wrong(variable: &str, problem: &str, hint: &str) -> Error {
    Error::new(Kind::Credentials, format!("`{variable}` {problem}")).with_hint(hint)
}

/// The error of a source that is configured by half.
#[must_use]
pub fn half(set: &[&str], missing: &[&str]) -> Error {
    let (set, missing) = (Names(set), Names(missing));
    let what = format!("{set} {} set, but {missing} {} not", set.verb(), missing.verb());
    Error::new(Kind::Credentials, what).with_hint(format!("set {missing} too, or unset {set}"))
}

/// Variables in a sentence.
struct Names<'a>(&'a [&'a str]);

impl Names<'_> {
    fn verb(&self) -> &'static str {
        if self.0.len() == 1 { "is" } else { "are" }
    }
}

impl std::fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`", self.0.join("` and `"))
    }
}
