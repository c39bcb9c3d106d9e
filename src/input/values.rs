//! Checked values, on their way into structs.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

/// Values that passed their checks, in the form in which they are deserialised.
#[derive(Clone, Debug, Default)]
pub struct Values {
    values: BTreeMap<&'static str, String>,
    given: BTreeSet<&'static str>,
}

impl Values {
    /// The struct that has these values for fields.
    ///
    /// # Panics
    ///
    /// When a table and its struct contradict each other; a test builds every operation from its table.
    #[must_use]
    pub fn into_struct<T: DeserializeOwned>(&self) -> T {
        let pairs = self.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        match envy::from_iter(pairs) {
            Ok(inputs) => inputs,
            Err(error) => panic!("an input table and its struct differ: {error}"),
        }
    }

    /// Sets a value that stands in for one that is not given, or for another.
    pub fn replace(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
    }

    /// Sets a value that the user gave.
    pub fn give(&mut self, name: &'static str, value: String) {
        self.given.insert(name);
        self.replace(name, value);
    }

    /// Whether the user gave a value.
    #[must_use]
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains(name)
    }

    /// Every value, by its name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// One value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}
