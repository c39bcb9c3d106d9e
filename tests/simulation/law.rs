//! What must be true of every run.

use std::collections::BTreeMap;
use std::time::Duration;

use release_step::error::exit;
use sandbox::{By, Effect, Recorded, world};

use crate::schedule::Schedule;

/// A run, as it looks from outside once everything has happened that was going to.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) exit_status: u8,
    /// Names and texts, `released` and `release_outcome` among them.
    pub(crate) outputs: BTreeMap<String, String>,
    /// The outputs as they were written down before the wait, and how long before the end that was.
    pub(crate) kept: Option<(BTreeMap<String, String>, Duration)>,
    /// What was said at the end.
    pub(crate) message: String,
    /// How long after the signal the run ended.
    pub(crate) after_signal: Option<Duration>,
    pub(crate) requests: Vec<Recorded>,
    pub(crate) effects: Vec<Effect>,
    /// Whether it was lived in virtual time, so that it is known what was kept.
    pub(crate) is_virtual: bool,
    /// Whether the revision that was asked for was live everywhere at the end of the run.
    pub(crate) was_live: bool,
    /// Whether the revision that was asked for is live in every environment.
    pub(crate) is_live: bool,
}

/// What is not as it must be.
pub(crate) fn broken(schedule: &Schedule, life: &Life) -> Option<String> {
    let judgements = [
        once(schedule, life),
        truth(schedule, life),
        ids(schedule, life),
        rollback(schedule, life),
        certainty(schedule, life),
        health(schedule, life),
        promptness(schedule, life),
    ];
    let broken = judgements.into_iter().find_map(Result::err)?;
    let told: Vec<String> = life.requests.iter().map(told).collect();
    let effects: Vec<String> = life
        .effects
        .iter()
        .map(|effect| format!("{} {} {} by {:?}", effect.at, effect.operation, effect.id, effect.by))
        .collect();
    Some(format!(
        "{broken}\n{schedule:#?}\nstatus {}, outputs {:#?}, kept {:?}\n{}\n{}\n{}",
        life.exit_status,
        life.outputs,
        life.kept,
        life.message,
        told.join("\n"),
        effects.join("\n")
    ))
}

fn told(recorded: &Recorded) -> String {
    let Recorded { at, operation, status, code, faults, .. } = recorded;
    format!("{at} {operation} {status} {code:?} {faults:?}")
}

type Judgement = Result<(), String>;

fn must(holds: bool, law: &str) -> Judgement {
    if holds { Ok(()) } else { Err(law.to_owned()) }
}

const CALLS: [&str; 5] = [
    "ReleaseArtifact",
    "PublishRoutineCodeRevision",
    "CreateFactoryPendingItemsPackage",
    "DeployFactoryPackages",
    "PublishPluginDraft",
];

fn api_name(operation: &str) -> &'static str {
    let place = world::OPERATIONS.iter().position(|known| *known == operation).unwrap();
    CALLS[place]
}

fn ours<'a>(schedule: &Schedule, life: &'a Life) -> Vec<&'a Effect> {
    let call = api_name(schedule.operation);
    life.effects.iter().filter(|effect| effect.by == By::Call && effect.operation == call).collect()
}

fn somebodys<'a>(schedule: &Schedule, life: &'a Life) -> Vec<&'a Effect> {
    let call = api_name(schedule.operation);
    let is_theirs = |effect: &&Effect| effect.by == By::Somebody && effect.operation == call;
    life.effects.iter().filter(is_theirs).collect()
}

fn output<'a>(life: &'a Life, name: &str) -> &'a str {
    life.outputs.get(name).map_or("", String::as_str)
}

