//! A run in virtual time.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use release_step::catalog;
use release_step::ci::journal::Journal;
use release_step::cloud::client::Client;
use release_step::cloud::clock::Clock;
use release_step::cloud::credentials::chain;
use release_step::cloud::credentials::provider::CredentialsProvider;
use release_step::cloud::credentials::source::Context;
use release_step::cloud::credentials::source::Way;
use release_step::error::{Error, Kind, Released, Signal, exit};
use release_step::http::endpoint::Endpoint;
use release_step::input::common;
use release_step::input::settings::Settings;
use release_step::input::{self, Input, Values};
use release_step::operation::Known;
use release_step::operation::spec::OperationSpec;
use release_step::output::Outputs;
use release_step::process::env::Env;
use release_step::process::signal::{NextSignal, Signals};
use release_step::release::Release;
use release_step::text::redact::Redactor;
use sandbox::{Sandbox, world};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, sleep_until};

use crate::cloud::Cloud;
use crate::law::Life;
use crate::schedule::Schedule;

/// When every virtual run begins.
pub(crate) const BEGINNING: &str = "2026-11-22T03:00:00Z";

/// SIGTERM at a time, once.
pub(crate) struct At(pub(crate) Option<Instant>);

impl Signals for At {
    fn next(&mut self) -> NextSignal<'_> {
        Box::pin(async {
            match self.0 {
                Some(at) => {
                    // Whoever stops listening before the time must hear of it later.
                    sleep_until(at).await;
                    self.0 = None;
                    Signal::Terminate
                }
                None => std::future::pending().await,
            }
        })
    }
}

/// What was written down on the way.
#[derive(Default)]
struct Kept {
    /// Once the release was known to have landed, and when that was.
    released: Option<(BTreeMap<String, String>, Instant)>,
}

impl Journal for Kept {
    fn before_call(&mut self, _outputs: &Outputs) -> Result<(), Error> {
        Ok(())
    }

    fn released(&mut self, outputs: &Outputs) {
        self.released = Some((texts(outputs), Instant::now()));
    }

    fn is_second_attempt(&self) -> bool {
        false
    }
}

pub(crate) fn virtual_time<T>(living: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(living)
}

pub(crate) fn in_virtual_time(schedule: &Schedule) -> Life {
    virtual_time(async {
        let mut sandbox = Sandbox::new();
        for line in &schedule.script {
            sandbox.arrange(line).unwrap();
        }
        let cloud = Cloud::of(sandbox, BEGINNING.parse().unwrap());
        let life = live(schedule, &cloud, 1).await;
        let was_live = is_live(&cloud.sandbox.borrow(), cloud.now());
        sleep(Duration::from_secs(10 * 60)).await;
        let mut sandbox = cloud.sandbox.borrow_mut();
        sandbox.settle(cloud.now());
        let (requests, effects) = (sandbox.requests().to_vec(), sandbox.effects().to_vec());
        Life { requests, effects, was_live, is_live: is_live(&sandbox, cloud.now()), ..life }
    })
}

/// One run against these clouds; what they saw of it is not in it yet.
pub(crate) async fn live(schedule: &Schedule, cloud: &Cloud, seed: u64) -> Life {
    let (entry, values, env) = read(schedule);
    let (operation, settings): (_, Settings) = ((entry.build)(&values), values.into_struct());
    let client = client(entry, &env, cloud);
    let mut journal = Kept::default();
    let signal = schedule.signal.map(|signal| Instant::now() + signal);
    let mut release = Release {
        spec: entry,
        operation: &*operation,
        client: &client,
        settings: &settings,
        title: "the call",
        rng: fastrand::Rng::with_seed(seed),
        journal: &mut journal,
        overload_delay: Duration::ZERO,
        known: Known::default(),
        released: Released::No,
        outputs: Outputs::default(),
    };
    let ended = release.run(&mut At(signal)).await;
    let mut outputs = texts(&release.outputs);
    let (status, released, message) = match ended {
        Ok(_) => (exit::DONE, Released::Yes, String::new()),
        Err(error) => (error.kind.exit_status(), error.released, error.to_string()),
    };
    outputs.insert("released".to_owned(), released.as_str().to_owned());
    let end = Instant::now();
    let is_signal = status == Kind::Cancelled(Signal::Terminate).exit_status();
    Life {
        exit_status: status,
        outputs,
        kept: journal.released.map(|(outputs, at)| (outputs, end.duration_since(at))),
        message,
        after_signal: signal.filter(|_| is_signal).map(|signal| end.saturating_duration_since(signal)),
        requests: Vec::new(),
        effects: Vec::new(),
        is_virtual: true,
        was_live: false,
        is_live: false,
    }
}

/// Whether the new revision runs in every environment that is asked for.
pub(crate) fn is_live(sandbox: &Sandbox, now: jiff::Timestamp) -> bool {
    let routine = sandbox.alibaba.dcdn.routines.iter().find(|routine| routine.name == world::ROUTINE_NAME);
    let envs = ["production", "presetCanaryHongKong"];
    let live = |env| {
        routine.and_then(|routine| routine.live(env, now + sandbox.clock)) == Some(world::NEW_CODE_REVISION)
    };
    envs.into_iter().all(live)
}

fn texts(outputs: &Outputs) -> BTreeMap<String, String> {
    outputs.iter().map(|(name, value)| (name.to_owned(), value.text())).collect()
}

pub(crate) fn read(schedule: &Schedule) -> (&'static OperationSpec, Values, Env) {
    let entry = catalog::find(schedule.operation).unwrap();
    let inputs = world::inputs(schedule.operation).into_iter().chain(schedule.inputs.iter().cloned());
    let inputs = inputs.chain([("operation", schedule.operation.to_owned())]);
    let inputs = inputs.map(|(name, value)| (input::variable(name), value));
    let secrets = world::credentials(world::cloud(schedule.operation)).into_iter();
    let secrets = secrets.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let env: Env = inputs.chain(secrets).map(|(name, value)| (name.into(), value.into())).collect();
    let own = |input: &&Input| entry.inputs.iter().any(|own| own.name == input.name);
    let ours: Vec<&Input> = common::INPUTS.iter().filter(|input| !own(input)).chain(entry.inputs).collect();
    let known = input::Known::of(&ours);
    let (values, faults) = input::read(&env, &known, &Redactor::default());
    assert_eq!(faults, []);
    (entry, values, env)
}

/// The keys of the environment.
fn credentials(entry: &OperationSpec, env: &Env) -> CredentialsProvider {
    let found = chain::find(&Context::of(env), entry.cloud.sources()).unwrap();
    let Way::Ready(credentials) = found.way else { panic!("{} are no keys", found.name) };
    CredentialsProvider::fixed(found.name, credentials)
}

fn client(entry: &OperationSpec, env: &Env, cloud: &Cloud) -> Client {
    Client {
        cloud: entry.cloud,
        endpoint: Endpoint::parse("http://127.0.0.1:1").unwrap(),
        credentials: credentials(entry, env),
        redactor: Redactor::default(),
        transport: Rc::new(cloud.clone()),
        clock: Clock::at(cloud.now()).into(),
        next_query: Cell::default(),
    }
}
