//! `dry_run`: what would be sent, and, where that is asked for, what the cloud says to it now. The release call is never sent.
//!
//! Each check is marked by what it proves at that moment. Only the call itself can prove the rest.

use serde_json::{Map, Value, json};

use super::context::Release;
use super::decide::Begin;
use super::errors;
use super::interrupt::or_signal;
use super::preflight::{self, Checked};
use crate::cloud::query::{Responses, Stop};
use crate::error::{Error, Outcome};
use crate::http::Request;
use crate::http::endpoint::Endpoint;
use crate::operation::spec::OperationSpec;
use crate::operation::{Known, Operation};
use crate::output::Outputs;
use crate::process::signal::Signals;
use crate::text::encode::encode_pairs;
use crate::text::sanitize;

/// What a dry run has found out.
pub struct DryRun {
    checks: Vec<Check>,
    requests: Vec<(&'static str, Value)>,
    permissions: &'static [&'static str],
    would: Option<String>,
}

/// One thing that a release needs.
struct Check {
    what: String,
    verdict: Verdict,
}

/// What is known of it now.
#[derive(Clone, Copy)]
enum Verdict {
    /// It is so, at this moment.
    Proved,
    /// This dry run did not look.
    NotProved,
    /// No query tells it: only the call itself.
    OnlyTheCloud,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::NotProved => "not proved",
            Self::OnlyTheCloud => "only the cloud can tell",
        }
    }
}

impl DryRun {
    /// What is known without sending anything.
    #[must_use]
    pub fn new(spec: &OperationSpec, operation: &dyn Operation, endpoint: &Endpoint, resumes: bool) -> Self {
        let mut requests = Vec::new();
        let known = Known::default();
        if let Err(Stop::Request(status)) = operation.status(&known, &mut Responses::new(&[])) {
            requests.push(("status", shown(&status, endpoint)));
        }
        if !resumes {
            requests.push(("release", shown(&operation.release(&known), endpoint)));
        }
        let mut dry_run = Self { checks: Vec::new(), requests, permissions: spec.permissions, would: None };
        dry_run.check("the inputs, and the places for outputs", Verdict::Proved);
        dry_run
    }

    /// Nothing leaves this machine: whether there are credentials is seen in its environment.
    #[must_use]
    pub fn offline(mut self, credentials: Result<&(), &Error>) -> Self {
        let found = credentials.is_ok();
        if let Err(error) = credentials {
            tracing::warn!("{}", error.message());
        }
        let verdict = if found { Verdict::Proved } else { Verdict::NotProved };
        self.check("credentials are set", verdict);
        for open in ["the credentials are valid", "the endpoint is reached", "the status query is permitted"]
        {
            self.check(open, Verdict::NotProved);
        }
        self.only_the_cloud();
        self
    }

    async fn online(mut self, release: &mut Release<'_>, signals: &mut dyn Signals) -> Result<Self, Error> {
        let checked = or_signal(release, signals, preflight::check).await?;
        for proved in ["the credentials are valid", "the endpoint is reached"] {
            self.check(proved, Verdict::Proved);
        }
        let is_known = !matches!(checked.begin, Begin::CallWithoutBaseline);
        let verdict = if is_known { Verdict::Proved } else { Verdict::NotProved };
        self.check("the status query is permitted", verdict);
        self.would = Some(would(release, &checked)?);
        self.only_the_cloud();
        Ok(self)
    }

    fn check(&mut self, what: &str, verdict: Verdict) {
        self.checks.push(Check { what: what.to_owned(), verdict });
    }

    fn only_the_cloud(&mut self) {
        for open in ["the release call is permitted", "the release call is accepted"] {
            self.check(open, Verdict::OnlyTheCloud);
        }
    }

