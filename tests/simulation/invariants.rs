//! The law: what must be true of every life of a release, whatever goes wrong.
//!
//! It is the contract's, not the code's: it judges what the clouds have recorded beside what each run said.

use std::time::Duration;

use jiff::SignedDuration;
use release_step::error::exit;
use release_step::input::settings::IfLost;
use sandbox::{By, Effect, Recorded, world};

use crate::history::{Life, Run, Verdict, is_readable, verdict};
use crate::schedule::Schedule;

/// What is not as it must be.
pub(crate) fn broken(schedule: &Schedule, life: &Life) -> Option<String> {
    let judge_all = || -> Judgement {
        once_in_all_runs(schedule, life)?;
        for run in &life.runs {
            once(schedule, life, run)?;
            truth(schedule, life, run)?;
            origin(schedule, life, run)?;
            ids(schedule, life, run)?;
            files(schedule, life, run)?;
            rollback(schedule, life, run)?;
            decisiveness(schedule, life, run)?;
            promptness(run)?;
        }
        health(schedule, life)
    };
    judge_all().err().map(|broken| told(&broken, schedule, life))
}

fn told(broken: &str, schedule: &Schedule, life: &Life) -> String {
    let request = |recorded: &Recorded| {
        let Recorded { at, operation, status, code, faults, .. } = recorded;
        format!("{at} {operation} {status} {code:?} {faults:?}")
    };
    let requests: Vec<String> = life.requests.iter().map(request).collect();
    let effect = |effect: &Effect| {
        let Effect { operation, id, at, called, by } = effect;
        format!("{at} {operation} {id} by {by:?}, called at {called}")
    };
    let effects: Vec<String> = life.effects.iter().map(effect).collect();
    let run = |run: &Run| {
        let Run { began, ended, exit_status, outputs, message, is_second_attempt, .. } = run;
        let second = if *is_second_attempt { ", a second attempt" } else { "" };
        format!("{began} to {ended}: status {exit_status:?}{second}, outputs {outputs:#?}\n{message}")
    };
    let runs: Vec<String> = life.runs.iter().map(run).collect();
    format!("{broken}\n{schedule:#?}\n{}\n{}\n{}", runs.join("\n"), requests.join("\n"), effects.join("\n"))
}

type Judgement = Result<(), String>;

fn must(holds: bool, law: &str) -> Judgement {
    if holds { Ok(()) } else { Err(law.to_owned()) }
}

/// Whether a repetition of the call by the same run changes nothing: it has a token, or sets a state.
fn is_repeatable(schedule: &Schedule) -> bool {
    ["release_artifact", "publish_routine_code_revision"].contains(&schedule.operation)
}

/// When it is known that the answer to a call is lost.
fn lost_at(run: &Run, call: &Recorded) -> jiff::Timestamp {
    let hangs = call.faults.iter().any(|fault| fault.starts_with("hang"));
    let limit = SignedDuration::try_from(run.settings.call_timeouts().total).unwrap();
    if hangs { (call.at + limit).min(run.ended) } else { call.at }
}

fn effects_of<'a>(life: &'a Life, call: &Recorded) -> Vec<&'a Effect> {
    let is_its = |effect: &&Effect| {
        effect.by == By::Call && effect.operation == call.operation && effect.called == call.at
    };
    life.effects.iter().filter(is_its).collect()
}

