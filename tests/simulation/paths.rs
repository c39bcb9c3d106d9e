//! Paths: every sequence of a few events from a small alphabet, for each operation, `if_released` and `if_lost`; none is
//! drawn by lot.
//!
//! An event meets the next request that it is about: a release call, or a status query. A path is followed by a run in
//! virtual time from its beginning, so that nothing but its events is kept. What cannot come is not followed: a path grows only
//! by requests that its run still makes. Two paths that lead to the same clouds, at the same time, with the same answers seen so
//! far, go on alike: only the first is followed further.
//!
//! `PATHS=5 cargo test --release --test simulation paths -- --nocapture` follows all of up to five events, on `THREADS=2`
//! threads, and prints how many there were; `PATHS_OF=deploy_packages` keeps to one operation. Each event more is about eight
//! times the paths; a path takes about a millisecond.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use release_step::catalog;
use release_step::cloud::Cloud as Vendor;
use release_step::error::CallError;
use release_step::http::Response;
use release_step::process::env::Env;
use sandbox::world::{ARTIFACT_ID, OPERATIONS, PACKAGE_IDS};
use sandbox::{Calls, Request, Rule, Sandbox};
use tokio::time::sleep;

use crate::cloud::{Cloud, Director, Incident, Phase};
use crate::history::Life;
use crate::invariants;
use crate::run::{self, BEGINNING, Files, LATEST, Step, arranged, virtual_time};
use crate::schedule::{Inputs, Schedule};

/// How long after a kill the job runs again.
const PAUSE: Duration = Duration::from_secs(5);
/// How much later an effect comes that is late: within `settle_time`, and after it.
const LATE: [&str; 2] = ["reset late 35s", "reset late 100s"];

/// Something that one request meets.
struct Event {
    /// What it is, for people.
    name: &'static str,
    /// Which requests it is about.
    calls: Calls,
    /// The fault, in the sandbox's words; `SOMEBODY` is what a second publisher does.
    fault: &'static str,
    interrupt: Interrupt,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Interrupt {
    None,
    Kill(Phase),
    Signal,
}

const fn event(name: &'static str, calls: Calls, fault: &'static str) -> Event {
    Event { name, calls, fault, interrupt: Interrupt::None }
}

const fn kill(name: &'static str, calls: Calls, fault: &'static str, phase: Phase) -> Event {
    Event { interrupt: Interrupt::Kill(phase), ..event(name, calls, fault) }
}

const fn signal(name: &'static str, calls: Calls, fault: &'static str) -> Event {
    Event { interrupt: Interrupt::Signal, ..event(name, calls, fault) }
}

use Calls::{Release, Status};

static ALPHABET: [Event; 22] = [
    event("lost before the effect", Release, "reset before"),
    event("lost after the effect", Release, "reset after"),
    event("lost, late effect", Release, LATE[0]),
    event("lost, too late effect", Release, LATE[1]),
    event("throttled", Release, "throttle"),
    event("foreign no, no effect", Release, "foreign 403"),
    event("foreign no, effect", Release, "foreign 403 after"),
    event("the vendor's no", Release, "REFUSED"),
    event("2xx unreadable", Release, "empty"),
    event("delivered twice", Release, "twice"),
    event("second publisher after the call", Release, "SOMEBODY"),
    kill("killed, no effect", Release, "reset before", Phase::During),
    kill("killed, effect", Release, "reset after", Phase::During),
    kill("killed, late effect", Release, LATE[0], Phase::During),
    signal("signal", Release, "slow 1s"),
    signal("signal, lost after the effect", Release, "hang after"),
    event("status unavailable", Status, "503"),
    event("status unreadable", Status, "html 200"),
    event("status behind", Status, "stale 30s"),
    event("second publisher", Status, "SOMEBODY"),
    kill("killed", Status, "", Phase::Before),
    signal("signal", Status, ""),
];

/// A path: the places of its events in the alphabet.
type Path = Vec<u8>;

/// What is the same for many paths.
struct Terms {
    operation: &'static str,
    inputs: Inputs,
    script: Vec<String>,
    sandbox: Sandbox,
    /// What each event lets its request meet.
    rules: Vec<Vec<Rule>>,
    vendor: &'static dyn Vendor,
    /// The first run, and those after a kill.
    steps: Vec<Step>,
}

impl Terms {
    fn new(operation: &'static str, if_released: &str, if_lost: &str, most: usize) -> Self {
        let usual = [
            ("wait", "true"),
            ("wait_timeout", "45s"),
            ("poll_interval", "15s"),
            ("settle_time", "60s"),
            ("retry_timeout", "3m"),
            ("release_timeout", "30s"),
            ("request_timeout", "10s"),
            ("if_lost", if_lost),
        ];
        let usual: Inputs = usual.map(|(name, value)| (name, value.to_owned())).to_vec();
        let with = |wish: (&'static str, &str), run: usize| {
            let token = (operation == "release_artifact").then(|| ("client_token", format!("run-{run}")));
            let wish = (wish.0, wish.1.to_owned());
            usual.iter().cloned().chain([wish]).chain(token).collect::<Inputs>()
        };
        let first = with(("if_released", if_released), 0);
        let again = if if_released == "fail" { ("resume", "true") } else { ("if_released", "adopt") };
        let reruns = (1..=most.max(1)).map(|run| Step::new(operation, &with(again, run)));
        let script = vec!["pace 8s".to_owned()];
        Self {
            operation,
            sandbox: small(arranged(&script)),
            vendor: catalog::find(operation).unwrap().cloud,
            rules: ALPHABET.iter().map(|event| rules(event, operation)).collect(),
            steps: std::iter::once(Step::new(operation, &first)).chain(reruns).collect(),
            inputs: first,
            script,
        }
    }

