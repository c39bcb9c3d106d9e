//! The whole story, in order.

use std::cell::Cell;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Builder;

use crate::catalog::OPERATIONS;
use crate::ci::report::Report;
use crate::cloud::client::Client;
use crate::cloud::clock::Clock;
use crate::cloud::credentials;
use crate::config::Config;
use crate::error::Outcome;
use crate::error::{Error, Kind, Released};
use crate::http::proxy;
use crate::http::transport::HttpTransport;
use crate::operation::Known;
use crate::process::env::Env;
use crate::process::log::Warnings;
use crate::process::random;
use crate::process::signal::OsSignals;
use crate::release::Release;
use crate::text::redact::Redactor;

/// Makes the release that the environment asks for, tells of it, and returns the exit status.
#[must_use]
pub fn run(env: &Env, redactor: &Redactor, warnings: Warnings) -> u8 {
    let sources = OPERATIONS.iter().flat_map(|entry| entry.cloud.sources());
    credentials::register_secrets(env, sources, redactor);
    proxy::register_secrets(env, redactor);

    let mut report = Report::new(env, redactor, warnings);
    let ended = release_step(env, redactor, &mut report);
    report.end(ended)
}

fn release_step(env: &Env, redactor: &Redactor, report: &mut Report) -> Result<Outcome, Error> {
    let config = Config::read(env, redactor, report)?;
    report.release_hash = Some(config.release_hash.clone());
    let title = config.title();
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| no_runtime(&error))?;
    // From here on a signal leaves its traces in the outputs.
    let mut signals = {
        let _inside = runtime.enter();
        OsSignals::listen().map_err(|error| no_runtime(&error))?
    };
    report.begin(&title)?;

    let credentials = credentials::find(env, config.spec.cloud.sources())?;
    let limits = config.settings.query_timeouts();
    let client = Client {
        cloud: config.spec.cloud,
        transport: Box::new(HttpTransport::new(config.network, limits.connect)),
        endpoint: config.endpoint,
        credentials,
        redactor: redactor.clone(),
        clock: Clock::at(Timestamp::now()),
        next_query: Cell::default(),
    };

    let mut outputs = report.outputs.clone();
    let ended = runtime.block_on(async {
        let mut release = Release {
            spec: config.spec,
            operation: &*config.operation,
            client: &client,
            settings: &config.settings,
            title: &title,
            rng: fastrand::Rng::with_seed(random::seed()),
            journal: &mut *report,
            overload_delay: Duration::ZERO,
            known: Known::default(),
            released: Released::No,
            outputs: outputs.clone(),
        };
        let ended = release.run(&mut signals).await;
        outputs = release.outputs;
        ended
    });
    report.outputs = outputs;
    // A name look-up that hangs in a thread of its own must not hold the end up.
    runtime.shutdown_background();
    ended
}

fn no_runtime(error: &std::io::Error) -> Error {
    Error::new(
        Kind::Inputs,
        format!("the operating system refuses what a network client needs: {error}; nothing was sent"),
    )
}
