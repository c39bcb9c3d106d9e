//! What can go wrong, drawn at random.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use sandbox::world::OPERATIONS;
use sandbox::{Calls, Request};

use crate::cloud::{Cloud, Director, Incident, Phase};

/// Names and values, beside those that the operation needs.
pub(crate) type Inputs = Vec<(&'static str, String)>;

/// What is asked of release-step, and what it meets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) operation: &'static str,
    pub(crate) inputs: Inputs,
    /// Lines of the sandbox's script.
    pub(crate) script: Vec<String>,
    /// What requests of a path meet, in their order; it is not in the script.
    pub(crate) events: Vec<String>,
    /// SIGTERM comes then.
    pub(crate) signal: Option<Duration>,
    /// SIGKILL comes then.
    pub(crate) kill: Option<Kill>,
    /// The job runs once more.
    pub(crate) rerun: Option<Rerun>,
}

/// SIGKILL, as a request of the run sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Kill {
    pub(crate) calls: Calls,
    /// Which of these calls of the run, from 1.
    pub(crate) nth: u32,
    pub(crate) phase: Phase,
}

/// The job's next run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rerun {
    /// How long after the first one's end.
    pub(crate) after: Duration,
    /// Inputs that are other ones than those of the first run.
    pub(crate) inputs: Inputs,
    /// Whether the CI counts attempts; otherwise only what the first run has left tells of it.
    pub(crate) by_number: bool,
}

impl Schedule {
    /// A schedule of one run that nothing interrupts.
    pub(crate) fn new(operation: &'static str, inputs: Inputs, script: Vec<String>) -> Self {
        Self { operation, inputs, script, events: Vec::new(), signal: None, kill: None, rerun: None }
    }

    pub(crate) fn is_signalled(&self) -> bool {
        self.signal.is_some() || self.events.iter().any(|event| event.contains("signal"))
    }

    pub(crate) fn inputs_of_rerun(&self) -> Inputs {
        let others = self.rerun.iter().flat_map(|rerun| rerun.inputs.clone());
        let is_other =
            |name: &str| self.rerun.iter().any(|rerun| rerun.inputs.iter().any(|(other, _)| *other == name));
        self.inputs.iter().filter(|(name, _)| !is_other(name)).cloned().chain(others).collect()
    }
}

impl Kill {
    pub(crate) fn director(self) -> Rc<dyn Director> {
        Rc::new(Killer { kill: self, seen: Cell::new(0) })
    }
}

struct Killer {
    kill: Kill,
    seen: Cell<u32>,
}

impl Director for Killer {
    fn incident(&self, _cloud: &Cloud, request: &Request) -> Incident {
        let Kill { calls, nth, phase } = self.kill;
        if !calls.include_request(request) {
            return Incident::default();
        }
        self.seen.set(self.seen.get() + 1);
        Incident { kill: (self.seen.get() == nth).then_some(phase), ..Incident::default() }
    }
}

/// How long things take.
pub(crate) struct Scale {
    /// Effects land no later than this.
    latest: u64,
    slowest: u64,
    /// A step of a release takes no longer than this.
    pace: u64,
    signal: u64,
    /// How far replicas are behind at most.
    behind: u64,
    /// Inputs that fit to these times.
    pub(crate) inputs: &'static [(&'static str, &'static str)],
    /// With `resend`, `settle_time` is at least half a minute.
    pub(crate) if_lost: &'static [&'static str],
    settle_time: &'static [&'static str],
    /// The same for runs that are killed: a later effect, with what it takes to be shown, is not bound to be found.
    pub(crate) killed_latest: u64,
    pub(crate) killed_pace: u64,
    pub(crate) killed_settle_time: &'static str,
    /// When the next run begins.
    pub(crate) rerun_after: &'static [u64],
}

/// Times in milliseconds, as users have them: the inputs' defaults.
pub(crate) static VIRTUAL: Scale = Scale {
    latest: 100_000,
    slowest: 5_000,
    pace: 45_000,
    signal: 400_000,
    behind: 60_000,
    inputs: &[],
    if_lost: &["stop", "stop", "resend"],
    settle_time: &["90s", "90s", "90s", "30s", "140s"],
    killed_latest: 60_000,
    killed_pace: 45_000,
    killed_settle_time: "90s",
    rerun_after: &[0, 5_000, 60_000],
};

