//! Every message that a release can end with, and the warnings about it.

use std::time::Duration;

use tokio::time::Instant;

use super::context::{Failure, Release};
use super::decide::{LookUp, Reply, Wish};
use super::state_log::time_of_day;
use crate::error::{CallError, Error, FailureClass, Kind, Released, Signal};
use crate::operation::{Item, State, Status};

/// What to do when it is not known whether the release was made.
const LOOK: &str = "do not release again before you have looked: `resume: true` waits for the release without sending the \
                    call; or look in the vendor's console; `if_released: adopt` releases only what is not there";

// Before the call.

/// The credentials were refused before the call.
pub(super) fn credentials_refused(failed: CallError) -> Error {
    let what = failed.what.as_deref().unwrap_or("the credentials were refused");
    let what = format!("{what}; no release call was sent");
    let hint = failed.hint.unwrap_or_else(|| "check the keys in the job's environment".to_owned());
    Error::new(Kind::Credentials, what).with_hint(hint).with_answer(*failed.answer)
}

/// The permission for the status query is missing, and needed.
pub(super) fn status_denied(release: &Release<'_>, failed: CallError) -> Error {
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

fn no_permission(call: &str) -> String {
    format!("the credentials lack the permission for {call}")
}

/// The warning that a lost answer could not be looked up.
pub(super) fn no_baseline(release: &Release<'_>, failed: &CallError) -> String {
    let api = release.spec.status_api;
    let why =
        if failed.class == FailureClass::Forbidden { "no permission to read" } else { "could not read" };
    let consequence = "if the call's answer is lost, this run cannot check whether it took effect";
    format!("{why} the release status by `{api}`: {}; {consequence}", failed.reason())
}

/// The status could not be asked.
pub(super) fn status_unreachable(failed: CallError) -> Error {
    unreachable(failed, Kind::Unreachable, "no release call was sent")
}

/// The status could not be asked, and an earlier run has made the release.
pub(super) fn not_resumed(failed: CallError) -> Error {
    let own = failed.hint.clone();
    let error = unreachable(failed, Kind::Unknown, "the state of the release is not known");
    let again = "run this again: with `resume` it sends no release call";
    Error { hint: Some(with_own(own, again)), ..error }
}

/// A code's own hint, where there is one, before a general one.
fn with_own(own: Option<String>, general: &str) -> String {
    own.map_or(general.to_owned(), |own| format!("{own}; {general}"))
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
pub(super) fn refused_by_baseline(input: &str, problem: &str) -> Error {
    Error::new(Kind::Inputs, format!("`{input}` {problem}; no release call was sent"))
        .with_hint(format!("check `{input}`, and that the other inputs name its project and workspace"))
}

/// `resume` found nothing.
pub(super) fn nothing_to_resume(release: &Release<'_>) -> Error {
    let what = format!(
        "there is no release to resume: `{}` has not shown it for `settle_time`; no release call was sent",
        release.spec.status_api
    );
    Error::new(Kind::Inputs, what)
        .with_hint("check that the inputs are those of the run that made it; without `resume`, this run makes the release")
}

/// `resume` had no time to believe that nothing is there.
pub(super) fn not_seen_to_resume(release: &Release<'_>) -> Error {
    let what = format!(
        "the release to resume was not shown by `{}` within `wait_timeout`, which is shorter than `settle_time`",
        release.spec.status_api
    );
    Error::new(Kind::Unknown, what)
        .with_hint("run this again with a longer `wait_timeout`: it sends no release call")
}

/// It is there, and `if_released` is `fail`.
pub(super) fn is_there(status: Option<&Status>) -> Error {
    let state = status.map_or_else(|| "done".to_owned(), |status| in_words(&status.state));
    let what =
        format!("it is released already ({state}), and `if_released` is `fail`; no release call was sent");
    Error::new(Kind::Rejected, what).with_hint("`if_released: adopt` goes on with the release that is there")
}

/// Whether it is released cannot be told.
pub(super) fn cannot_determine(release: &Release<'_>, status: Option<&Status>, seen: &CallError) -> Error {
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
pub(super) fn released_again(status: &Status) -> String {
    let by = status.known_by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
    let state = in_words(&status.state);
    format!("it is released already, {state}{by}: it is released again, as `if_released` is `again`")
}

/// The warning that no call was sent.
pub(super) fn existing_warning(wish: Wish, status: &Status) -> Option<String> {
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

pub(super) fn in_words(state: &State) -> String {
    match state {
        State::Partial { found, .. } => format!("in part: {}", quoted(found)),
        State::InProgress(progress) => progress.state.clone(),
        State::Failed(reason) => format!("failed: {reason}"),
        _ => "done".to_owned(),
    }
}

// After the call.

/// Nothing was released, by the attempt's own error.
pub(super) fn not_released(release: &Release<'_>, failure: &Failure) -> Error {
    let failed = &failure.failed;
    let error = match failure.reply {
        Reply::NotSent => {
            let what = failed.what.as_deref().unwrap_or("the API could not be reached");
            Error::new(Kind::Unreachable, format!("{what}; nothing was released"))
                .with_hint("run the job again in a few minutes")
        }
        Reply::Throttled => Error::new(Kind::Unreachable, "the API throttled the call; nothing was released")
            .with_hint("run the job again in a few minutes, or give a longer `retry_timeout`"),
        Reply::Denied if failed.class == FailureClass::Unauthenticated => {
            let what = failed.what.as_deref().unwrap_or("the credentials were refused");
            Error::new(Kind::Credentials, format!("{what}; nothing was released"))
                .with_hint("check the keys in the job's environment")
        }
        Reply::Denied => {
            let api = release.spec.api_name;
            let what = failed.what.clone().unwrap_or_else(|| no_permission(&format!("`{api}`")));
            Error::new(Kind::Credentials, format!("{what}; nothing was released"))
                .with_hint(format!("give the user permission for `{api}`"))
        }
        _ if !release.known.adopted.is_empty() => {
            let there = quoted(&release.known.adopted);
            let what =
                format!("the API rejected the call for the rest; {there} had been released before this run");
            Error::new(Kind::Failed, what)
                .with_hint("read the vendor's message, and check the things that it names")
        }
        _ => Error::new(Kind::Rejected, "the API rejected the call; nothing was released")
            .with_hint("read the vendor's message, and check the inputs that it names"),
    };
    let hint = failed.hint.clone().or(error.hint.clone());
    Error { hint, ..error }.with_answer((*failed.answer).clone())
}

/// It is not known whether the release was made.
pub(super) fn unknown(_release: &Release<'_>, failure: &Failure) -> Error {
    let failed = &failure.failed;
    let what = match (failure.reply, failed.what.as_deref()) {
        (Reply::Unreadable, Some(what)) => format!("the call was answered, but {what}"),
        (Reply::Unreadable, None) => "the call was answered, but not in the form of a success".to_owned(),
        (Reply::Lost | Reply::UnderWay, None) => "the call may or may not have taken effect".to_owned(),
        (Reply::Lost | Reply::UnderWay, Some(what)) => {
            format!("the call may or may not have taken effect: {what}")
        }
        (Reply::BatchRejected, _) => "the API rejected the call, but may have done a part of it".to_owned(),
        (Reply::MaybeDone, _) => {
            "the API rejected the call, which may be because it is done already".to_owned()
        }
        (_, what) => {
            let what = what.map(|what| format!(": {what}")).unwrap_or_default();
            format!(
                "an earlier attempt of the call may or may not have taken effect; the last one failed{what}"
            )
        }
    };
    let hint = failed.hint.as_ref().map_or(LOOK.to_owned(), |more| format!("{LOOK}; {more}"));
    Error::new(Kind::Unknown, what).with_hint(hint).with_answer((*failed.answer).clone())
}

/// A part of a batch is there, and whose it is cannot be told.
pub(super) fn in_part(release: &mut Release<'_>, failure: &Failure, status: &Status) -> Error {
    let State::Partial { found, missing } = &status.state else { return unknown(release, failure) };
    let seen = format!("{} shown as released, {} not", are(found), are(missing));
    release.outputs.extend(status.outputs.clone());
    unknown(release, failure).with_finding(seen)
}

/// What a look-up that found nothing says.
pub(super) fn not_shown(look_up: LookUp) -> &'static str {
    if look_up.settles {
        "the status has not shown it for `settle_time`"
    } else {
        "the status does not show it"
    }
}

/// Why a thing of a refused batch was not released.
pub(super) fn not_processed(failure: &Failure) -> String {
    let answer =
        crate::error::ApiError { http_status: None, request_id: None, ..(*failure.failed.answer).clone() };
    format!("was not processed: {answer}")
}

/// The line before a look-up.
pub(super) fn log_look_up(release: &Release<'_>, failure: &Failure, look_up: LookUp, believe_at: Instant) {
    let reason = unknown(release, failure).message();
    if look_up.settles {
        tracing::info!("{reason}; looking for it until {} (`settle_time`)", time_of_day(believe_at));
    } else {
        tracing::info!("{reason}; looking for it");
    }
}

// The end.

/// What to do about a release that failed.
const FIX_AND_RELEASE: &str = "fix the cause shown in the vendor's console, then release again";
/// What to do about one that failed in part.
const FIX_AND_ADOPT: &str = "fix the cause shown in the vendor's console, then run this with `if_released: adopt`, which leaves out \
                             what has succeeded; with the default everything is released again";

/// The release failed in the cloud.
pub(super) fn failed(release: &Release<'_>, reason: &str) -> Error {
    let known = &release.known;
    let ended = known.finished.iter().chain(&known.skipped).chain(&known.missing);
    let (failed, succeeded): (Vec<&Item>, Vec<&Item>) = ended.partition(|item| item.failure.is_some());
    let done: Vec<String> = succeeded_ids(release).unwrap_or_else(|| ids(&succeeded));
    let what = format!("the release was accepted, then failed: {reason}");
    // Of a refused batch something was made, or this would be no failure in the cloud.
    let is_partial =
        !known.skipped.is_empty() || !done.is_empty() && (release.operation.is_batch() || !failed.is_empty());
    let hint = if is_partial { FIX_AND_ADOPT } else { FIX_AND_RELEASE };
    let what =
        if done.is_empty() || !is_partial { what } else { format!("{what}; {} succeeded", quoted(&done)) };
    Error::new(Kind::Failed, what).with_hint(hint)
}

fn succeeded_ids(release: &Release<'_>) -> Option<Vec<String>> {
    let ids = release.outputs.get("succeeded_package_ids")?;
    Some(ids.split(',').map(str::to_owned).collect())
}

fn ids(items: &[&Item]) -> Vec<String> {
    items.iter().map(|item| item.id.clone()).collect()
}

/// The credentials may no longer ask for the status.
pub(super) fn unwatched(release: &Release<'_>, failed: CallError) -> Error {
    let what = match failed.class {
        FailureClass::Forbidden => {
            let call = format!("the status query `{}`", release.spec.status_api);
            failed.what.clone().unwrap_or_else(|| no_permission(&call))
        }
        _ => failed.what.clone().unwrap_or_else(|| "the credentials were refused".to_owned()),
    };
    let what = format!("the release was accepted, and its status can no longer be read: {what}");
    let resume = resume_with(release);
    let hint =
        format!("do not release again: run this with {resume} and fresh credentials, which waits for it");
    let hint = failed.hint.map_or(hint.clone(), |more| format!("{hint}; {more}"));
    if release.known.released.is_none() {
        return Error::new(Kind::Unknown, what).with_hint(hint).with_answer(*failed.answer);
    }
    Error::new(Kind::Unwatched, what).with_hint(hint).with_answer(*failed.answer)
}

/// The time to wait is over.
pub(super) fn timed_out(
    release: &Release<'_>,
    within: &str,
    state: &str,
    trouble: &str,
    _waited: Duration,
) -> Error {
    let trouble = if trouble.is_empty() { String::new() } else { format!("; {trouble}") };
    if release.known.released.is_none() {
        let what = format!(
            "the release to resume was not shown by `{}` {within}{trouble}: this operation leaves no trace while it is under way",
            release.spec.status_api
        );
        return Error::new(Kind::Unknown, what).with_hint(LOOK);
    }
    let what =
        format!("the release was accepted and is under way, but was not done {within}: {state}{trouble}");
    let resume = resume_with(release);
    Error::new(Kind::TimedOut, what).with_hint(format!(
        "do not release again: run this with {resume}, which waits for it; or give a longer `wait_timeout`"
    ))
}

/// The inputs that wait for this very release.
fn resume_with(release: &Release<'_>) -> String {
    let given = ["release_package_id", "previous_version"];
    let is_input = |name: &&&str| release.spec.inputs.iter().any(|input| input.name == **name);
    let values = given.iter().filter(is_input).filter_map(|name| {
        let value = release.outputs.get(name)?;
        Some(format!(", `{name}: {value}`"))
    });
    format!("`resume: true`{}", values.collect::<String>())
}

// Signals.

/// A signal ended the run.
pub(super) fn cancelled(signal: Signal, released: Released) -> Error {
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
pub(super) fn answered_after_signal(
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

fn are(ids: &[String]) -> String {
    format!("{} {}", quoted(ids), if ids.len() == 1 { "is" } else { "are" })
}

fn quoted(ids: &[String]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}
