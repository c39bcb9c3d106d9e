//! Runs in virtual time.

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
use release_step::cloud::credentials::source::{Context, Way};
use release_step::error::{Error, Kind, Released, Signal, exit};
use release_step::http::endpoint::Endpoint;
use release_step::input::common;
use release_step::input::settings::Settings;
use release_step::input::{self, Input, Values};
use release_step::operation::spec::OperationSpec;
use release_step::operation::{Known, Operation};
use release_step::output::Outputs;
use release_step::process::env::Env;
use release_step::process::signal::{NextSignal, Signals};
use release_step::release::Release;
use release_step::text::redact::Redactor;
use sandbox::{Sandbox, world};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, sleep_until};

use crate::cloud::Cloud;
use crate::history::{Life, Run, word};
use crate::schedule::{Inputs, Schedule};
use crate::truth;

/// When every virtual life begins.
pub(crate) const BEGINNING: &str = "2026-11-22T03:00:00Z";
/// Everything that comes late has come by then.
pub(crate) const LATEST: Duration = Duration::from_secs(10 * 60);

/// SIGTERM at a time, or when a request asks for it; once.
struct Arranged<'a> {
    at: Option<Instant>,
    cloud: &'a Cloud,
}

impl Signals for Arranged<'_> {
    fn next(&mut self) -> NextSignal<'_> {
        Box::pin(async {
            let at = self.at;
            let in_time = async || match at {
                // Whoever stops listening before the time must hear of it later.
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            };
            tokio::select! {
                () = in_time() => self.at = None,
                () = self.cloud.interrupts.signal.notified() => {}
            }
            Signal::Terminate
        })
    }
}

/// The output files of a job, with what a run has written to them.
#[derive(Default)]
pub(crate) struct Files {
    released: Option<Released>,
    outputs: BTreeMap<String, String>,
    /// When `yes` was written.
    released_at: Option<Instant>,
    /// Whether a run before may have made the release. A run that released nothing keeps that.
    earlier: bool,
    /// Whether the CI says that this is not the first attempt.
    is_rerun: bool,
    calls: bool,
}

impl Files {
    /// The same files, as the next run of the job begins with them.
    pub(crate) fn of_next_run(self, is_rerun: bool) -> Self {
        Self {
            released: Some(Released::No),
            earlier: self.earlier || matches!(self.released, Some(Released::Yes | Released::Unknown)),
            is_rerun,
            ..Self::default()
        }
    }

    fn write(&mut self, outputs: &Outputs, released: Released) {
        self.outputs = texts(outputs);
        self.outputs.insert("released".to_owned(), word(released));
        self.released = Some(released);
        // This run's own release is what counts from here on.
        self.earlier &= released == Released::No;
    }
}

impl Journal for Files {
    fn before_call(&mut self, outputs: &Outputs) -> Result<(), Error> {
        if !self.calls {
            self.calls = true;
            self.write(outputs, Released::Unknown);
        }
        Ok(())
    }

    fn released(&mut self, outputs: &Outputs) {
        self.write(outputs, Released::Yes);
        self.released_at = Some(Instant::now());
    }

    fn is_second_attempt(&self) -> bool {
        self.is_rerun || self.earlier
    }
}

/// One step, ready to run, as often as one likes.
pub(crate) struct Step {
    spec: &'static OperationSpec,
    operation: Box<dyn Operation>,
    settings: Settings,
    env: Env,
}

impl Step {
    pub(crate) fn new(operation: &str, inputs: &Inputs) -> Self {
        let (spec, values, env) = read(operation, inputs);
        let (operation, settings) = ((spec.build)(&values), values.into_struct());
        Self { spec, operation, settings, env }
    }

