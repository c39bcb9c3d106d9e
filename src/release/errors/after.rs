//! Errors of the call, and what is said while it is looked up.

use tokio::time::Instant;

use super::{LOOK, no_permission, quoted};
use crate::error::{ApiError, Error, FailureClass, Kind};
use crate::operation::{State, Status};
use crate::release::context::{Failure, Release};
use crate::release::decide::{LookUp, Reply};
use crate::release::state_log::time_of_day;

/// Nothing was released, by the attempt's own error.
pub(in crate::release) fn not_released(release: &Release<'_>, failure: &Failure) -> Error {
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
pub(in crate::release) fn unknown(_release: &Release<'_>, failure: &Failure) -> Error {
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
pub(in crate::release) fn in_part(release: &mut Release<'_>, failure: &Failure, status: &Status) -> Error {
    let State::Partial { found, missing } = &status.state else { return unknown(release, failure) };
    let seen = format!("{} shown as released, {} not", are(found), are(missing));
    release.outputs.extend(status.outputs.clone());
    unknown(release, failure).with_finding(seen)
}

/// What a look-up that found nothing says.
pub(in crate::release) fn not_shown(look_up: LookUp) -> &'static str {
    if look_up.settles {
        "the status has not shown it for `settle_time`"
    } else {
        "the status does not show it"
    }
}

/// Why a thing of a refused batch was not released.
pub(in crate::release) fn not_processed(failure: &Failure) -> String {
    let answer = ApiError { http_status: None, request_id: None, ..(*failure.failed.answer).clone() };
    format!("was not processed: {answer}")
}

/// The line before a look-up.
pub(in crate::release) fn log_look_up(
    release: &Release<'_>,
    failure: &Failure,
    look_up: LookUp,
    believe_at: Instant,
) {
    let reason = unknown(release, failure).message();
    if look_up.settles {
        tracing::info!("{reason}; looking for it until {} (`settle_time`)", time_of_day(believe_at));
    } else {
        tracing::info!("{reason}; looking for it");
    }
}

fn are(ids: &[String]) -> String {
    format!("{} {}", quoted(ids), if ids.len() == 1 { "is" } else { "are" })
}
