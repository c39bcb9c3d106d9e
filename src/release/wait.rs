//! Waiting until the release is done: only the status is asked, and a deadline always wins.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::cloud::query::QueryResult;
use crate::error::Outcome;
use crate::error::{CallError, Error, FailureClass, Kind};
use crate::http::transport::Transport;
use crate::operation::{Item, Observation, Progress};
use crate::output::Outputs;
use crate::release::context::Release;
use crate::release::poll_interval::{PollInterval, PollResult};
use crate::text::duration;

/// How far the last query may go over the deadline.
const GRACE: Duration = Duration::from_millis(800);
/// The longest pause while a person's approval has been awaited for long.
const FOR_A_PERSON: Duration = Duration::from_secs(5 * 60);
/// A person who has not approved for so long will not do so at any moment.
const LONG: Duration = Duration::from_secs(60 * 60);
/// How many polls running must not show a thing that was there until it counts as withdrawn.
const OFTEN_GONE: usize = 3;

/// Waits if that is asked for. `seen` is what the status said already.
pub(crate) async fn wait<X: Transport>(
    release: &mut Release<'_, X>,
    seen: Option<Observation>,
) -> Result<Outcome, Error> {
    let waits = release.settings.wait || release.settings.resume;
    match seen {
        Some(Observation::Done(outputs)) => Ok(succeeded(release, outputs)),
        Some(Observation::Failed { reason, outputs }) => Err(failed(release, &reason, outputs)),
        Some(Observation::Pending(progress)) if !waits && !release.known.left_out.is_empty() => {
            let reasons = release.known.left_out.iter().filter_map(told);
            let reason = reasons.collect::<Vec<_>>().join("; ");
            Err(failed(release, &reason, progress.outputs))
        }
        _ if !waits => Ok(Outcome::Submitted),
        seen => Watch::new(release).until_done(release, seen).await,
    }
}

/// A watch over one release.
struct Watch {
    began: Instant,
    deadline: Instant,
    pace: PollInterval,
    /// What the log said last, and when.
    said: (String, Instant),
    /// Why the last query failed, if it did.
    trouble: String,
    state: String,
    awaits_person_since: Option<Instant>,
    gone: Vec<(String, usize)>,
    /// What has not been shown since the watch began.
    never_seen: Option<Vec<String>>,
}

impl Watch {
    fn new<X: Transport>(release: &Release<'_, X>) -> Self {
        let (began, settings) = (Instant::now(), release.settings);
        Self {
            began,
            deadline: began + settings.wait_timeout,
            pace: PollInterval::new(settings.poll_interval, settings.poll_max_interval)
                .after(release.overload_delay),
            said: (String::new(), began),
            trouble: String::new(),
            state: "not seen yet".to_owned(),
            awaits_person_since: None,
            gone: Vec::new(),
            never_seen: None,
        }
    }

    async fn until_done<X: Transport>(
        &mut self,
        release: &mut Release<'_, X>,
        seen: Option<Observation>,
    ) -> Result<Outcome, Error> {
        let mut answers = Vec::new();
        let mut asked = seen.map(Ok);
        if asked.is_none() && !release.overload_delay.is_zero() {
            self.rest(release, PollResult::NoAnswer).await;
        }
        loop {
            let answer = match asked.take() {
                Some(answer) => answer,
                None => self.ask(release, &mut answers).await.unwrap_or_else(|| Err(no_time())),
            };
            let heard = match answer {
                Ok(Observation::Done(outputs)) => return Ok(succeeded(release, outputs)),
                Ok(Observation::Failed { reason, outputs }) => return Err(failed(release, &reason, outputs)),
                Ok(observation) => {
                    answers.clear();
                    self.see(release, observation)
                }
                Err(failed) => self.endure(failed)?,
            };
            if Instant::now() >= self.deadline {
                return Err(self.timed_out(release));
            }
            self.rest(release, heard).await;
        }
    }

    /// One question; nothing if the deadline cut it off. With no time to wait at all it has the time of a query.
    async fn ask<X: Transport>(
        &self,
        release: &Release<'_, X>,
        answers: &mut Vec<QueryResult>,
    ) -> Option<Result<Observation, CallError>> {
        let time = if release.settings.wait_timeout.is_zero() {
            release.settings.query_timeouts().total
        } else {
            GRACE
        };
        let end = self.deadline.max(Instant::now()) + time;
        timeout_at(end, release.observe(answers)).await.ok()
    }

    /// Takes in what the status says.
    fn see<X: Transport>(&mut self, release: &mut Release<'_, X>, observation: Observation) -> PollResult {
        match observation {
            Observation::Pending(progress) => self.see_progress(release, progress),
            Observation::NotThere | Observation::Partly { .. } => self.say("not shown yet".to_owned()),
            Observation::Unclear(seen) | Observation::Ambiguous(seen) => {
                self.trouble(&seen);
                return PollResult::NoAnswer;
            }
            Observation::Done(_) | Observation::Failed { .. } => {}
        }
        self.trouble.clear();
        PollResult::Answered
    }

