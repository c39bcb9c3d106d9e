//! An artifact, its draft and its versions.

use jiff::{SignedDuration, Timestamp};

/// An artifact.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// `ArtifactId`.
    pub id: String,
    /// `Name`.
    pub name: String,
    /// `ArtifactType`, such as `File`.
    pub kind: String,
    /// `Description`.
    pub description: String,
    /// Its versions in order: the first is version 1.
    pub versions: Vec<Build>,
    /// Its draft, where there is one.
    pub draft: Option<Build>,
}

/// The draft or a version of an artifact.
#[derive(Clone, Debug)]
pub struct Build {
    /// `VersionName`, chosen by its author.
    pub version_name: String,
    /// `GmtCreate`.
    pub created: Timestamp,
    /// When it was released; none for a draft that has not been.
    pub released: Option<Timestamp>,
    /// What becomes of it once it is released.
    pub fate: Fate,
}

/// What becomes of a released build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is scanned, delivered and then `Available`.
    Available,
    /// The scan ends with `ScanFailed`.
    ScanFailed,
    /// It ends with `CreateFailed` after the scan.
    CreateFailed,
    /// It ends with `Deleted` after the scan.
    Deleted,
    /// It stays `Delivering` for ever.
    Stuck,
}

impl Artifact {
    /// The build of a version: `draft`, a number, or by default the highest number there is.
    pub(super) fn build(&self, version: Option<&str>) -> Option<(String, &Build)> {
        let draft = || self.draft.as_ref().map(|draft| ("draft".to_owned(), draft));
        match version {
            Some("draft") => draft(),
            Some(number) => {
                let index = number.parse::<usize>().ok()?.checked_sub(1)?;
                Some((number.to_owned(), self.versions.get(index)?))
            }
            None => self.versions.last().map(|last| (self.versions.len().to_string(), last)).or_else(draft),
        }
    }
}

impl Build {
    /// A draft that nobody has released yet, and that will be `Available` when somebody does.
    #[must_use]
    pub fn draft(version_name: &str, created: Timestamp) -> Self {
        Self { version_name: version_name.into(), created, released: None, fate: Fate::Available }
    }

    pub(super) fn status(
        &self,
        now: Timestamp,
        scanning: SignedDuration,
        delivering: SignedDuration,
    ) -> &'static str {
        let Some(age) = self.released.map(|released| now.duration_since(released)) else {
            return "Created";
        };
        match self.fate {
            _ if age < scanning => "Scanning",
            Fate::ScanFailed => "ScanFailed",
            Fate::CreateFailed => "CreateFailed",
            Fate::Deleted => "Deleted",
            Fate::Available if age >= scanning + delivering => "Available",
            Fate::Available | Fate::Stuck => "Delivering",
        }
    }
}

/// `Progress` of a build in this status.
pub(super) fn progress(status: &str) -> &'static str {
    match status {
        "Available" => "100",
        "Scanning" => "20",
        "Created" | "ScanFailed" | "CreateFailed" | "Deleted" => "0",
        _ => "60",
    }
}

/// `StatusDetail` of a build in this status.
pub(super) fn detail(status: &str) -> &'static str {
    match status {
        "ScanFailed" => "the scan found a fault",
        "CreateFailed" => "the image could not be created",
        _ => "",
    }
}
