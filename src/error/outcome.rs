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