    /// Shows it to people, and in `result`.
    #[must_use]
    pub fn end(self, outputs: &mut Outputs) -> Outcome {
        for (name, request) in &self.requests {
            log_request(name, request);
        }
        tracing::info!("permissions that it needs: {}", self.permissions.join("; "));
        for Check { what, verdict } in &self.checks {
            tracing::info!("{}: {what}", verdict.as_str());
        }
        if let Some(would) = &self.would {
            tracing::info!("now: {would}");
        }
        let checks = self.checks.iter().map(|check| json!({check.what.as_str(): check.verdict.as_str()}));
        let mut result = Map::new();
        result.insert("checks".to_owned(), checks.collect());
        result.insert("permissions".to_owned(), json!(self.permissions));
        result.extend(self.requests.iter().map(|(name, request)| ((*name).to_owned(), request.clone())));
        result.extend(self.would.map(|would| ("would".to_owned(), Value::from(would))));
        outputs.set_in_result("dry_run", Value::Object(result));
        Outcome::DryRun
    }
}

impl Release<'_> {
    /// Asks for the status as a release would, and reports what it would do now. The release call is not sent.
    pub async fn dry_run(&mut self, signals: &mut dyn Signals) -> Result<Outcome, Error> {
        let (endpoint, resumes) = (&self.client.endpoint, self.settings.resume);
        let dry_run = DryRun::new(self.spec, self.operation, endpoint, resumes);
        let looked = dry_run.online(self, signals).await?;
        Ok(looked.end(&mut self.outputs))
    }
}

/// A request as it would be sent, without what authorises it.
fn shown(request: &Request, endpoint: &Endpoint) -> Value {
    let headers =
        request.headers.iter().map(|header| (header.name.to_string(), Value::from(header.expose())));
    let url = endpoint.url(&request.path, &encode_pairs(&request.query));
    let mut shown = Map::new();
    shown.insert("method".to_owned(), request.method.to_string().into());
    shown.insert("url".to_owned(), url.into());
    shown.insert("headers".to_owned(), Value::Object(headers.collect()));
    if !request.body.expose().is_empty() {
        shown.insert("body".to_owned(), request.body.expose().into());
    }
    Value::Object(shown)
}

fn log_request(name: &str, request: &Value) {
    let text = |field: &str| request.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let call = if name == "release" { "the call that would be sent" } else { "the status query" };
    tracing::info!("{call}: {} {}", text("method"), sanitize::line(&text("url")));
    for (header, value) in request.get("headers").and_then(Value::as_object).into_iter().flatten() {
        tracing::info!("  {header}: {}", sanitize::line(value.as_str().unwrap_or_default()));
    }
    let body = text("body");
    if !body.is_empty() {
        tracing::info!("  {}", sanitize::line(&body));
    }
}

/// What a release would do now, for a dry run; what would end it before the call is its error.
fn would(release: &Release<'_>, checked: &Checked) -> Result<String, Error> {
    let preview = || release.operation.preview(&checked.baseline);
    let status = checked.status.as_ref();
    let state = || status.map_or_else(String::new, |status| errors::in_words(&status.state));
    match checked.begin {
        Begin::Call => match release.operation.refused_by_baseline(&checked.baseline) {
            Some((input, problem)) => Err(errors::refused_by_baseline(input, &problem)),
            None => Ok(preview()),
        },
        Begin::CallForRest => Ok(format!("released {}: would release the rest; {}", state(), preview())),
        Begin::CallWithoutBaseline => Ok(errors::no_baseline(release, &checked.seen)),
        Begin::Existing => Ok(format!("it is there ({}): would go on with it and send no call", state())),
        Begin::Await => Ok("would wait for a release that is not shown yet, and send no call".to_owned()),
        Begin::NothingToResume => Err(errors::nothing_to_resume(release)),
        Begin::IsThere => Err(errors::is_there(status)),
        Begin::Denied => Err(errors::status_denied(release, checked.seen.clone())),
        Begin::Unknown | Begin::LookAgain => Err(errors::cannot_determine(release, status, &checked.seen)),
    }
}