    /// The path as a schedule, to be judged and shown.
    fn schedule(&self, path: &Path) -> Schedule {
        let events = path.iter().map(|event| &ALPHABET[usize::from(*event)]);
        let told = events.map(|event| format!("{:?}: {}: {}", event.calls, event.name, event.fault));
        let schedule = Schedule::new(self.operation, self.inputs.clone(), self.script.clone());
        Schedule { events: told.collect(), ..schedule }
    }

    /// Follows a path, and everything after it as it should be.
    fn follow(&self, path: &Path) -> (Life, Rc<Follower>) {
        let follower = Rc::new(Follower::new(path.clone(), self.rules.clone(), self.vendor));
        let director = Rc::clone(&follower);
        let life = virtual_time(async {
            let cloud = Cloud::of(self.sandbox.clone(), BEGINNING.parse().unwrap()).directed_by(director);
            let (mut files, mut runs) = (Files::default(), Vec::new());
            for step in &self.steps {
                files = files.of_next_run(false);
                let run = step.run(&cloud, &mut files, None, 1).await;
                let was_killed = run.exit_status.is_none();
                runs.push(run);
                if !was_killed {
                    break;
                }
                sleep(PAUSE).await;
            }
            sleep(LATEST).await;
            run::life(runs, &cloud)
        });
        (life, follower)
    }
}

/// The same clouds without what no path asks for.
fn small(mut sandbox: Sandbox) -> Sandbox {
    let factory = &mut sandbox.huawei.factory;
    factory.packages.retain(|package| PACKAGE_IDS.contains(&&*package.id.to_string()));
    let packages: Vec<u64> = factory.packages.iter().map(|package| package.id).collect();
    factory.items.retain(|item| item.package.is_none_or(|package| packages.contains(&package)));
    sandbox.alibaba.compute_nest.artifacts.retain(|artifact| artifact.id == ARTIFACT_ID);
    sandbox
}

/// What the event lets its request meet.
fn rules(event: &Event, operation: &str) -> Vec<Rule> {
    let (somebody, refused) = match operation {
        "release_artifact" => ("releases artifact", "EntityNotExist.ArtifactVersion"),
        "publish_routine_code_revision" => ("publishes revision", "EdgeRoutine.GeneralError"),
        "release_package" => ("packs nightly of 5101,5102", "DLF.3051"),
        "deploy_packages" => ("deploys package 2301", "DLF.0810"),
        _ => ("publishes extension", "DEVCP.00014004"),
    };
    let fault = match event.fault {
        "" => return Vec::new(),
        "SOMEBODY" => format!("somebody {somebody}"),
        "REFUSED" => format!("error 400 {refused}"),
        fault => fault.to_owned(),
    };
    vec![format!("any: {fault}").parse().unwrap()]
}

/// Lets requests meet the events of a path, and notes where more could follow.
struct Follower {
    path: Path,
    rules: Vec<Vec<Rule>>,
    vendor: &'static dyn Vendor,
    /// How many events were met.
    met: Cell<usize>,
    /// The answers so far, and when they came.
    seen: RefCell<DefaultHasher>,
    /// When late effects come.
    coming: RefCell<Vec<Timestamp>>,
    /// The state in which a status query, and a release call, comes next after the last event.
    next: [Cell<Option<u64>>; 2],
}

impl Follower {
    fn new(path: Path, rules: Vec<Vec<Rule>>, vendor: &'static dyn Vendor) -> Self {
        Self {
            path,
            rules,
            vendor,
            met: Cell::new(0),
            seen: RefCell::default(),
            coming: RefCell::default(),
            next: [Cell::new(None), Cell::new(None)],
        }
    }

