//! What the CI systems make of the bytes they are given, by their own rules and independent of `src/`.
//!
//! A file per system, each after that system's source: a reader here must refuse what the system refuses, or a test proves nothing.

pub(crate) mod act;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod jenkins;
pub(crate) mod posix_env;

/// Named values in the order in which they were set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values(pub(crate) Vec<(String, String)>);

impl Values {
    /// The value that counts: the last one of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.last(|known| known == name)
    }

    /// The last value whose name satisfies `is_it`.
    pub(crate) fn last(&self, is_it: impl Fn(&str) -> bool) -> Option<&str> {
        let found = self.0.iter().rev().find(|(name, _)| is_it(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Every name once, in the order of its first appearance.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for (name, _) in &self.0 {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Values {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.map(|(name, value)| (name.into(), value.into())).into())
    }
}
