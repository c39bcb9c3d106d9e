//! Runs that a signal ended.

use super::{LOOK, not_released, unknown};
use crate::error::{Error, Kind, Released, Signal};
use crate::release::context::{Failure, Release};

/// A signal ended the run.
pub(in crate::release) fn cancelled(signal: Signal, released: Released) -> Error {
    let (what, hint) = match released {
        Released::No => ("before the call; nothing was released", None),
        Released::Unknown => ("before it was known whether the release was made", Some(LOOK)),
        Released::Yes => {
            let hint = "do not run it again: the release is made; `resume: true` waits for it";
            ("after the release was accepted; it is under way", Some(hint))
        }
    };
    let error = Error::new(Kind::Cancelled(signal), format!("ended by {signal} {what}"));
    Error { released, hint: hint.map(str::to_owned), ..error }
}

/// A signal came, and then the call's answer.
pub(in crate::release) fn answered_after_signal(
    release: &Release<'_>,
    signal: Signal,
    released: Released,
    failure: &Failure,
) -> Error {
    let error =
        if released == Released::No { not_released(release, failure) } else { unknown(release, failure) };
    Error {
        kind: Kind::Cancelled(signal),
        what: format!("ended by {signal}; {}", error.what),
        released,
        ..error
    }
}
