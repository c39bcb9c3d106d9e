//! The calls that a sandbox serves, by the vendors' names of their APIs.

use crate::{alibaba, http::Request, huawei, identity, metadata, state::operation};

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
    /// `status`: all but the five release calls and those for credentials.
    Status,
    /// `credentials`: the next four together.
    Credentials,
    /// `sts`: both clouds' STS.
    Sts,
    /// `iam`: Huawei Cloud's IAM.
    Iam,
    /// `metadata`: both clouds' metadata services, and the credentials URI.
    Metadata,
    /// `identity`: the CI system's token endpoint.
    Identity,
    /// The calls of one API, by the vendor's name of it, such as `GetArtifact`.
    Named(&'static str),
}

/// Every class and its word.
pub(crate) const CLASSES: [(Calls, &str); 8] = [
    (Calls::Release, "release"),
    (Calls::Status, "status"),
    (Calls::Credentials, "credentials"),
    (Calls::Sts, "sts"),
    (Calls::Iam, "iam"),
    (Calls::Metadata, "metadata"),
    (Calls::Identity, "identity"),
    (Calls::Any, "any"),
];

impl Calls {
    /// Reads the word of a class, or the name of an API that the sandbox serves.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let class = CLASSES.iter().find(|(_, word)| *word == name).map(|(class, _)| *class);
        class.or_else(|| apis().find(|known| *known == name).map(Self::Named))
    }

    /// Whether a call of this name is one of them.
    #[must_use]
    pub fn include(self, operation: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Release => RELEASES.contains(&operation),
            Self::Status => !Self::Release.include(operation) && !Self::Credentials.include(operation),
            Self::Credentials => credential_apis().any(|(_, name)| name == operation),
            Self::Named(name) => operation == name,
            class => credential_apis().any(|known| known == (class, operation)),
        }
    }

    /// Whether a request is one of them.
    #[must_use]
    pub fn include_request(self, request: &Request) -> bool {
        self.include(operation(request))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Named(name) => name,
            class => CLASSES.iter().find(|(known, _)| *known == class).map_or("any", |(_, word)| word),
        }
    }
}

/// The name of every API that the sandbox serves.
pub(crate) fn apis() -> impl Iterator<Item = &'static str> {
    let credentials = credential_apis().map(|(_, name)| name);
    alibaba::actions().chain(huawei::OPERATIONS).chain(credentials)
}

/// Every API that ends in credentials, or in an account's id, and its class.
fn credential_apis() -> impl Iterator<Item = (Calls, &'static str)> {
    let of = |class| move |name| (class, name);
    let sts = alibaba::sts::ACTIONS.into_iter().chain(huawei::STS_OPERATIONS);
    let iam = huawei::IAM_OPERATIONS.into_iter();
    let metadata = metadata::OPERATIONS.into_iter().map(of(Calls::Metadata));
    let others = metadata.chain([(Calls::Identity, identity::OPERATION)]);
    sts.map(of(Calls::Sts)).chain(iam.map(of(Calls::Iam))).chain(others)
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, Calls, RELEASES, apis};

    #[test]
    fn every_call_is_a_release_a_status_query_or_for_credentials_and_every_release_is_served() {
        for name in apis() {
            let kinds =
                [Calls::Release, Calls::Status, Calls::Sts, Calls::Iam, Calls::Metadata, Calls::Identity];
            assert_eq!(kinds.iter().filter(|kind| kind.include(name)).count(), 1, "{name}");
            assert!(Calls::Any.include(name) && Calls::named(name).unwrap().include(name));
            let is_other = Calls::Release.include(name) || Calls::Status.include(name);
            assert_ne!(Calls::Credentials.include(name), is_other, "{name}");
        }
        assert_eq!(apis().filter(|name| Calls::Release.include(name)).count(), RELEASES.len());
        for (class, word) in CLASSES {
            assert_eq!((Calls::named(word), class.name()), (Some(class), word));
        }
    }
}
