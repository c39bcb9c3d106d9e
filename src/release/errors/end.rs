//! How a release ends that was made.

use std::time::Duration;

use super::{LOOK, no_permission, quoted};
use crate::error::{CallError, Error, FailureClass, Kind};
use crate::operation::Item;
use crate::release::context::Release;

/// What to do about a release that failed.
const FIX_AND_RELEASE: &str = "fix the cause shown in the vendor's console, then release again";
/// What to do about one that failed in part.
const FIX_AND_ADOPT: &str = "fix the cause shown in the vendor's console, then run this with `if_released: adopt`, which leaves out \
                             what has succeeded; with the default everything is released again";

/// The release failed in the cloud.
pub(in crate::release) fn failed(release: &Release<'_>, reason: &str) -> Error {
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
pub(in crate::release) fn unwatched(release: &Release<'_>, failed: CallError) -> Error {
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
pub(in crate::release) fn timed_out(
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