    /// One run against these clouds, until it ends or is killed.
    pub(crate) async fn run(
        &self,
        cloud: &Cloud,
        files: &mut Files,
        signal: Option<Duration>,
        seed: u64,
    ) -> Run {
        let client = client(self.spec, &self.env, cloud);
        let signal = signal.map(|signal| Instant::now() + signal);
        let (began, is_second_attempt) = (cloud.their_now(), files.is_second_attempt());
        let earlier = cloud.sandbox.borrow().requests().len();
        let mut release = Release {
            spec: self.spec,
            operation: &*self.operation,
            client: &client,
            settings: &self.settings,
            title: "the call",
            rng: fastrand::Rng::with_seed(seed),
            journal: &mut *files,
            overload_delay: Duration::ZERO,
            known: Known::default(),
            released: Released::No,
            outputs: Outputs::default(),
        };
        let mut signals = Arranged { at: signal, cloud };
        let ended = tokio::select! {
            biased;
            () = cloud.interrupts.kill.notified() => None,
            ended = release.run(&mut signals) => Some(ended),
        };
        let outputs = release.outputs.clone();
        drop(release);
        let end = Instant::now();
        let (exit_status, message) = match ended {
            None => (None, "killed".to_owned()),
            Some(Ok(_)) => {
                files.write(&outputs, Released::Yes);
                (Some(exit::DONE), String::new())
            }
            Some(Err(error)) => {
                files.write(&outputs, error.released);
                (Some(error.kind.exit_status()), error.to_string())
            }
        };
        let is_signal = exit_status == Some(Kind::Cancelled(Signal::Terminate).exit_status());
        let mut run = Run {
            began,
            ended: cloud.their_now(),
            requests: earlier..cloud.sandbox.borrow().requests().len(),
            settings: self.settings.clone(),
            exit_status,
            outputs: files.outputs.clone(),
            files: vec![files.outputs.clone()],
            waited: files.released_at.map(|at| end.duration_since(at)),
            message,
            after_signal: signal.filter(|_| is_signal).map(|signal| end.saturating_duration_since(signal)),
            is_second_attempt,
            is_done: false,
            is_there: false,
        };
        let sandbox = cloud.sandbox.borrow();
        run.is_done = truth::is_done(self.spec.name, &run, &sandbox);
        run.is_there = truth::is_there(self.spec.name, &run, &sandbox);
        run
    }
}

pub(crate) fn virtual_time<T>(living: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(living)
}

/// A sandbox that follows these lines.
pub(crate) fn arranged(script: &[String]) -> Sandbox {
    let mut sandbox = Sandbox::new();
    for line in script {
        sandbox.arrange(line).unwrap();
    }
    sandbox
}

/// All runs of a schedule, in virtual time.
pub(crate) fn in_virtual_time(schedule: &Schedule) -> Life {
    virtual_time(async {
        let cloud = Cloud::of(arranged(&schedule.script), BEGINNING.parse().unwrap());
        let step = Step::new(schedule.operation, &schedule.inputs);
        let mut files = Files::default().of_next_run(false);
        let first = match &schedule.kill {
            Some(kill) => cloud.clone().directed_by(kill.director()),
            None => cloud.clone(),
        };
        let mut runs = vec![step.run(&first, &mut files, schedule.signal, 1).await];
        if let Some(rerun) = &schedule.rerun {
            sleep(rerun.after).await;
            files = files.of_next_run(rerun.by_number);
            let step = Step::new(schedule.operation, &schedule.inputs_of_rerun());
            runs.push(step.run(&cloud, &mut files, None, 2).await);
        }
        sleep(LATEST).await;
        life(runs, &cloud)
    })
}

/// What there is to judge once everything has happened.
pub(crate) fn life(runs: Vec<Run>, cloud: &Cloud) -> Life {
    let mut sandbox = cloud.sandbox.borrow_mut();
    sandbox.settle(cloud.now());
    Life {
        runs,
        requests: sandbox.requests().to_vec(),
        effects: sandbox.effects().to_vec(),
        is_virtual: true,
    }
}

fn texts(outputs: &Outputs) -> BTreeMap<String, String> {
    outputs.iter().map(|(name, value)| (name.to_owned(), value.text())).collect()
}

/// The inputs of a run, as it reads them.
pub(crate) fn settings(operation: &str, inputs: &Inputs) -> Settings {
    read(operation, inputs).1.into_struct()
}

fn read(operation: &str, inputs: &Inputs) -> (&'static OperationSpec, Values, Env) {
    let entry = catalog::find(operation).unwrap();
    let inputs = world::inputs(operation).into_iter().chain(inputs.iter().cloned());
    let inputs = inputs.chain([("operation", operation.to_owned())]);
    let inputs = inputs.map(|(name, value)| (input::variable(name), value));
    let secrets = world::credentials(world::cloud(operation)).into_iter();
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
