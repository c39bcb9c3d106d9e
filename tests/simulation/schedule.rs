//! What can go wrong, drawn at random.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use sandbox::world::OPERATIONS;

/// What is asked of release-step, and what it meets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) operation: &'static str,
    /// Names and values, beside those that the operation needs.
    pub(crate) inputs: Vec<(&'static str, String)>,
    /// Lines of the sandbox's script.
    pub(crate) script: Vec<String>,
    /// SIGTERM comes then.
    pub(crate) signal: Option<Duration>,
}

/// How long things take.
pub(crate) struct Scale {
    /// Effects land no later than this. With `pace` it is below `settle_time`, in which a release must show.
    latest: u64,
    slowest: u64,
    /// A step of a release takes no longer than this.
    pace: u64,
    signal: u64,
    /// Inputs that fit to these times.
    inputs: &'static [(&'static str, &'static str)],
}

/// Times in milliseconds, as users have them: the inputs' defaults.
pub(crate) static VIRTUAL: Scale =
    Scale { latest: 40_000, slowest: 5_000, pace: 45_000, signal: 400_000, inputs: &[] };

/// Times in milliseconds that a test can wait for.
pub(crate) static REAL: Scale = Scale {
    latest: 1_500,
    slowest: 300,
    pace: 1_500,
    signal: 5_000,
    inputs: &[
        ("poll_interval", "100ms"),
        ("poll_max_interval", "500ms"),
        ("request_timeout", "1s"),
        ("release_timeout", "1s"),
        ("settle_time", "4s"),
        ("retry_timeout", "20s"),
        ("wait_timeout", "30s"),
    ],
};

pub(crate) fn schedules(scale: &'static Scale) -> impl Strategy<Value = Schedule> {
    let inputs =
        (any::<bool>(), select(vec!["again", "again", "adopt"]), select(vec!["", "", "", "0", "2s"]));
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
        let (wait, if_released, wait_timeout) = inputs;
        let mut inputs: Vec<_> =
            scale.inputs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        inputs.extend([("wait", wait.to_string()), ("if_released", if_released.to_owned())]);
        if !wait_timeout.is_empty() {
            inputs.retain(|(name, _)| *name != "wait_timeout");
            inputs.push(("wait_timeout", wait_timeout.to_owned()));
        }
        let (release, status, somebody, fate, clock, pace) = faults;
        let mut script: Vec<String> = Vec::new();
        // What never shows cannot be looked up.
        let never_shows = |fate: &&str| ["extension=stuck", "routine=stuck"].contains(fate);
        let fate = fate.filter(|fate| release.is_empty() || !never_shows(&&**fate));
        script.extend(fate.map(|fate| format!("fate {fate}")));
        // These show at once that they were released, and may take longer to be done.
        let shows = ["release_artifact", "release_package"].contains(&operation);
        script.push(format!("pace {}ms", if shows { 5 * pace } else { pace }));
        script.extend(clock.map(str::to_owned));
        script.extend(release.into_iter().chain(status).chain(somebody).map(|rule| format!("fault {rule}")));
        Schedule { operation, inputs, script, signal: signal.map(Duration::from_millis) }
    })
}

/// Faults of the release call. A late effect lands before "not there" is believed.
fn release_fault(scale: &'static Scale) -> impl Strategy<Value = String> {
    let when = prop_oneof![
        Just("before".to_owned()),
        Just("after".to_owned()),
        (0..scale.latest).prop_map(|late| format!("late {late}ms")),
    ];
    let with_effect =
        select(vec!["reset", "hang", "500", "502", "503", "504", "html", "redirect", "html 200"]);
    let fault = prop_oneof![
        6 => (with_effect, when).prop_map(|(fault, when)| format!("{fault} {when}")),
        3 => select(vec!["refuse", "cut", "broken-json", "empty", "throttle", "throttle busy", "backend-timeout after",
            "throttle retry-after 1s", "error 400 InvalidParameter before"]).prop_map(str::to_owned),
        1 => (0..scale.latest).prop_map(|down| format!("down {down}ms")),
        1 => (0..scale.slowest).prop_map(|slow| format!("slow {slow}ms")),
    ];
    (1..4_u32, fault).prop_map(|(which, fault)| format!("release {which}: {fault}"))
}

/// Faults of the status queries: few enough that looking up gets through.
fn status_fault(scale: &'static Scale) -> impl Strategy<Value = String> {
    let fault = prop_oneof![
        8 => select(vec!["refuse", "reset before", "hang before", "cut", "broken-json", "empty", "500", "502", "503",
            "504", "html", "html 200", "redirect", "throttle", "throttle retry-after 2s", "error 400 Whatever"])
            .prop_map(str::to_owned),
        1 => (0..scale.slowest).prop_map(|slow| format!("slow {slow}ms")),
    ];
    (1..12_u32, 0..2_u32, fault).prop_map(|(first, more, fault)| {
        let last = first + more;
        format!("status {first}-{last}: {fault}")
    })
}

/// Somebody else does something around the call, or while its end is awaited.
fn somebody(scale: &'static Scale) -> impl Strategy<Value = String> {
    let action = select(vec![
        "releases artifact",
        "saves draft",
        "deletes draft",
        "publishes revision",
        "packs nightly",
        "deploys package",
        "withdraws package",
        "deletes package",
        "publishes extension",
        "deletes extension",
    ]);
    let calls = select(vec!["status", "release", "release 2", "status 3"]);
    (calls, action, 0..scale.latest)
        .prop_map(|(calls, action, after)| format!("{calls}: somebody {action} after {after}ms"))
}

fn fate() -> impl Strategy<Value = String> {
    let fates: Vec<_> = sandbox::fates().map(|(name, _)| name.to_owned()).collect();
    select(fates)
}