/// One run sends its call again only where that can make no second release.
fn once(schedule: &Schedule, life: &Life, run: &Run) -> Judgement {
    let calls = life.calls(schedule, run);
    must(!run.settings.resume || calls.is_empty(), "`resume` sends no release call")?;
    for (earlier, later) in calls.iter().zip(calls.iter().skip(1)) {
        let verdict = verdict(earlier);
        must(verdict != Verdict::Accepted, "nothing is sent again after an accepted call")?;
        must(verdict != Verdict::Unreadable, "nothing is sent again after an answer of success")?;
        let is_clock = ["SignatureDoesNotMatch", "InvalidTimeStamp.Expired", "APIGW.0301"];
        let may_be_signed_anew = earlier.code.as_deref().is_some_and(|code| is_clock.contains(&code));
        must(verdict != Verdict::Refused || may_be_signed_anew, "nothing is sent again after a refusal")?;
        if verdict != Verdict::Lost || is_repeatable(schedule) {
            continue;
        }
        must(run.settings.if_lost == IfLost::Resend, "a lost call is sent again only where that is wanted")?;
        let settled = lost_at(run, earlier) + run.settle_time();
        must(later.at >= settled, "a lost call is sent again only after `settle_time`")?;
    }
    for (place, later) in calls.iter().enumerate() {
        for earlier in calls[..place].iter().filter(|_| !is_repeatable(schedule)) {
            let is_seen = |effect: &&Effect| {
                let visible = schedule.visible(effect).filter(|_| !life.is_gone(&effect.id));
                visible.is_some_and(|visible| visible < later.at)
            };
            must(
                !effects_of(life, earlier).iter().any(is_seen),
                "a release that the status shows is not made again",
            )?;
        }
    }
    let mut ids: Vec<_> = life.ours(schedule, run).iter().map(|effect| (effect.called, &effect.id)).collect();
    // That something on the way delivers one call twice is not in the run's hands.
    ids.sort();
    ids.dedup();
    let mut things: Vec<_> = ids.iter().map(|(_, id)| *id).filter(|id| !life.is_gone(id)).collect();
    if schedule.operation == "release_package" {
        // Each package is a release, whatever its id.
        let is_single = things.len() <= 1 || run.settings.if_lost == IfLost::Resend;
        return must(is_single, "at most one release");
    }
    things.sort();
    let count = things.len();
    things.dedup();
    let may_double =
        schedule.operation == "publish_routine_code_revision" || run.settings.if_lost == IfLost::Resend;
    must(things.len() == count || may_double, "at most one release")
}

/// A recognised second attempt with `adopt` or `fail` sends nothing for what an earlier run has released, if that takes effect
/// within `settle_time`.
fn once_in_all_runs(schedule: &Schedule, life: &Life) -> Judgement {
    for (place, run) in life.runs.iter().enumerate().skip(1) {
        let is_bound = run.is_second_attempt && run.adopts();
        // Setting a state once more changes nothing.
        if !is_bound || schedule.operation == "publish_routine_code_revision" {
            continue;
        }
        for earlier in life.runs[..place].iter().flat_map(|earlier| life.ours(schedule, earlier)) {
            let in_time = |visible| visible <= run.began + run.settle_time();
            let shows = schedule.visible(earlier).is_some_and(in_time);
            // What has failed, or is gone, is released again.
            let has_failed = schedule.script.iter().any(|line| line.contains("fate"));
            if !shows || has_failed || life.is_gone(&earlier.id) || is_touched(schedule, life) {
                continue;
            }
            let repeats =
                |call: &&Recorded| schedule.operation != "deploy_packages" || names(call, &earlier.id);
            let repeated = life.calls(schedule, run).into_iter().any(|call| repeats(&call));
            must(!repeated, "a second attempt does not release what the first has released")?;
        }
    }
    Ok(())
}

/// Whether a call of `deploy_packages` is about a package.
fn names(call: &Recorded, id: &str) -> bool {
    String::from_utf8_lossy(&call.request.body).contains(&format!("\"{id}\""))
}

/// Whether somebody else has changed the same kind of thing.
fn is_touched(schedule: &Schedule, life: &Life) -> bool {
    let kinds = ["package", "extension", "Artifact", "CancelFactoryPackages"];
    let is_other = |effect: &&Effect| {
        effect.by == By::Somebody && kinds.iter().any(|kind| effect.operation.contains(kind))
    };
    !life.somebodys(schedule).is_empty() || life.effects.iter().any(|effect| is_other(&effect))
}

