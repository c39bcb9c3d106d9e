//! What happened in one life of a release: its runs, and what the clouds saw of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use release_step::error::Released;
use release_step::input::settings::Settings;
use sandbox::{By, Effect, Recorded, world};

use crate::schedule::Schedule;

/// A release as it looks from outside once everything has happened that was going to.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) runs: Vec<Run>,
    pub(crate) requests: Vec<Recorded>,
    pub(crate) effects: Vec<Effect>,
    /// Whether it was lived in virtual time.
    pub(crate) is_virtual: bool,
}

/// One run; its times are by the clouds' clock.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) began: Timestamp,
    pub(crate) ended: Timestamp,
    /// Which of all requests are its own.
    pub(crate) requests: Range<usize>,
    pub(crate) settings: Settings,
    /// None if it was killed.
    pub(crate) exit_status: Option<u8>,
    /// Names and texts, `released` and `release_outcome` among them.
    pub(crate) outputs: BTreeMap<String, String>,
    /// What its output files say at its end, each.
    pub(crate) files: Vec<BTreeMap<String, String>>,
    /// How long before the end `yes` was written down.
    pub(crate) waited: Option<Duration>,
    /// What was said at the end.
    pub(crate) message: String,
    /// How long after the signal the run ended.
    pub(crate) after_signal: Option<Duration>,
    /// Whether it was recognised as a second attempt.
    pub(crate) is_second_attempt: bool,
    /// Whether exactly what its outputs name had succeeded when it ended.
    pub(crate) is_done: bool,
    /// Whether a part at least of what was asked for was released when it ended.
    pub(crate) is_there: bool,
}

/// What the answer to a release call says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    /// The vendor's own no.
    Refused,
    /// The vendor's own word for busy.
    Throttled,
    /// It says nothing of the call.
    Lost,
    /// A success that cannot be read: the call is never sent again.
    Unreadable,
}

const CALLS: [&str; 5] = [
    "ReleaseArtifact",
    "PublishRoutineCodeRevision",
    "CreateFactoryPendingItemsPackage",
    "DeployFactoryPackages",
    "PublishPluginDraft",
];

pub(crate) fn api_name(operation: &str) -> &'static str {
    let place = world::OPERATIONS.iter().position(|known| *known == operation).unwrap();
    CALLS[place]
}

/// Faults that leave an answer as it is.
const HARMLESS: [&str; 5] = ["slow", "skew", "stale", "somebody", "twice"];
const THROTTLED: [&str; 4] = ["SystemBusy", "FlowControlError", "COCT.0070003", "DEVCP.00020500"];
const UNDER_WAY: [&str; 2] = ["LastTokenProcessing", "IdempotentProcessing"];

/// What one call's answer says, by what became of it on the way.
pub(crate) fn verdict(call: &Recorded) -> Verdict {
    let fault = call.faults.iter().find(|fault| !HARMLESS.iter().any(|harmless| fault.starts_with(harmless)));
    let is = |words: &[&str]| fault.is_some_and(|fault| words.iter().any(|word| fault.starts_with(word)));
    let code = call.code.as_deref().unwrap_or_default();
    let is_2xx = (200..300).contains(&call.status);
    match call.status {
        _ if is(&["throttle"]) || THROTTLED.contains(&code) => Verdict::Throttled,
        _ if UNDER_WAY.contains(&code) || is(&["backend-timeout"]) => Verdict::Lost,
        // Of these the call's own status is recorded, and half of its answer came, or none.
        _ if is(&["cut", "broken-json", "empty"]) && is_2xx && code.is_empty() => Verdict::Unreadable,
        _ if is(&["cut", "broken-json", "empty"]) => Verdict::Lost,
        _ if is(&["html", "foreign", "bare"]) && is_2xx => Verdict::Unreadable,
        _ if is(&["html", "redirect", "foreign", "bare", "reset", "hang"]) => Verdict::Lost,
        0 => Verdict::Lost,
        _ if is_2xx && code.is_empty() => Verdict::Accepted,
        200..500 if is_a_no(call) => Verdict::Refused,
        _ => Verdict::Lost,
    }
}