/// At most one release of each thing. That a revision is set twice changes nothing.
fn once(schedule: &Schedule, life: &Life) -> Judgement {
    if schedule.operation == "publish_routine_code_revision" {
        return Ok(());
    }
    let mut ids: Vec<_> = ours(schedule, life).iter().map(|effect| effect.id.clone()).collect();
    if schedule.operation == "release_package" {
        // Each package is a release, whatever its id. One that is gone without a trace cannot be seen by anybody.
        ids.retain(|id| !is_gone(life, id));
        return must(ids.len() <= 1, "at most one release");
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    must(ids.len() == count, "at most one release")
}

fn is_gone(life: &Life, id: &str) -> bool {
    life.effects.iter().any(|effect| effect.operation == "delete package" && effect.id == id)
}

/// `released` and the exit status say what happened.
fn truth(schedule: &Schedule, life: &Life) -> Judgement {
    let (released, status) = (output(life, "released"), life.exit_status);
    let (ours, somebodys) = (ours(schedule, life), somebodys(schedule, life));
    // Without a draft that waits for its release, the version that was released last is adopted.
    let adopts = schedule.inputs.contains(&("if_released", "adopt".to_owned()));
    let has_no_draft = life.effects.iter().any(|effect| effect.operation == "DeleteArtifact");
    let there = !ours.is_empty() || !somebodys.is_empty() || life.is_live || (adopts && has_no_draft);
    must(["yes", "no", "unknown"].contains(&released), "`released` is one of three words")?;
    must(released != "no" || ours.is_empty(), "`released=no` only if there was none")?;
    must(released != "yes" || there, "`released=yes` only if there was one")?;
    let none = [exit::INPUTS, exit::CREDENTIALS, exit::REJECTED, exit::UNREACHABLE];
    let one = [exit::DONE, exit::FAILED, exit::UNWATCHED];
    let fits = match status {
        _ if none.contains(&status) => released == "no",
        _ if one.contains(&status) => released == "yes",
        exit::UNKNOWN => released == "unknown",
        exit::SIGTERM => schedule.signal.is_some(),
        _ => false,
    };
    must(fits, "the exit status and `released` fit together")
}

/// What was released is named, before the wait and at the end.
fn ids(schedule: &Schedule, life: &Life) -> Judgement {
    if output(life, "released") != "yes" {
        return Ok(());
    }
    let ours = ours(schedule, life);
    for outputs in [Some(&life.outputs), life.kept.as_ref().map(|(kept, _)| kept)].into_iter().flatten() {
        let named =
            |name: &str, id: &str| outputs.get(name).is_some_and(|ids| ids.split(',').any(|one| one == id));
        let fits = match schedule.operation {
            "release_artifact" => named("ArtifactId", world::ARTIFACT_ID),
            "publish_routine_code_revision" => named("CodeRevision", world::NEW_CODE_REVISION),
            "release_package" => {
                let is_named = |effect: &&&Effect| named("release_package_id", &effect.id);
                ours.iter().all(|effect| is_named(&effect) || is_gone(life, &effect.id))
            }
            "deploy_packages" => ours.iter().all(|effect| named("package_id", &effect.id)),
            _ => named("published", "true"),
        };
        must(fits, "the ids are in the outputs")?;
    }
    Ok(())
}

/// A repetition never takes back a newer revision of somebody else's that the status showed before.
fn rollback(schedule: &Schedule, life: &Life) -> Judgement {
    if schedule.operation != "publish_routine_code_revision" {
        return Ok(());
    }
    let calls: Vec<_> =
        life.requests.iter().filter(|request| request.operation == api_name(schedule.operation)).collect();
    for pair in calls.windows(2) {
        let asked = |request: &&Recorded| {
            let is_between = pair[0].at < request.at && request.at < pair[1].at;
            is_between && request.operation == "DescribeRoutine" && request.status == 200
        };
        let was_lost = calls.iter().take_while(|call| call.at < pair[1].at).any(|call| is_lost(call));
        must(
            !was_lost || life.requests.iter().any(|request| asked(&request)),
            "nothing is set again unseen",
        )?;
    }
    for repeated in calls.iter().skip(1) {
        let before = life.requests.iter().take_while(|request| request.at < repeated.at);
        let look =
            before.filter(|request| request.operation == "DescribeRoutine" && request.status == 200).last();
        let newer = |effect: &&Effect| {
            effect.at > calls[0].at && look.is_some_and(|look| effect.at + margin(schedule) < look.at)
        };
        let had_effect = ours(schedule, life).iter().any(|effect| effect.at == repeated.at);
        let taken_back = somebodys(schedule, life).iter().any(newer);
        must(!had_effect || !taken_back, "a newer revision is not rolled back")?;
    }
    Ok(())
}

/// Whether nobody can know what became of a call.
fn is_lost(call: &Recorded) -> bool {
    let certain = ["throttle", "refuse", "down", "slow", "error 400", "somebody"];
    call.faults.iter().any(|fault| !certain.iter().any(|known| fault.starts_with(known)))
}

/// Faults of status queries alone never fail a healthy release, and its ids are written down before the wait.
fn health(schedule: &Schedule, life: &Life) -> Judgement {
    let input = |name: &str| {
        schedule.inputs.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    };
    let waits = input("wait") == Some("true");
    let ended = [exit::DONE, exit::FAILED, exit::UNWATCHED].contains(&life.exit_status);
    must(
        !(waits && ended && life.is_virtual) || life.kept.is_some(),
        "the outputs are written before the wait",
    )?;
    let ills = ["fate", "fault release", "somebody", "error 400"];
    let is_ill = schedule.script.iter().any(|line| ills.iter().any(|ill| line.contains(ill)));
    let is_cut_short = schedule.signal.is_some() || matches!(input("wait_timeout"), Some("0" | "2s"));
    if is_ill || is_cut_short {
        return Ok(());
    }
    // Nobody approves the package.
    let is_left = schedule.operation == "release_package" && waits;
    let status = if is_left { exit::UNWATCHED } else { exit::DONE };
    must(life.exit_status == status, "a healthy release is not failed by its status queries")?;
    let is_routine = schedule.operation == "publish_routine_code_revision";
    must(
        !(is_routine && waits && life.is_virtual) || life.was_live,
        "a wait that ends well ends when the release is done",
    )
}

/// A revision is live some time after it was published, and is not seen before.
fn margin(schedule: &Schedule) -> jiff::SignedDuration {
    let pace = schedule.script.iter().find_map(|line| line.strip_prefix("pace ")?.strip_suffix("ms"));
    let pace = pace.and_then(|pace| pace.parse().ok()).unwrap_or(2_000);
    jiff::SignedDuration::from_millis(4 * pace + 1)
}

/// That nobody knows is said only where looking up failed, or somebody else changed the same thing.
fn certainty(schedule: &Schedule, life: &Life) -> Judgement {
    let is_of_somebody = life.effects.iter().any(|effect| effect.by == By::Somebody);
    // A repetition that is refused leaves in doubt why.
    let refused = ["error 400", "backend-timeout"];
    let is_refused = schedule
        .script
        .iter()
        .any(|line| line.starts_with("fault release") && refused.iter().any(|fault| line.contains(fault)));
    let never_shows = schedule.script.iter().any(|line| line.ends_with("extension=stuck"));
    // A status query that is refused again and again is given up.
    let is_not_told =
        schedule.script.iter().any(|line| line.contains("status") && line.contains("error 400"));
    let is_allowed = is_of_somebody || is_refused || never_shows || is_not_told;
    must(life.exit_status != exit::UNKNOWN || is_allowed, "status 8 only where it cannot be told")
}

/// A signal ends the run in the time that CI systems leave, a deadline within a second.
fn promptness(schedule: &Schedule, life: &Life) -> Judgement {
    const PROMPT: Duration = Duration::from_millis(3_500);
    must(life.after_signal.is_none_or(|after| after <= PROMPT), "a signal ends the run")?;
    let timeout = schedule.inputs.iter().find(|(name, _)| *name == "wait_timeout");
    let timeout = match timeout.map(|(_, value)| value.as_str()) {
        Some("2s") => Duration::from_secs(2),
        Some("30s") => Duration::from_secs(30),
        Some("0") => return Ok(()),
        _ => Duration::from_secs(30 * 60),
    };
    let waited = life.kept.as_ref().map_or(Duration::ZERO, |(_, waited)| *waited);
    must(waited <= timeout + Duration::from_secs(1), "the deadline is kept within a second")
}
