//! Errors and warnings before the call.

use super::{no_permission, quoted, with_own};
use crate::error::{CallError, Error, FailureClass, Kind};
use crate::operation::{State, Status};
use crate::release::context::Release;
use crate::release::decide::Wish;

/// The credentials were refused before the call.
pub(in crate::release) fn credentials_refused(failed: CallError) -> Error {
    let what = failed.what.as_deref().unwrap_or("the credentials were refused");
    let what = format!("{what}; no release call was sent");
    let hint = failed.hint.unwrap_or_else(|| "check the keys in the job's environment".to_owned());
    Error::new(Kind::Credentials, what).with_hint(hint).with_answer(*failed.answer)
}

/// The permission for the status query is missing, and needed.
pub(in crate::release) fn status_denied(release: &Release<'_>, failed: CallError) -> Error {
    let api = release.spec.status_api;
    let general = format!(
        "give the user permission for `{api}`; without `wait`, `resume` and `if_released` it is not needed"
    );
    let (what, hint) = match failed.what {
        Some(what) => (what, failed.hint.unwrap_or_default()),
        None => (no_permission(&format!("the status query `{api}`")), with_own(failed.hint, &general)),
    };
    Error::new(Kind::Credentials, format!("{what}; no release call was sent"))
        .with_hint(hint)
        .with_answer(*failed.answer)
}

/// The warning that a lost answer could not be looked up.
pub(in crate::release) fn no_baseline(release: &Release<'_>, failed: &CallError) -> String {
    let api = release.spec.status_api;
    let why =
        if failed.class == FailureClass::Forbidden { "no permission to read" } else { "could not read" };
    let consequence = "if the call's answer is lost, this run cannot check whether it took effect";
    format!("{why} the release status by `{api}`: {}; {consequence}", failed.reason())
}

/// The status could not be asked.
pub(in crate::release) fn status_unreachable(failed: CallError) -> Error {
    unreachable(failed, Kind::Unreachable, "no release call was sent")
}

/// The status could not be asked, and an earlier run has made the release.
pub(in crate::release) fn not_resumed(failed: CallError) -> Error {
    let own = failed.hint.clone();
    let error = unreachable(failed, Kind::Unknown, "the state of the release is not known");
    let again = "run this again: with `resume` it sends no release call";
    Error { hint: Some(with_own(own, again)), ..error }
}

fn unreachable(failed: CallError, kind: Kind, consequence: &str) -> Error {
    let what = match (failed.what, failed.class) {
        (Some(what), _) => what,
        (None, FailureClass::Throttled) => "the API throttled the status query".to_owned(),
        (None, _) => "the API did not answer the status query".to_owned(),
    };
    let hint = failed.hint.or_else(|| Some("run the job again in a few minutes".to_owned()));
    Error { hint, ..Error::new(kind, format!("{what}; {consequence}")) }.with_answer(*failed.answer)
}

/// The baseline shows that an input is wrong.
pub(in crate::release) fn refused_by_baseline(input: &str, problem: &str) -> Error {
    Error::new(Kind::Inputs, format!("`{input}` {problem}; no release call was sent"))
        .with_hint(format!("check `{input}`, and that the other inputs name its project and workspace"))
}

/// `resume` found nothing.
pub(in crate::release) fn nothing_to_resume(release: &Release<'_>) -> Error {
    let what = format!(
        "there is no release to resume: `{}` has not shown it for `settle_time`; no release call was sent",
        release.spec.status_api
    );
    Error::new(Kind::Inputs, what)
        .with_hint("check that the inputs are those of the run that made it; without `resume`, this run makes the release")
}

/// `resume` had no time to believe that nothing is there.
pub(in crate::release) fn not_seen_to_resume(release: &Release<'_>) -> Error {
    let what = format!(
        "the release to resume was not shown by `{}` within `wait_timeout`, which is shorter than `settle_time`",
        release.spec.status_api
    );
    Error::new(Kind::Unknown, what)
        .with_hint("run this again with a longer `wait_timeout`: it sends no release call")
}

/// It is there, and `if_released` is `fail`.
pub(in crate::release) fn is_there(status: Option<&Status>) -> Error {
    let state = status.map_or_else(|| "done".to_owned(), |status| in_words(&status.state));
    let what =
        format!("it is released already ({state}), and `if_released` is `fail`; no release call was sent");
    Error::new(Kind::Rejected, what).with_hint("`if_released: adopt` goes on with the release that is there")
}

/// Whether it is released cannot be told.
pub(in crate::release) fn cannot_determine(
    release: &Release<'_>,
    status: Option<&Status>,
    seen: &CallError,
) -> Error {
    let own = seen.hint.clone();
    let seen = match status.map(|status| &status.state) {
        Some(State::Ambiguous(seen)) => seen.clone(),
        _ => seen.reason(),
    };
    let what = format!("cannot determine whether it is released already: {seen}; no release call was sent");
    let hint = format!("look in the vendor's console, or at what `{}` answers", release.spec.status_api);
    Error::new(Kind::Unknown, what).with_hint(with_own(own, &hint))
}

/// The warning that a second release is made.
pub(in crate::release) fn released_again(status: &Status) -> String {
    let by = status.known_by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
    let state = in_words(&status.state);
    format!("it is released already, {state}{by}: it is released again, as `if_released` is `again`")
}

/// The warning that no call was sent.
pub(in crate::release) fn existing_warning(wish: Wish, status: &Status) -> Option<String> {
    let by = status.known_by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
    let state = in_words(&status.state);
    match wish {
        Wish::Adopt => {
            Some(format!("nothing was released by this run: an existing release, {state}{by}, was adopted"))
        }
        // Without a baseline an end that is shown may be an older one's.
        Wish::Resume if !matches!(status.state, State::InProgress(_)) && !by.is_empty() => Some(format!(
            "the release that is resumed had ended before this run, {state}{by}: check that it is the one you mean"
        )),
        _ => None,
    }
}

pub(in crate::release) fn in_words(state: &State) -> String {
    match state {
        State::Partial { found, .. } => format!("in part: {}", quoted(found)),
        State::InProgress(progress) => progress.state.clone(),
        State::Failed(reason) => format!("failed: {reason}"),
        _ => "done".to_owned(),
    }
}