/// `released` and the exit status say what happened.
fn truth(schedule: &Schedule, life: &Life, run: &Run) -> Judgement {
    let Some(status) = run.exit_status else { return Ok(()) };
    let (released, ours) = (run.released(), life.ours(schedule, run));
    must(["yes", "no", "unknown"].contains(&released), "`released` is one of three words")?;
    if released == "no" {
        let is_lost = |call: &&Recorded| matches!(verdict(call), Verdict::Lost | Verdict::Unreadable);
        let calls = life.calls(schedule, run);
        must(!calls.iter().any(is_lost), "`released=no` is never said once a call was lost")?;
        must(
            calls.iter().all(|call| verdict(call) != Verdict::Accepted),
            "`released=no` is never said of what was accepted",
        )?;
        // It was looked up, and not shown by then.
        let was_shown =
            |effect: &&Effect| schedule.visible(effect).is_some_and(|visible| visible < run.ended);
        must(!ours.iter().any(was_shown), "`released=no` only if there was none")?;
    }
    must(released != "yes" || run.is_there, "`released=yes` only if there was one")?;
    let none = [exit::INPUTS, exit::CREDENTIALS, exit::REJECTED, exit::UNREACHABLE];
    let one = [exit::DONE, exit::FAILED, exit::UNWATCHED];
    let fits = match status {
        _ if none.contains(&status) => released == "no",
        _ if one.contains(&status) => released == "yes",
        exit::UNKNOWN => released == "unknown",
        exit::SIGTERM => schedule.is_signalled(),
        _ => false,
    };
    must(fits, "the exit status and `released` fit together")?;
    let was_called =
        !life.calls(schedule, run).is_empty() || run.settings.resume || is_lost_unseen(schedule, life);
    must(
        status != exit::SIGTERM || was_called || released != "unknown",
        "a signal before the call leaves nothing open",
    )?;
    // What somebody else did meanwhile may have undone what was seen to be done.
    let is_meanwhile = |effect: &Effect| effect.by == By::Somebody && effect.at >= run.began;
    let is_disturbed = life.effects.iter().any(is_meanwhile);
    let waited = status == exit::DONE && (run.settings.wait || run.settings.resume);
    must(!waited || run.is_done || is_disturbed, "status 0 after a wait only if exactly that has succeeded")
}

/// `release_origin` says where the release came from.
fn origin(schedule: &Schedule, life: &Life, run: &Run) -> Judgement {
    let calls = life.calls(schedule, run);
    let origin = run.output("release_origin");
    let fits = match (run.released(), origin) {
        ("yes", "call") => calls.iter().any(|call| verdict(call) == Verdict::Accepted),
        ("yes", "lookup") => {
            // An answer that lists a part only leaves open what became of the rest.
            let is_open = |call: &&Recorded| verdict(call) != Verdict::Accepted || is_half(schedule);
            !calls.is_empty() && calls.iter().all(is_open)
        }
        ("yes", "adopted") => calls.is_empty() && run.adopts(),
        ("yes", "resumed") => calls.is_empty() && run.settings.resume,
        (_, origin) => origin.is_empty(),
    };
    must(fits, "`release_origin` says where the release came from")
}