/// Whether the code has the form of its vendor's, and says something of the call.
fn is_a_no(call: &Recorded) -> bool {
    const OPEN: [&str; 5] =
        ["InternalError", "ServiceUnavailable", "UnknownError", "SignatureNonceUsed", "APIGW.0201"];
    let code = call.code.as_deref().unwrap_or_default();
    let is_huawei = CALLS[2..].contains(&&*call.operation);
    let number = code.split_once('.').map_or("", |(_, number)| number);
    let is_number = (4..=8).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit());
    let is_word = code.starts_with(|first: char| first.is_ascii_uppercase()) && !code.contains('_');
    !OPEN.contains(&code) && if is_huawei { is_number } else { is_word && !is_number }
}

/// Whether the status answer of the record says what the service said.
pub(crate) fn is_readable(query: &Recorded) -> bool {
    let spoils = |fault: &String| !HARMLESS.iter().any(|harmless| fault.starts_with(harmless));
    !query.faults.iter().any(spoils) && query.status < 500
}

impl Run {
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// What it says of the release, at its end or in what it left.
    pub(crate) fn released(&self) -> &str {
        self.output("released")
    }

    pub(crate) fn settle_time(&self) -> SignedDuration {
        SignedDuration::try_from(self.settings.settle_time).unwrap()
    }

    /// Whether what an earlier run has released is this run's.
    pub(crate) fn adopts(&self) -> bool {
        use release_step::input::settings::IfReleased;
        !self.settings.resume && self.settings.if_released != IfReleased::Again
    }
}

impl Life {
    /// The release calls of a run that reached the clouds.
    pub(crate) fn calls<'a>(&'a self, schedule: &Schedule, run: &'a Run) -> Vec<&'a Recorded> {
        let name = api_name(schedule.operation);
        self.requests[run.requests.clone()].iter().filter(|call| call.operation == name).collect()
    }

    /// Its status queries.
    pub(crate) fn queries<'a>(&'a self, schedule: &Schedule, run: &'a Run) -> Vec<&'a Recorded> {
        let name = api_name(schedule.operation);
        self.requests[run.requests.clone()].iter().filter(|query| query.operation != name).collect()
    }

    /// What the calls of a run have released.
    pub(crate) fn ours<'a>(&'a self, schedule: &Schedule, run: &'a Run) -> Vec<&'a Effect> {
        let calls = self.calls(schedule, run);
        let is_ours = |effect: &&Effect| {
            let is_its = |call: &&Recorded| effect.operation == call.operation && effect.called == call.at;
            effect.by == By::Call && calls.iter().any(is_its)
        };
        self.effects.iter().filter(is_ours).collect()
    }

    /// What somebody else has done to the same kind of thing.
    pub(crate) fn somebodys<'a>(&'a self, schedule: &Schedule) -> Vec<&'a Effect> {
        let name = api_name(schedule.operation);
        let is_theirs = |effect: &&Effect| effect.by == By::Somebody && effect.operation == name;
        self.effects.iter().filter(is_theirs).collect()
    }

    pub(crate) fn is_gone(&self, id: &str) -> bool {
        self.effects.iter().any(|effect| effect.operation == "delete package" && effect.id == id)
    }
}

impl Schedule {
    /// How long after an effect the status shows it at the latest; none if it never does.
    pub(crate) fn shows_after(&self) -> Option<SignedDuration> {
        let is = |line: &str| self.script.iter().any(|known| known.contains(line));
        let pace = self.script.iter().find_map(|line| line.strip_prefix("pace "));
        let pace = pace.map_or(SignedDuration::from_secs(2), |pace| pace.parse().unwrap());
        let lag = match self.operation {
            "publish_routine_code_revision" if is("routine=stuck") => return None,
            "publish_extension_draft" if is("extension=stuck") => return None,
            "publish_routine_code_revision" => pace * 2,
            "deploy_packages" => pace / 4,
            "publish_extension_draft" => pace,
            _ => SignedDuration::ZERO,
        };
        Some(lag + self.behind() + SignedDuration::from_secs(1))
    }

    /// How far replicas are behind at most.
    pub(crate) fn behind(&self) -> SignedDuration {
        let stale = |line: &String| {
            line.split_once(": stale ").map(|(_, time)| time.parse::<SignedDuration>().unwrap())
        };
        self.script.iter().chain(&self.events).filter_map(stale).sum()
    }

    /// From when on the status shows an effect; none if it never does.
    pub(crate) fn visible(&self, effect: &Effect) -> Option<Timestamp> {
        Some(effect.at + self.shows_after()?)
    }
}

/// The word in `released`.
pub(crate) fn word(released: Released) -> String {
    released.as_str().to_owned()
}
