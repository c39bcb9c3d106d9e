//! The whole story, in order.

use std::cell::Cell;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Builder;

use crate::catalog::OPERATIONS;
use crate::ci::report::Report;
use crate::cloud::client::Session;
use crate::cloud::clock::Clock;
use crate::cloud::credentials;
use crate::config::Plan;
use crate::error::{Error, Kind, Released};
use crate::http::network;
use crate::http::transport::Http;
use crate::operation::Known;
use crate::process::env::Env;
use crate::process::log::Warnings;
use crate::process::random;
use crate::process::signal::Signals;
use crate::release::context::{Course, Outcome};
use crate::text::redact::Redactor;

/// Makes the release that the environment asks for, tells of it, and returns the exit status.
#[must_use]
pub fn run(env: &Env, redactor: &Redactor, warnings: Warnings) -> u8 {
    let sources = OPERATIONS.iter().flat_map(|entry| entry.cloud.sources());
    credentials::remember(env, sources, redactor);
    network::remember(env, redactor);

    let mut report = Report::new(env, redactor, warnings);
    let ended = release_step(env, redactor, &mut report);
    report.end(ended)
}

fn release_step(env: &Env, redactor: &Redactor, report: &mut Report) -> Result<Outcome, Error> {
    let plan = Plan::read(env, redactor, report)?;
    report.outputs = plan.operation.known_before(None);
    let title = plan.title();
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| no_runtime(&error))?;
    // From here on a signal leaves its traces in the outputs.
    let mut signals = {
        let _inside = runtime.enter();
        Signals::listen().map_err(|error| no_runtime(&error))?
    };
    report.begin(&title)?;

    let credentials = credentials::find(env, plan.entry.cloud.sources())?;
    let limits = plan.rules.of_query();
    let session = Session {
        cloud: plan.entry.cloud,
        exchange: Http::new(&plan.network, plan.endpoint.host(), limits.connect).map_err(no_client)?,
        endpoint: plan.endpoint,
        credentials,
        redactor: redactor.clone(),
        clock: Clock::at(Timestamp::now()),
        next_query: Cell::default(),
    };

    let mut outputs = report.outputs.clone();
    let ended = runtime.block_on(async {
        let mut course = Course {
            operation: &*plan.operation,
            session: &session,
            rules: &plan.rules,
            title: &title,
            chance: fastrand::Rng::with_seed(random::seed()),
            keep: &mut |outputs| report.keep(outputs),
            pushed_back: Duration::ZERO,
            known: Known::default(),
            released: Released::No,
            outputs: outputs.clone(),
        };
        let ended = course.run(&mut signals).await;
        outputs = course.outputs;
        ended
    });
    report.outputs = outputs;
    // A name look-up that hangs in a thread of its own must not hold the end up.
    runtime.shutdown_background();
    ended
}

fn no_client(error: reqwest::Error) -> Error {
    Error::new(
        Kind::Inputs,
        format!("the HTTP client cannot be set up: {}; nothing was sent", error.without_url()),
    )
}

fn no_runtime(error: &std::io::Error) -> Error {
    Error::new(
        Kind::Inputs,
        format!("the operating system refuses what a network client needs: {error}; nothing was sent"),
    )
}