/// What was released is named, before the wait and at the end; ids that came back are never lost.
fn ids(schedule: &Schedule, life: &Life, run: &Run) -> Judgement {
    let is_whole = |call: &&&Recorded| verdict(call) == Verdict::Accepted && run.exit_status.is_some();
    let calls = life.calls(schedule, run);
    let of_answers = calls.iter().filter(is_whole).flat_map(|call| call.released.clone());
    let unanswered = run.exit_status == Some(exit::SIGTERM) && run.released() == "unknown";
    let came_back: Vec<String> = of_answers.filter(|_| !unanswered).collect();
    let of_ours = life.ours(schedule, run).into_iter().map(|effect| effect.id.clone());
    let ours: Vec<String> = of_ours.filter(|id| run.released() == "yes" && !life.is_gone(id)).collect();
    for outputs in std::iter::once(&run.outputs).chain(&run.files) {
        let has =
            |name: &str, id: &str| outputs.get(name).is_some_and(|ids| ids.split(',').any(|one| one == id));
        let is_named = |id: &String| match schedule.operation {
            "release_artifact" => has("ArtifactId", world::ARTIFACT_ID),
            "publish_routine_code_revision" => has("CodeRevision", world::NEW_CODE_REVISION),
            "release_package" => has("release_package_id", id),
            "deploy_packages" => has("package_id", id),
            _ => has("published", "true"),
        };
        must(came_back.iter().all(is_named), "ids that came back are in the outputs")?;
        // Of two packages with `resend` one is known.
        let are_named = ours.iter().all(is_named) || run.settings.if_lost == IfLost::Resend;
        must(are_named, "the ids of what was released are in the outputs")?;
    }
    Ok(())
}

/// What output files say at each moment.
fn files(schedule: &Schedule, life: &Life, run: &Run) -> Judgement {
    let was_called = !life.calls(schedule, run).is_empty();
    for file in &run.files {
        let released = file.get("released").map_or("no", String::as_str);
        if run.exit_status.is_some() {
            must(released == run.released(), "files say at the end what the run says")?;
            continue;
        }
        let accepted = life.calls(schedule, run).iter().any(|call| verdict(call) == Verdict::Accepted);
        let fits = match released {
            "no" => !was_called,
            "yes" => accepted || !life.ours(schedule, run).is_empty() || run.is_there,
            _ => released == "unknown",
        };
        must(fits, "after a kill the files say `unknown` from the call on, and `yes` only of a release")?;
    }
    let waits = run.settings.wait || run.settings.resume;
    let ended = [exit::DONE, exit::FAILED, exit::UNWATCHED].map(Some).contains(&run.exit_status);
    must(!(waits && ended && life.is_virtual) || run.waited.is_some(), "outputs are written before the wait")
}

/// A repetition never takes back a newer revision of somebody else's that the status showed before.
fn rollback(schedule: &Schedule, life: &Life, run: &Run) -> Judgement {
    if schedule.operation != "publish_routine_code_revision" {
        return Ok(());
    }
    let calls = life.calls(schedule, run);
    let looks = |call: &Recorded| -> Vec<&Recorded> {
        let is_look = |query: &&Recorded| {
            query.operation == "DescribeRoutine" && query.status == 200 && query.at < call.at
        };
        life.queries(schedule, run).into_iter().filter(is_look).collect()
    };
    for (place, repeated) in calls.iter().enumerate().skip(1) {
        let earlier = &calls[..place];
        let was_lost = earlier.iter().any(|call| verdict(call) == Verdict::Lost);
        let look = looks(repeated).into_iter().rfind(|look| look.at > earlier[place - 1].at);
        must(!was_lost || look.is_some(), "nothing is set again unseen")?;
        let Some(look) = looks(repeated).pop() else { continue };
        let lag = schedule.shows_after().unwrap_or(SignedDuration::from_hours(1));
        let newer = |effect: &&&Effect| effect.at > calls[0].at && effect.at + lag < look.at;
        let had_effect = effects_of(life, repeated).iter().any(|effect| effect.at == repeated.at);
        let taken_back = life.somebodys(schedule).iter().any(|effect| newer(&effect));
        must(!had_effect || !taken_back, "a newer revision is not rolled back")?;
    }
    Ok(())
}

