//! Carries out what a question asks: signs, sends, repeats, reads, and learns every secret before anything is logged.

use std::rc::Rc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep, timeout};

use super::exchange::{Answer, Answers, Next, Patience, Question, Step, TokenFile};
use super::secrets::{register_answer, register_token, wipe};
use crate::cloud::Cloud;
use crate::cloud::clock::Clock;
use crate::cloud::signing::SigningTime;
use crate::error::{CallError, FailureClass, InvalidInput};
use crate::http::transport::{SignedRequest, Transport};
use crate::http::{Response, Timeouts};
use crate::process::random;
use crate::text::encode::encode_pairs;
use crate::text::redact::Redactor;

/// The limits of one request to a metadata service.
const METADATA: Timeouts = Timeouts { connect: Duration::from_secs(1), total: Duration::from_secs(2) };

/// After this time without an answer, one line says who is waited for.
const UNANSWERED: Duration = Duration::from_secs(5);

/// What exchanges are made with.
pub struct Exchanger {
    /// Signs what keys authorise.
    pub cloud: &'static dyn Cloud,
    /// The network.
    pub transport: Rc<dyn Transport>,
    /// The time of signatures.
    pub clock: Rc<Clock>,
    /// Learns every secret that is obtained.
    pub redactor: Redactor,
    /// The limits of one request.
    pub timeouts: Timeouts,
}

/// A result, and when it was given by the clock of its server.
pub struct Dated<T> {
    /// The result.
    pub result: T,
    /// The server's `Date`, or this machine's time.
    pub at: Timestamp,
}

/// The answers so far, overwritten at the end.
#[derive(Default)]
struct Transcript(Vec<Answer>);

impl Drop for Transcript {
    fn drop(&mut self) {
        for answer in &mut self.0 {
            if let Answer::Response(Ok(response)) = answer {
                wipe(response);
            }
        }
    }
}

impl Exchanger {
    /// Asks a question to its end. What passes is repeated for `limit`; the error that is left then says that the server was
    /// not reached, one of the class [`FailureClass::Unauthenticated`] that it refused.
    pub async fn ask<T>(
        &self,
        question: &(impl Question<T> + ?Sized),
        limit: Duration,
    ) -> Result<Dated<T>, CallError> {
        let (mut transcript, mut at, mut may_correct) = (Transcript::default(), None, true);
        let mut retry = Retry::new(limit);
        loop {
            match question.next(self.clock.now(), &mut Answers::new(&transcript.0)) {
                Ok(result) => return Ok(Dated { result, at: at.unwrap_or_else(|| self.clock.now()) }),
                Err(Next::Failed(failed)) => return Err(refused(*failed)),
                Err(Next::Read(file)) => transcript.0.push(Answer::Text(self.read(&file)?)),
                Err(Next::Send(step)) => {
                    let (answer, date) = self.repeat(&step, &mut retry).await?;
                    let off = || date.and_then(|date| self.clock.correct_by(date));
                    if answer.is_err() && may_correct && off().is_some() {
                        may_correct = false;
                        tracing::warn!(
                            "this machine's clock is off: {} is asked once more by its own time",
                            step.server
                        );
                        continue;
                    }
                    at = date.map(latest);
                    transcript.0.push(Answer::Response(answer));
                }
            }
        }
    }