/// Times in milliseconds that a test can wait for.
pub(crate) static REAL: Scale = Scale {
    latest: 1_500,
    slowest: 300,
    pace: 1_500,
    signal: 5_000,
    behind: 1_000,
    inputs: &[
        ("poll_interval", "100ms"),
        ("poll_max_interval", "500ms"),
        ("request_timeout", "1s"),
        ("release_timeout", "1s"),
        ("retry_timeout", "20s"),
        ("wait_timeout", "30s"),
    ],
    if_lost: &["stop"],
    settle_time: &["4s", "4s", "1s"],
    killed_latest: 1_500,
    killed_pace: 800,
    killed_settle_time: "4s",
    rerun_after: &[0, 500, 2_000],
};

pub(crate) fn schedules(scale: &'static Scale) -> impl Strategy<Value = Schedule> {
    let inputs = (
        any::<bool>(),
        select(vec!["again", "again", "adopt", "fail"]),
        select(vec!["", "", "", "0", "2s"]),
        select(scale.if_lost),
        select(scale.settle_time),
    );
    let faults = (
        prop::collection::vec(release_fault(scale), 0..3),
        prop::collection::vec(status_fault(scale), 0..3),
        prop::option::weighted(0.3, somebody(scale)),
        prop::option::weighted(0.3, fate()),
        prop::option::weighted(0.1, select(vec!["clock 20m", "clock -20m", "clock 3m"])),
        0..scale.pace,
    );
    let signal = prop::option::weighted(0.2, 0..scale.signal);
    (select(OPERATIONS.to_vec()), inputs, faults, signal).prop_map(|(operation, inputs, faults, signal)| {
        let (wait, if_released, wait_timeout, if_lost, settle_time) = inputs;
        let mut inputs: Inputs =
            scale.inputs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        inputs.extend([("wait", wait.to_string()), ("if_released", if_released.to_owned())]);
        inputs.extend([("if_lost", if_lost.to_owned()), ("settle_time", settle_time.to_owned())]);
        if !wait_timeout.is_empty() {
            inputs.retain(|(name, _)| *name != "wait_timeout");
            inputs.push(("wait_timeout", wait_timeout.to_owned()));
        }
        let (release, status, somebody, fate, clock, pace) = faults;
        let mut script: Vec<String> = Vec::new();
        script.extend(fate.map(|fate| format!("fate {fate}")));
        // These show at once that they were released, and may take longer to be done.
        let shows = ["release_artifact", "release_package"].contains(&operation);
        script.push(format!("pace {}ms", if shows { 5 * pace } else { pace }));
        script.extend(clock.map(str::to_owned));
        let rules = release.into_iter().chain(status).chain(somebody);
        script.extend(rules.map(|rule| format!("fault {}", in_words_of(operation, &rule))));
        let signal = signal.map(Duration::from_millis);
        Schedule { signal, ..Schedule::new(operation, inputs, script) }
    })
}

/// The codes that the operation's own cloud has for a call that it refuses, for being busy, and for working on it.
fn in_words_of(operation: &str, rule: &str) -> String {
    let (refused, busy) = match operation {
        "release_artifact" => ("EntityNotExist.ArtifactVersion", "SystemBusy"),
        "publish_routine_code_revision" => ("EdgeRoutine.GeneralError", "FlowControlError"),
        "release_package" => ("DLF.3051", "COCT.0070003"),
        "deploy_packages" => ("DLF.0810", "COCT.0070003"),
        _ => ("DEVCP.00014004", "DEVCP.00020500"),
    };
    let is_of_alibaba = sandbox::world::cloud(operation) == sandbox::Cloud::Alibaba;
    let under_way = if is_of_alibaba { "error 400 LastTokenProcessing" } else { "backend-timeout" };
    // That CodeArts has too much to do is never said of a call that it carries out.
    let rule =
        if operation == "publish_extension_draft" { rule.replace(": 503", ": 502") } else { rule.to_owned() };
    rule.replace("REFUSED", refused).replace("BUSY", busy).replace("UNDER-WAY", under_way)
}

