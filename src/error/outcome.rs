//! How a run ended, in the words of the outputs `released` and `release_outcome`.

/// Whether the release was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// It was.
    Yes,
    /// It certainly was not.
    No,
    /// It may have been.
    Unknown,
}

impl Released {
    /// The word in the output `released`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// How a run ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The release was accepted, or found; nobody waited for its end.
    Submitted,
    /// It is done.
    Succeeded,
}

impl Outcome {
    /// The output `release_outcome`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Succeeded => "succeeded",
        }
    }
}

/// Where a release that is there came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseOrigin {
    /// The answer to this run's call says that it was accepted.
    Call,
    /// The answer was lost; the status shows what was asked for.
    Lookup,
    /// It was there before this run, which sent no release call.
    Adopted,
    /// This run was to wait for it, and sent no release call.
    Resumed,
}

impl ReleaseOrigin {
    /// Every origin, in the order in which it is documented.
    pub const ALL: [Self; 4] = [Self::Call, Self::Lookup, Self::Adopted, Self::Resumed];

    /// The word in the output `release_origin`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Lookup => "lookup",
            Self::Adopted => "adopted",
            Self::Resumed => "resumed",
        }
    }
}