    fn read(&self, TokenFile { named_by, path }: &TokenFile) -> Result<SecretString, CallError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let what = format!("`{named_by}` names `{path}`, which cannot be read: {error}");
            let hint = "see whether the CI writes the token there, and this user may read it";
            CallError::without_answer(FailureClass::Unauthenticated, what, Some(hint))
        })?;
        let text = SecretString::from(text);
        register_token(&self.redactor, text.expose_secret().trim());
        Ok(text)
    }

    /// One request, until it is answered or refused.
    async fn repeat(&self, step: &Step, retry: &mut Retry) -> Result<Reply, CallError> {
        self.transport.check(&step.endpoint).map_err(|fault| unusable(&fault))?;
        let mut once_more = step.patience == Patience::Metadata;
        loop {
            let (answer, date) = self.send(step).await;
            let failed = match answer {
                Ok(response) => return Ok((Ok(response), date)),
                Err(failed) if is_refusal(failed.class) => return Ok((Err(named(step, failed)), date)),
                Err(failed) => named(step, failed),
            };
            let pause = match step.patience {
                _ if failed.is_permanent => None,
                Patience::Metadata => std::mem::take(&mut once_more).then_some(Duration::from_millis(200)),
                Patience::Query => retry.pause(failed.retry_after),
            };
            let Some(pause) = pause else { return Err(failed) };
            tracing::info!("{}; trying again in {:.1} s", failed.reason(), pause.as_secs_f32());
            sleep(pause).await;
        }
    }

    async fn send(&self, step: &Step) -> (Result<Response, CallError>, Option<Timestamp>) {
        let call = self.signed(step);
        // Neither query nor path: a URL of credentials may be secret as a whole.
        tracing::debug!("{} to `{}`: {}", call.method, step.endpoint.authority(), step.call);
        for header in &call.headers {
            tracing::trace!("> {header:?}");
        }
        let timeouts = match step.patience {
            Patience::Query => self.timeouts,
            Patience::Metadata => METADATA,
        };
        let started = Instant::now();
        let response = match self.answer(step, &call, timeouts).await {
            Ok(response) => response,
            Err(failed) => return (Err(failed), None),
        };
        tracing::debug!("HTTP {} after {} ms", response.status, started.elapsed().as_millis());
        let (date, retry_after) = (response.date(), response.retry_after(self.clock.server_now()));
        let understood =
            self.understood(step, response).map_err(|failed| CallError { retry_after, ..failed });
        (understood, date)
    }

    /// The answer to one request; after a while one line says that it is waited for.
    async fn answer(
        &self,
        step: &Step,
        call: &SignedRequest,
        timeouts: Timeouts,
    ) -> Result<Response, CallError> {
        let mut sending = self.transport.send(call, timeouts);
        if let Ok(answer) = timeout(UNANSWERED, &mut sending).await {
            return answer;
        }
        let (server, limit) = (step.server, timeouts.total.as_secs());
        tracing::info!("{server} has not answered {} yet; it is waited for up to {limit} s", step.call);
        sending.await
    }

    /// A success keeps its secrets, which are known from here on; a failure is shown, without any.
    fn understood(&self, step: &Step, response: Response) -> Result<Response, CallError> {
        match (step.read)(&response) {
            Ok(()) => {
                register_answer(&self.redactor, &response);
                Ok(response)
            }
            Err(_) => Err((step.read)(&response.redacted(&self.redactor)).err().unwrap_or_else(|| {
                CallError::without_answer(FailureClass::Unknown, "the answer holds a secret", None)
            })),
        }
    }

    fn signed(&self, step: &Step) -> SignedRequest {
        let request = &step.request;
        let (headers, query) = match &step.signed_with {
            None => (request.headers.clone(), encode_pairs(&request.query)),
            Some(credentials) => {
                let stamp = SigningTime { time: self.clock.now(), nonce: random::token() };
                let signed = self.cloud.authorize(request, &step.endpoint.authority(), credentials, &stamp);
                self.redactor.add_signatures(&signed.withheld);
                (signed.headers, signed.query)
            }
        };
        SignedRequest {
            method: request.method,
            url: step.endpoint.url(&request.path, &query),
            headers,
            body: request.body.clone(),
            fresh_connection: false,
        }
    }
}

/// The latest moment that a `Date`, which has no fraction of a second, may mean: a lease must not seem longer than it is.
fn latest(date: Timestamp) -> Timestamp {
    date.saturating_add(SignedDuration::from_millis(999)).unwrap_or(date)
}

/// An answer or a refusal, with the server's `Date`.
type Reply = (Result<Response, CallError>, Option<Timestamp>);

/// Whether the server has decided. What else fails may pass.
fn is_refusal(class: FailureClass) -> bool {
    matches!(class, FailureClass::Unauthenticated | FailureClass::Forbidden | FailureClass::Rejected)
}

/// A refusal of whatever class is one of credentials.
fn refused(failed: CallError) -> CallError {
    if is_refusal(failed.class) {
        CallError { class: FailureClass::Unauthenticated, ..failed }
    } else {
        failed
    }
}

/// A fault of the environment ends the run as that of any other variable does, before anything is sent.
fn unusable(fault: &InvalidInput) -> CallError {
    let what = format!("`{}` {}", fault.name, fault.problem);
    let failed = CallError::without_answer(FailureClass::Unauthenticated, what, fault.hint.as_deref());
    CallError { is_permanent: true, ..failed }
}

/// The failure with who failed at what.
fn named(step: &Step, failed: CallError) -> CallError {
    let what = match (failed.what, failed.class) {
        (Some(what), _) => format!("{} cannot be asked for credentials: {what}", step.server),
        (None, class) if is_refusal(class) => format!("{} refused {}", step.server, step.call),
        (None, FailureClass::Throttled) => format!("{} throttled {}", step.server, step.call),
        (None, _) => format!("{} failed at {}", step.server, step.call),
    };
    CallError { what: Some(what), ..failed }
}

/// The pauses between tries, and until when there is another.
struct Retry {
    delays: ExponentialBackoff,
    limit: Duration,
    began: Option<Instant>,
}

impl Retry {
    fn new(limit: Duration) -> Self {
        let delays = ExponentialBuilder::new()
            .with_min_delay(Duration::from_secs(2))
            .with_max_delay(Duration::from_secs(30))
            .with_jitter()
            .with_jitter_seed(random::seed())
            .without_max_times();
        Self { delays: delays.build(), limit, began: None }
    }

    fn pause(&mut self, asked_for: Option<Duration>) -> Option<Duration> {
        let began = *self.began.get_or_insert_with(Instant::now);
        let pause = self.delays.next()?.max(asked_for.unwrap_or_default());
        (began.elapsed() + pause <= self.limit).then_some(pause)
    }
}
