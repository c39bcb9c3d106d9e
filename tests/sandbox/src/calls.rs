//! The calls that a sandbox serves, by the vendors' names of their APIs.

use crate::{alibaba, huawei};

/// The five calls that release something.
const RELEASES: [&str; 5] = [
    "ReleaseArtifact",
    "PublishRoutineCodeRevision",
    "CreateFactoryPendingItemsPackage",
    "DeployFactoryPackages",
    "PublishPluginDraft",
];

/// Which calls something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// `any`: all of them.
    Any,
    /// `release`: the five release calls.
    Release,
    /// `status`: all but the five release calls.
    Status,
    /// The calls of one API, by the vendor's name of it, such as `GetArtifact`.
    Named(&'static str),
}

impl Calls {
    /// Reads `any`, `release`, `status` or the name of an API that the sandbox serves.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "any" => Some(Self::Any),
            "release" => Some(Self::Release),
            "status" => Some(Self::Status),
            _ => apis().find(|known| *known == name).map(Self::Named),
        }
    }

    /// Whether a call of this name is one of them.
    #[must_use]
    pub fn include(self, operation: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Release => RELEASES.contains(&operation),
            Self::Status => !RELEASES.contains(&operation),
            Self::Named(name) => operation == name,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Release => "release",
            Self::Status => "status",
            Self::Named(name) => name,
        }
    }
}

/// The name of every API that the sandbox serves.
pub(crate) fn apis() -> impl Iterator<Item = &'static str> {
    alibaba::actions().chain(huawei::OPERATIONS)
}

#[cfg(test)]
mod tests {
    use super::{Calls, RELEASES, apis};

    #[test]
    fn a_release_is_no_status_query_and_every_release_is_served() {
        for name in apis() {
            assert_ne!(Calls::Release.include(name), Calls::Status.include(name));
            assert!(Calls::Any.include(name) && Calls::named(name).unwrap().include(name));
        }
        assert_eq!(apis().filter(|name| Calls::Release.include(name)).count(), RELEASES.len());
    }
}