    fn see_progress<X: Transport>(&mut self, release: &mut Release<'_, X>, progress: Progress) {
        let Progress { state, outputs, ended, gone, awaits_person } = progress;
        release.outputs.extend(outputs);
        for item in ended {
            if !release.known.ended.contains(&item) {
                tracing::info!("`{}` {}", item.id, item.failure.as_deref().unwrap_or("is done"));
                release.known.ended.push(item);
            }
        }
        self.count(release, &gone);
        self.awaits_person_since =
            awaits_person.then(|| self.awaits_person_since.unwrap_or_else(Instant::now));
        let is_long = self.awaits_person_since.is_some_and(|since| since.elapsed() >= LONG);
        let longest = release.settings.poll_max_interval;
        self.pace.set_longest(if is_long { longest.max(FOR_A_PERSON) } else { longest });
        self.say(state);
    }

    /// What is not shown three times running has been taken away.
    fn count<X: Transport>(&mut self, release: &mut Release<'_, X>, gone: &[String]) {
        let never_seen = self.never_seen.get_or_insert_with(|| gone.to_vec());
        never_seen.retain(|id| gone.contains(id));
        // What is new may need a moment until it shows.
        let is_new =
            |id: &&String| never_seen.contains(id) && self.began.elapsed() < release.settings.settle_time;
        let gone: Vec<&String> = gone.iter().filter(|id| !is_new(id)).collect();
        let times =
            |id: &String| self.gone.iter().find(|(known, _)| known == id).map_or(0, |(_, times)| *times);
        self.gone = gone.into_iter().map(|id| (id.clone(), times(id) + 1)).collect();
        for (id, times) in &self.gone {
            if *times == OFTEN_GONE {
                let failure = Some("was withdrawn, rejected or deleted: it is not shown any more".to_owned());
                release.known.ended.push(Item { id: id.clone(), failure });
            }
        }
    }

    /// A query that failed says nothing of the release, but refused credentials end the watch.
    fn endure(&mut self, failed: CallError) -> Result<PollResult, Error> {
        if matches!(failed.class, FailureClass::Unauthenticated | FailureClass::Forbidden) {
            return Err(unwatched(failed));
        }
        let heard = if failed.is_overload() { PollResult::Overload } else { PollResult::NoAnswer };
        self.pace.leave_alone(failed.retry_after);
        self.trouble(&failed.without_request_id().reason());
        Ok(heard)
    }

    /// One line for each change of the state.
    fn say(&mut self, state: String) {
        if self.said.0 != state {
            tracing::info!("{state}");
            self.said = (state.clone(), Instant::now());
        }
        self.state = state;
    }

    fn trouble(&mut self, trouble: &str) {
        if self.trouble == trouble {
            tracing::debug!("the status is not known: {trouble}");
        } else {
            tracing::info!("the status is not known, the wait goes on: {trouble}");
            trouble.clone_into(&mut self.trouble);
        }
    }

    /// Pauses until the next poll, with a sign of life each minute, each ten after the first hour.
    async fn rest<X: Transport>(&mut self, release: &mut Release<'_, X>, heard: PollResult) {
        let pause = self.pace.next(self.began.elapsed(), heard, release.rng.f64());
        let until = (Instant::now() + pause).min(self.deadline);
        loop {
            let minutes = if self.began.elapsed() < LONG { 1 } else { 10 };
            let sign_of_life = self.said.1 + Duration::from_secs(60 * minutes);
            if sign_of_life > until {
                break;
            }
            sleep(sign_of_life.saturating_duration_since(Instant::now())).await;
            self.said.1 = Instant::now();
            let waited = Duration::from_secs(self.began.elapsed().as_secs());
            tracing::info!("still {}, after {}", self.state, duration::format(waited));
        }
        sleep(until.saturating_duration_since(Instant::now())).await;
    }

    fn timed_out<X: Transport>(&self, release: &Release<'_, X>) -> Error {
        let limit = release.settings.wait_timeout;
        let within =
            if limit.is_zero() { "yet".to_owned() } else { format!("within {}", duration::format(limit)) };
        let what = format!("the release was accepted and goes on, but was not done {within}: {}", self.state);
        let trouble = if self.trouble.is_empty() { String::new() } else { format!("; {}", self.trouble) };
        Error::new(Kind::TimedOut, what + &trouble)
            .with_hint("do not release again: run this with `resume: true`, which waits on, or give a longer `wait_timeout`")
    }
}

fn no_time() -> CallError {
    CallError::without_answer(FailureClass::Unknown, "the last query was cut off by the deadline", None)
}

fn succeeded<X: Transport>(release: &mut Release<'_, X>, outputs: Outputs) -> Outcome {
    release.outputs.extend(outputs);
    tracing::info!("done");
    Outcome::Succeeded
}

fn failed<X: Transport>(release: &mut Release<'_, X>, reason: &str, outputs: Outputs) -> Error {
    release.outputs.extend(outputs);
    Error::new(Kind::Failed, format!("the release was accepted, then failed: {reason}"))
        .with_hint("see the reason in the vendor's console, mend it, and then release again")
}

fn unwatched(failed: CallError) -> Error {
    let what = match failed.class {
        FailureClass::Forbidden => "the credentials lack the permission to ask for the status",
        _ => "the credentials were refused",
    };
    let what = format!("the release was accepted and goes on, but can no longer be watched: {what}");
    Error::new(Kind::Unwatched, what)
        .with_hint("do not release again: run this with `resume: true` and fresh credentials, which waits on")
        .with_answer(*failed.answer)
}

fn told(item: &Item) -> Option<String> {
    item.failure.as_ref().map(|failure| format!("`{}` {failure}", item.id))
}