/// That it is not known is said only where it cannot be: what has landed within `settle_time` is found.
fn decisiveness(schedule: &Schedule, life: &Life, run: &Run) -> Judgement {
    if run.exit_status != Some(exit::UNKNOWN) {
        return Ok(());
    }
    let calls = life.calls(schedule, run);
    let lost: Vec<_> = calls
        .iter()
        .filter(|call| matches!(verdict(call), Verdict::Lost | Verdict::Unreadable))
        .map(|call| lost_at(run, call))
        .collect();
    let is_shown_by = |limit| {
        let mut ours = life.runs.iter().flat_map(|run| life.ours(schedule, run));
        ours.any(|effect| schedule.visible(effect).is_some_and(|visible| visible <= limit))
    };
    let not_found = match (lost.iter().max(), run.settings.resume) {
        (Some(lost_last), _) => !is_shown_by(*lost_last + run.settle_time()),
        (None, true) => !is_shown_by(run.began + run.settle_time()),
        (None, false) => is_lost_unseen(schedule, life),
    };
    let codes: Vec<_> = calls.iter().filter_map(|call| call.code.as_deref()).collect();
    let allowed = [
        ("it did not land in time", not_found),
        ("somebody else changed it", is_touched(schedule, life)),
        ("the status could not be read", is_unreadable(schedule, life, run)),
        ("a part landed", is_half(schedule)),
        ("one environment switched", codes.contains(&"EdgeRoutine.GeneralError")),
        ("an earlier call may be under way", run.is_second_attempt && codes.contains(&"DEVCP.00014004")),
    ];
    must(
        allowed.iter().any(|(_, is_so)| *is_so),
        "status 8 only where it cannot be told: what landed in time is found",
    )
}

/// Whether a call may have been lost without reaching the clouds: over real sockets a refused call has connected by then.
fn is_lost_unseen(schedule: &Schedule, life: &Life) -> bool {
    let is_refused = |line: &String| line.contains("release") && line.ends_with(": refuse");
    !life.is_virtual && schedule.script.iter().any(is_refused)
}

/// Whether the cloud carries out a part of a call only.
fn is_half(schedule: &Schedule) -> bool {
    schedule.script.iter().any(|line| line.contains("package=half"))
}

/// Whether status queries were refused, or failed again and again, or to the last.
fn is_unreadable(schedule: &Schedule, life: &Life, run: &Run) -> bool {
    const IN_A_ROW: usize = 3;
    let queries = life.queries(schedule, run);
    let refused = |query: &&Recorded| query.faults.iter().any(|fault| fault.starts_with("error 4"));
    let in_a_row = queries.windows(IN_A_ROW).any(|row| row.iter().all(|query| !is_readable(query)));
    let is_last = queries.last().is_some_and(|query| !is_readable(query));
    queries.iter().any(refused) || in_a_row || is_last
}

/// A signal ends the run in the time that CI systems leave, a deadline within a second.
fn promptness(run: &Run) -> Judgement {
    const PROMPT: Duration = Duration::from_millis(3_500);
    must(run.after_signal.is_none_or(|after| after <= PROMPT), "a signal ends the run")?;
    let timeout = run.settings.wait_timeout;
    // `0` asks once.
    let waited = run.waited.filter(|_| !timeout.is_zero()).unwrap_or_default();
    must(waited <= timeout + Duration::from_secs(1), "the deadline is kept within a second")
}

/// Faults of status queries alone never fail a healthy release.
fn health(schedule: &Schedule, life: &Life) -> Judgement {
    let [run] = &life.runs[..] else { return Ok(()) };
    let ills = ["fate", "fault release", "somebody", "error 4", "stale"];
    let is_ill = schedule.script.iter().any(|line| ills.iter().any(|ill| line.contains(ill)));
    let is_cut_short = run.exit_status.is_none()
        || schedule.is_signalled()
        || run.settings.wait_timeout < Duration::from_secs(30);
    if is_ill || is_cut_short || !schedule.events.is_empty() {
        return Ok(());
    }
    // Nobody approves the package.
    let is_left = schedule.operation == "release_package" && run.settings.wait;
    let status = if is_left { exit::UNWATCHED } else { exit::DONE };
    must(run.exit_status == Some(status), "a healthy release is not failed by its status queries")
}