fn when(scale: &'static Scale) -> impl Strategy<Value = String> {
    prop_oneof![
        Just("before".to_owned()),
        Just("after".to_owned()),
        (0..scale.latest).prop_map(|late| format!("late {late}ms")),
    ]
}

/// Faults of the release call.
fn release_fault(scale: &'static Scale) -> impl Strategy<Value = String> {
    let with_effect = vec![
        "reset",
        "hang",
        "500",
        "502",
        "503",
        "504",
        "html",
        "redirect",
        "html 200",
        "foreign 403",
        "foreign 499",
        "foreign 200",
        "bare 429",
        "bare 413",
        "UNDER-WAY",
        "error 400 REFUSED",
    ];
    let without = vec![
        "refuse",
        "cut",
        "broken-json",
        "empty",
        "twice",
        "throttle",
        "throttle busy",
        "error 400 BUSY",
        "throttle retry-after 1s",
        "error 400 REFUSED before",
    ];
    let fault = prop_oneof![
        6 => (select(with_effect), when(scale)).prop_map(|(fault, when)| format!("{fault} {when}")),
        3 => select(without).prop_map(str::to_owned),
        1 => (0..scale.latest / 2).prop_map(|down| format!("down {down}ms")),
        1 => (0..scale.slowest).prop_map(|slow| format!("slow {slow}ms")),
    ];
    (1..4_u32, fault).prop_map(|(which, fault)| format!("release {which}: {fault}"))
}

/// Faults of the status queries: few enough that looking up gets through.
fn status_fault(scale: &'static Scale) -> impl Strategy<Value = String> {
    let faults = vec![
        "refuse",
        "reset before",
        "hang before",
        "cut",
        "broken-json",
        "empty",
        "500",
        "502",
        "503",
        "504",
        "html",
        "html 200",
        "foreign 403",
        "foreign 200",
        "bare 429",
        "redirect",
        "throttle",
        "throttle retry-after 2s",
        "error 400 BUSY",
        "error 400 Whatever",
    ];
    let fault = prop_oneof![
        8 => select(faults).prop_map(str::to_owned),
        3 => (0..scale.behind).prop_map(|behind| format!("stale {behind}ms")),
        1 => (0..scale.slowest).prop_map(|slow| format!("slow {slow}ms")),
    ];
    (1..12_u32, 0..2_u32, fault).prop_map(|(first, more, fault)| {
        let last = first + more;
        format!("status {first}-{last}: {fault}")
    })
}

/// Somebody else does something around the call, or while its end is awaited.
fn somebody(scale: &'static Scale) -> impl Strategy<Value = String> {
    let deployer = sandbox::world::DEPLOYER_ID;
    let actions = [
        "releases artifact",
        "saves draft",
        "deletes draft",
        "publishes revision",
        "publishes revision 1720876959997924702",
        "packs nightly",
        "packs nightly of 5101,5102",
        "packs nightly of 5101,5102,5103",
        "deploys package",
        "deploys package 2301",
        "deploys package 2302",
        "withdraws package",
        "deletes package",
        "publishes extension",
        "deletes extension",
    ];
    let likewise = ["packs nightly of 5101,5102 for ", "packs nightly of 5103 for "];
    let likewise = likewise.map(|action| format!("{action}{deployer}"));
    let actions: Vec<String> = actions.into_iter().map(str::to_owned).chain(likewise).collect();
    let calls = select(vec!["status", "release", "release 2", "status 3"]);
    (calls, select(actions), 0..scale.latest)
        .prop_map(|(calls, action, after)| format!("{calls}: somebody {action} after {after}ms"))
}

fn fate() -> impl Strategy<Value = String> {
    let fates: Vec<_> = sandbox::fates().map(|(name, _)| name.to_owned()).collect();
    select(fates)
}
