//! How a run ended, in the words of the outputs `released`, `release_outcome` and `release_origin`.

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

/// How a run ended, or how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was checked; no release call was to be sent.
    DryRun,
    /// Nothing was released.
    NotReleased,
    /// The release was accepted, or found; its end was not awaited.
    Submitted,
    /// The release is done.
    Succeeded,
    /// The release failed in the cloud.
    Failed,
    /// The release is under way; the time to wait for it is over.
    TimedOut,
    /// The release is under way and can no longer be watched.
    Unwatched,
    /// A signal ended the run.
    Cancelled,
    /// The call may or may not have landed.
    Unknown,
}

impl Outcome {
    /// Every outcome, in the order in which it is documented.
    pub const ALL: [Self; 9] = [
        Self::DryRun,
        Self::NotReleased,
        Self::Submitted,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Unwatched,
        Self::Cancelled,
        Self::Unknown,
    ];

    /// The word in the output `release_outcome`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DryRun => "dry_run",
            Self::NotReleased => "not_released",
            Self::Submitted => "submitted",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Unwatched => "unwatched",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// The output `released` of a run that ended so without an error.
    #[must_use]
    pub fn released(self) -> Released {
        match self {
            Self::DryRun | Self::NotReleased => Released::No,
            Self::Cancelled | Self::Unknown => Released::Unknown,
            Self::Submitted | Self::Succeeded | Self::Failed | Self::TimedOut | Self::Unwatched => {
                Released::Yes
            }
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
