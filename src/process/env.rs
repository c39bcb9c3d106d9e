//! One snapshot of the environment, passed by value: nobody else reads `std::env`.

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::error::InvalidInput;

/// The variables that the process was started with.
#[derive(Clone, Debug, Default)]
pub struct Env {
    variables: BTreeMap<String, Variable>,
}

#[derive(Clone, Debug)]
struct Variable {
    /// As the user wrote it.
    name: String,
    value: Result<String, NotUnicode>,
}

/// A variable whose value is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not valid UTF-8")]
pub struct NotUnicode;

impl Env {
    /// The environment of this process.
    #[must_use]
    pub fn snapshot() -> Self {
        std::env::vars_os().collect()
    }

    /// The value of a variable; an empty one counts as unset, and so does one that is not UTF-8.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.checked(name).ok().flatten()
    }

    /// The value of a variable as it stands, an empty one as unset.
    pub fn checked(&self, name: &str) -> Result<Option<&str>, NotUnicode> {
        match self.variables.get(&normalized(name)).map(|variable| &variable.value) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value.as_str()).filter(|value| !value.is_empty())),
            Some(Err(fault)) => Err(*fault),
        }
    }

    /// The trimmed value of a variable that is part of the configuration; a blank one counts as unset, one that is not
    /// UTF-8 is a fault.
    pub fn text(&self, name: &str) -> Result<Option<&str>, InvalidInput> {
        match self.checked(name) {
            Ok(value) => Ok(value.map(str::trim).filter(|value| !value.is_empty())),
            Err(fault) => Err(InvalidInput::new(name, format!("{fault}: give it as UTF-8, or unset it"))),
        }
    }

    /// The first of several such variables that is set, and which one it was, as the user wrote it.
    pub fn first_text(&self, names: &[&str]) -> Result<Option<(&str, &str)>, InvalidInput> {
        for name in names {
            if let (Some(value), Some(variable)) = (self.text(name)?, self.variables.get(&normalized(name))) {
                return Ok(Some((&variable.name, value)));
            }
        }
        Ok(None)
    }

    /// The name of every variable.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// Every variable that is UTF-8, with its value as it stands.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let variables = self.variables.values();
        variables.filter_map(|variable| Some((&*variable.name, variable.value.as_deref().ok()?)))
    }

    /// Every variable whose name begins with `prefix`, with its value.
    pub fn with_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, Result<&'a str, NotUnicode>)> {
        self.variables
            .range(prefix.to_owned()..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, variable)| (name.as_str(), variable.value.as_deref().map_err(|fault| *fault)))
    }
}

impl FromIterator<(OsString, OsString)> for Env {
    fn from_iter<T: IntoIterator<Item = (OsString, OsString)>>(variables: T) -> Self {
        let variables = variables
            .into_iter()
            .filter_map(|(name, value)| {
                let name = name.into_string().ok()?;
                let value = value.into_string().map_err(|_| NotUnicode);
                Some((normalized(&name), Variable { name, value }))
            })
            .collect();
        Self { variables }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Env {
    fn from(variables: [(&str, &str); N]) -> Self {
        variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
    }
}

/// Windows knows variables by their name in any case.
fn normalized(name: &str) -> String {
    if cfg!(windows) { name.to_uppercase() } else { name.to_owned() }
}
