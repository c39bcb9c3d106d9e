//! The whole story, in order.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::catalog::OPERATIONS;
use crate::ci::report::Report;
use crate::cloud::client::Client;
use crate::cloud::clock::Clock;
use crate::cloud::credentials;
use crate::config::Config;
use crate::error::Outcome;
use crate::error::{Error, Kind, Released, Signal};
use crate::http::proxy;
use crate::http::transport::{HttpTransport, Transport};
use crate::input::settings;
use crate::operation::Known;
use crate::process::env::Env;
use crate::process::log::Warnings;
use crate::process::random;
use crate::process::secrets;
use crate::process::signal::{OsSignals, Signals};
use crate::release::Release;
use crate::release::dry_run::DryRun;
use crate::text::redact::Redactor;

/// Makes the release that the environment asks for, tells of it, and returns the exit status.
#[must_use]
pub fn run(env: &Env, redactor: &Redactor, warnings: Warnings) -> u8 {
    register_secrets(env, redactor);
    let mut report = Report::new(env, redactor, warnings);
    let ended = release_step(env, redactor, &mut report);
    report.end(ended)
}

/// Learns every secret of the environment, before anything is written.
pub fn register_secrets(env: &Env, redactor: &Redactor) {
    let sources = OPERATIONS.iter().flat_map(|entry| entry.cloud.sources());
    credentials::secrets::register(env, sources, redactor);
    proxy::register_secrets(env, redactor);
    secrets::register(env, redactor);
}

fn release_step(env: &Env, redactor: &Redactor, report: &mut Report) -> Result<Outcome, Error> {
    let config = Config::read(env, redactor, report)?;
    report.release_hash = Some(config.release_hash.clone());
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| no_runtime(&error))?;
    // From here on a signal leaves its traces in the outputs.
    let mut signals = {
        let _inside = runtime.enter();
        OsSignals::listen().map_err(|error| no_runtime(&error))?
    };
    report.begin(&config.title())?;
    if config.settings.dry_run == settings::DryRun::True {
        let found = config.find_credentials((env, report.ci()), redactor);
        let dry_run = DryRun::new(config.spec, &*config.operation, &config.endpoint, config.settings.resume);
        return Ok(dry_run.offline(found.as_ref()).end(&mut report.outputs));
    }
    // Credentials are renewed beside what else is done.
    let ended =
        LocalSet::new().block_on(&runtime, ask_the_cloud(config, env, redactor, report, &mut signals));
    // A name look-up that hangs in a thread of its own must not hold the end up.
    runtime.shutdown_background();
    ended
}

async fn ask_the_cloud(
    mut config: Config,
    env: &Env,
    redactor: &Redactor,
    report: &mut Report,
    signals: &mut OsSignals,
) -> Result<Outcome, Error> {
    let title = config.title();
    let connect = config.settings.query_timeouts().connect;
    let transport: Rc<dyn Transport> =
        Rc::new(HttpTransport::new(std::mem::take(&mut config.network), connect));
    let clock = Rc::new(Clock::at(Timestamp::now()));
    let credentials = tokio::select! {
        biased;
        signal = signals.next() => return Err(cancelled(signal)),
        authenticated = config.authenticate((env, report.ci()), &transport, &clock, redactor) => authenticated?,
    };
    report.release_hash = Some(config.release_hash.clone());
    let client = Client {
        cloud: config.spec.cloud,
        endpoint: config.endpoint,
        credentials,
        redactor: redactor.clone(),
        transport,
        clock,
        next_query: Cell::default(),
    };
    let mut release = Release {
        spec: config.spec,
        operation: &*config.operation,
        client: &client,
        settings: &config.settings,
        title: &title,
        rng: fastrand::Rng::with_seed(random::seed()),
        outputs: report.outputs.clone(),
        journal: &mut *report,
        overload_delay: Duration::ZERO,
        known: Known::default(),
        released: Released::No,
    };
    let ended = match config.settings.dry_run {
        settings::DryRun::Online => release.dry_run(signals).await,
        _ => release.run(signals).await,
    };
    report.outputs = std::mem::take(&mut release.outputs);
    ended
}

fn cancelled(signal: Signal) -> Error {
    let error = Error::new(
        Kind::Cancelled(signal),
        format!("ended by {signal} before the call; nothing was released"),
    );
    Error { released: Released::No, ..error }
}

fn no_runtime(error: &std::io::Error) -> Error {
    Error::new(
        Kind::Inputs,
        format!("the operating system refuses what a network client needs: {error}; nothing was sent"),
    )
}