    /// Everything on which it depends how the run and the clouds go on.
    fn state(&self, cloud: &Cloud, calls: Calls) -> u64 {
        let mut hash = self.seen.borrow().clone();
        let now = cloud.now();
        let sandbox = cloud.sandbox.borrow();
        for effect in sandbox.effects() {
            (effect.operation, &effect.id, effect.at, effect.called).hash(&mut hash);
        }
        let coming = self.coming.borrow();
        coming.iter().filter(|at| **at > now).for_each(|at| at.hash(&mut hash));
        (now, calls == Release).hash(&mut hash);
        hash.finish()
    }

    fn note(&self, cloud: &Cloud, calls: Calls) {
        let next = &self.next[usize::from(calls == Release)];
        if next.get().is_none() {
            next.set(Some(self.state(cloud, calls)));
        }
    }
}

impl Director for Follower {
    fn incident(&self, cloud: &Cloud, request: &Request) -> Incident {
        let calls = if Release.include_request(request) { Release } else { Status };
        let Some(place) = self.path.get(self.met.get()).map(|place| usize::from(*place)) else {
            self.note(cloud, calls);
            return Incident::default();
        };
        let event = &ALPHABET[place];
        if event.calls != calls {
            return Incident::default();
        }
        self.met.set(self.met.get() + 1);
        if let Some(late) = event.fault.strip_prefix("reset late ") {
            let late: SignedDuration = late.parse().unwrap();
            self.coming.borrow_mut().push(cloud.now() + late);
        }
        let kill = match event.interrupt {
            Interrupt::Kill(phase) => Some(phase),
            _ => None,
        };
        // A process that begins anew has seen nothing, but the files of the one before.
        (kill.is_some(), event.interrupt == Interrupt::Signal).hash(&mut *self.seen.borrow_mut());
        Incident { faults: self.rules[place].clone(), kill, signal: event.interrupt == Interrupt::Signal }
    }

