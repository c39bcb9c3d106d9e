//! The kinds of errors, and what each says of the release.

use std::fmt;

use super::exit;
use super::outcome::{Outcome, Released};

/// The kind of an error: decides the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The inputs or the configuration are wrong.
    Inputs,
    /// Credentials are missing, refused or without permission.
    Credentials,
    /// The API rejected the call.
    Rejected,
    /// The release failed in the cloud.
    Failed,
    /// The release goes on, the time to wait for it is over.
    TimedOut,
    /// The release goes on and can no longer be watched.
    Unwatched,
    /// The API could not be reached, or kept throttling.
    Unreachable,
    /// Nobody knows whether the call landed.
    Unknown,
    /// The outputs could not be written.
    Outputs,
    /// A signal came.
    Cancelled(Signal),
}

/// A signal that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, Ctrl-C.
    Interrupt,
    /// SIGTERM, Ctrl-Break.
    Terminate,
    /// SIGHUP: the terminal or the connection is gone.
    Hangup,
    /// SIGQUIT, Ctrl-\\ on a terminal.
    Quit,
}

impl Signal {
    /// The exit status of a run that it ends: 128 and its number.
    #[must_use]
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Interrupt => exit::SIGINT,
            Self::Terminate => exit::SIGTERM,
            Self::Hangup => exit::SIGHUP,
            Self::Quit => exit::SIGQUIT,
        }
    }
}

impl Kind {
    /// The exit status.
    #[must_use]
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Inputs => exit::INPUTS,
            Self::Credentials => exit::CREDENTIALS,
            Self::Rejected => exit::REJECTED,
            Self::Failed => exit::FAILED,
            Self::TimedOut | Self::Unwatched => exit::UNWATCHED,
            Self::Unreachable => exit::UNREACHABLE,
            Self::Unknown => exit::UNKNOWN,
            Self::Outputs => exit::OUTPUTS,
            Self::Cancelled(signal) => signal.exit_status(),
        }
    }

    /// The word in `error.kind`, and the `error_code` of an error that has no code of the vendor's.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Credentials => "credentials",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Unwatched => "unwatched",
            Self::Unreachable => "unreachable",
            Self::Unknown => "unknown",
            Self::Outputs => "outputs",
            Self::Cancelled(_) => "cancelled",
        }
    }

    /// The output `release_outcome`; none if it is the release's own.
    #[must_use]
    pub fn outcome(self) -> Option<Outcome> {
        Some(match self {
            Self::Inputs | Self::Credentials | Self::Rejected | Self::Unreachable => Outcome::NotReleased,
            Self::Failed => Outcome::Failed,
            Self::TimedOut => Outcome::TimedOut,
            Self::Unwatched => Outcome::Unwatched,
            Self::Cancelled(_) => Outcome::Cancelled,
            Self::Unknown => Outcome::Unknown,
            Self::Outputs => return None,
        })
    }

    /// The output `released`, unless the error itself knows better.
    #[must_use]
    pub fn released(self) -> Released {
        match self {
            Self::Inputs | Self::Credentials | Self::Rejected | Self::Unreachable => Released::No,
            Self::Outputs | Self::Failed | Self::TimedOut | Self::Unwatched => Released::Yes,
            Self::Unknown | Self::Cancelled(_) => Released::Unknown,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::Hangup => "SIGHUP",
            Self::Quit => "SIGQUIT",
        })
    }
}
