//! The whole story, in order.

use tokio::runtime::Builder;

use crate::catalog::OPERATIONS;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::log::Warnings;
use crate::plan::Plan;
use crate::release::release;
use crate::report::Report;
use crate::secret::Redactor;
use crate::session::Session;
use crate::signal::Signals;
use crate::transport::Http;
use crate::{credentials, network};

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

fn release_step(env: &Env, redactor: &Redactor, report: &mut Report) -> Result<(), Error> {
    let plan = Plan::read(env, redactor, report)?;
    report.outputs = plan.operation.known_before();
    let title = plan.title();
    report.begin(&title)?;

    let credentials = credentials::find(env, plan.entry.cloud.sources())?;
    let session = Session {
        cloud: plan.entry.cloud,
        exchange: Http::new(&plan.network, plan.endpoint.host(), plan.limits.connect).map_err(no_client)?,
        endpoint: plan.endpoint,
        credentials,
        redactor: redactor.clone(),
    };

    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| no_runtime(&error))?;
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen().map_err(|error| no_runtime(&error))?;
        tracing::info!("calling {title}");
        release(&*plan.operation, &session, plan.limits, &mut signals, &mut report.outputs).await
    });
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