    /// What the release goes by: answers that are read alike are alike.
    fn answered(&self, answer: &Result<Response, CallError>) {
        let mut seen = self.seen.borrow_mut();
        let read = match answer {
            Ok(response) => self.vendor.read(response),
            Err(failed) => Err(failed.clone()),
        };
        match read {
            Ok(mut response) => {
                if let Some(body) = response.body.as_object_mut() {
                    body.remove("RequestId");
                }
                response.body.to_string().hash(&mut *seen);
            }
            Err(failed) => {
                let class = format!("{:?} {:?}", failed.class, failed.answer.code);
                (class, failed.is_overload(), failed.is_permanent, failed.retry_after).hash(&mut *seen);
            }
        }
    }
}

/// How many paths were followed.
#[derive(Default)]
struct Counts {
    /// By their number of events.
    followed: Vec<usize>,
    /// Ends of paths after which others had gone on alike.
    alike: usize,
    broken: Vec<String>,
}

/// Follows every path of up to `most` events.
fn explore(terms: &Terms, most: usize) -> Counts {
    let mut counts = Counts::default();
    let (mut paths, mut known) = (vec![Path::new()], HashSet::new());
    for events in 0..=most {
        counts.followed.push(paths.len());
        let mut longer = Vec::new();
        for path in &paths {
            let (life, follower) = terms.follow(path);
            if let Some(broken) = invariants::broken(&terms.schedule(path), &life) {
                counts.broken.push(broken);
                continue;
            }
            if events == most {
                continue;
            }
            for (calls, next) in [Status, Release].into_iter().zip(&follower.next) {
                let Some(state) = next.get() else { continue };
                if !known.insert(state) {
                    counts.alike += 1;
                    continue;
                }
                let is_about = |place: &usize| ALPHABET[*place].calls == calls;
                let events = (0..ALPHABET.len()).filter(is_about);
                longer.extend(events.map(|place| [&path[..], &[u8::try_from(place).unwrap()]].concat()));
            }
        }
        paths = longer;
    }
    counts
}

/// Every combination of an operation and the inputs that the rule goes by.
fn all_terms() -> Vec<(&'static str, &'static str, &'static str)> {
    let wanted = Env::snapshot().get("PATHS_OF").map(str::to_owned);
    let mut all = Vec::new();
    for operation in OPERATIONS.into_iter().filter(|name| wanted.as_ref().is_none_or(|wanted| wanted == name))
    {
        for if_released in ["again", "adopt", "fail"] {
            let may_repeat = ["release_artifact", "publish_routine_code_revision"].contains(&operation);
            // Where a repetition does no harm, `if_lost` has no effect.
            let if_lost: &[&str] = if may_repeat { &["stop"] } else { &["stop", "resend"] };
            all.extend(if_lost.iter().map(|if_lost| (operation, if_released, *if_lost)));
        }
    }
    all
}

/// Follows every path on these terms, and says how many there were.
#[expect(clippy::print_stdout, reason = "an hour's work shows how far it is")]
fn follow_all(terms: (&'static str, &str, &str), given: Option<usize>, began: Instant) -> Counts {
    let (operation, if_released, if_lost) = terms;
    // A sample: two events where a second run does what the first one did.
    let most = given.unwrap_or(if if_released == "adopt" { 2 } else { 1 });
    let counts = explore(&Terms::new(operation, if_released, if_lost, most), most);
    let Counts { followed, alike, broken } = &counts;
    let (sum, broken) = (followed.iter().sum::<usize>(), broken.len());
    let seconds = began.elapsed().as_secs();
    println!(
        "{operation}, {if_released}, {if_lost}: {sum} paths, {followed:?} by events; {alike} ends alike, {broken} broken; {seconds} s"
    );
    counts
}

#[test]
fn the_law_holds_on_every_path() {
    let given = Env::snapshot().get("PATHS").map(|most| most.parse().unwrap());
    let (all, next, began) = (all_terms(), AtomicUsize::new(0), Instant::now());
    let broken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..crate::count("THREADS", 2) {
            scope.spawn(|| {
                while let Some(terms) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let counts = follow_all(*terms, given, began);
                    broken.lock().unwrap().extend(counts.broken.into_iter().take(3));
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}
