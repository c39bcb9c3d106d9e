//! Waiting until the release is done: only the status is asked, and a deadline always wins.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::error::{Class, Error, Failed, Kind};
use crate::http::transport::Exchange;
use crate::operation::{Answered, Item, Observation, Progress};
use crate::output::Outputs;
use crate::release::context::{Course, Outcome};
use crate::release::poll_interval::{Heard, Pace};
use crate::text::sanitize;

/// How far the last query may go over the deadline.
const GRACE: Duration = Duration::from_millis(800);
/// The longest pause while a person's approval has been awaited for long.
const FOR_A_PERSON: Duration = Duration::from_secs(5 * 60);
/// A person who has not approved for so long will not do so at any moment.
const LONG: Duration = Duration::from_secs(60 * 60);
/// How many polls running must not show a thing that was there until it counts as withdrawn.
const OFTEN_GONE: usize = 3;

/// Waits if that is asked for. `seen` is what the status said already.
pub(crate) async fn wait<X: Exchange>(
    course: &mut Course<'_, X>,
    seen: Option<Observation>,
) -> Result<Outcome, Error> {
    let waits = course.rules.wait || course.rules.resume;
    match seen {
        Some(Observation::Done(outputs)) => Ok(succeeded(course, outputs)),
        Some(Observation::Failed { reason, outputs }) => Err(failed(course, &reason, outputs)),
        Some(Observation::Pending(progress)) if !waits && !course.known.left_out.is_empty() => {
            let reasons = course.known.left_out.iter().filter_map(told);
            let reason = reasons.collect::<Vec<_>>().join("; ");
            Err(failed(course, &reason, progress.outputs))
        }
        _ if !waits => Ok(Outcome::Submitted),
        seen => Watch::new(course).until_done(course, seen).await,
    }
}

/// A watch over one release.
struct Watch {
    began: Instant,
    deadline: Instant,
    pace: Pace,
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
    fn new<X: Exchange>(course: &Course<'_, X>) -> Self {
        let (began, rules) = (Instant::now(), course.rules);
        Self {
            began,
            deadline: began + rules.wait_timeout,
            pace: Pace::new(rules.poll_interval, rules.poll_max_interval).after(course.pushed_back),
            said: (String::new(), began),
            trouble: String::new(),
            state: "not seen yet".to_owned(),
            awaits_person_since: None,
            gone: Vec::new(),
            never_seen: None,
        }
    }

    async fn until_done<X: Exchange>(
        &mut self,
        course: &mut Course<'_, X>,
        seen: Option<Observation>,
    ) -> Result<Outcome, Error> {
        let mut answers = Vec::new();
        let mut asked = seen.map(Ok);
        if asked.is_none() && !course.pushed_back.is_zero() {
            self.rest(course, Heard::Nothing).await;
        }
        loop {
            let answer = match asked.take() {
                Some(answer) => answer,
                None => self.ask(course, &mut answers).await.unwrap_or_else(|| Err(no_time())),
            };
            let heard = match answer {
                Ok(Observation::Done(outputs)) => return Ok(succeeded(course, outputs)),
                Ok(Observation::Failed { reason, outputs }) => return Err(failed(course, &reason, outputs)),
                Ok(observation) => {
                    answers.clear();
                    self.see(course, observation)
                }
                Err(failed) => self.endure(failed)?,
            };
            if Instant::now() >= self.deadline {
                return Err(self.timed_out(course));
            }
            self.rest(course, heard).await;
        }
    }

    /// One question; nothing if the deadline cut it off. With no time to wait at all it has the time of a query.
    async fn ask<X: Exchange>(
        &self,
        course: &Course<'_, X>,
        answers: &mut Vec<Answered>,
    ) -> Option<Result<Observation, Failed>> {
        let time = if course.rules.wait_timeout.is_zero() { course.rules.of_query().total } else { GRACE };
        let end = self.deadline.max(Instant::now()) + time;
        timeout_at(end, course.observe(answers)).await.ok()
    }

    /// Takes in what the status says.
    fn see<X: Exchange>(&mut self, course: &mut Course<'_, X>, observation: Observation) -> Heard {
        match observation {
            Observation::Pending(progress) => self.see_progress(course, progress),
            Observation::NotThere | Observation::Partly { .. } => self.say("not shown yet".to_owned()),
            Observation::Unclear(seen) | Observation::Ambiguous(seen) => {
                self.trouble(&seen);
                return Heard::Nothing;
            }
            Observation::Done(_) | Observation::Failed { .. } => {}
        }
        self.trouble.clear();
        Heard::Answer
    }

    fn see_progress<X: Exchange>(&mut self, course: &mut Course<'_, X>, progress: Progress) {
        let Progress { state, outputs, ended, gone, awaits_person } = progress;
        course.outputs.extend(outputs);
        for item in ended {
            if !course.known.ended.contains(&item) {
                tracing::info!("`{}` {}", item.id, item.failure.as_deref().unwrap_or("is done"));
                course.known.ended.push(item);
            }
        }
        self.count(course, &gone);
        self.awaits_person_since =
            awaits_person.then(|| self.awaits_person_since.unwrap_or_else(Instant::now));
        let is_long = self.awaits_person_since.is_some_and(|since| since.elapsed() >= LONG);
        let longest = course.rules.poll_max_interval;
        self.pace.set_longest(if is_long { longest.max(FOR_A_PERSON) } else { longest });
        self.say(state);
    }

    /// What is not shown three times running has been taken away.
    fn count<X: Exchange>(&mut self, course: &mut Course<'_, X>, gone: &[String]) {
        let never_seen = self.never_seen.get_or_insert_with(|| gone.to_vec());
        never_seen.retain(|id| gone.contains(id));
        // What is new may need a moment until it shows.
        let is_new =
            |id: &&String| never_seen.contains(id) && self.began.elapsed() < course.rules.settle_time;
        let gone: Vec<&String> = gone.iter().filter(|id| !is_new(id)).collect();
        let times =
            |id: &String| self.gone.iter().find(|(known, _)| known == id).map_or(0, |(_, times)| *times);
        self.gone = gone.into_iter().map(|id| (id.clone(), times(id) + 1)).collect();
        for (id, times) in &self.gone {
            if *times == OFTEN_GONE {
                let failure = Some("was withdrawn, rejected or deleted: it is not shown any more".to_owned());
                course.known.ended.push(Item { id: id.clone(), failure });
            }
        }
    }

    /// A query that failed says nothing of the release, but refused credentials end the watch.
    fn endure(&mut self, failed: Failed) -> Result<Heard, Error> {
        if matches!(failed.class, Class::Unauthenticated | Class::Forbidden) {
            return Err(unwatched(failed));
        }
        let heard = if failed.is_push_back() { Heard::PushBack } else { Heard::Nothing };
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
    async fn rest<X: Exchange>(&mut self, course: &mut Course<'_, X>, heard: Heard) {
        let pause = self.pace.next(self.began.elapsed(), heard, course.chance.f64());
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
            tracing::info!("still {}, after {}", self.state, sanitize::duration(waited));
        }
        sleep(until.saturating_duration_since(Instant::now())).await;
    }

    fn timed_out<X: Exchange>(&self, course: &Course<'_, X>) -> Error {
        let limit = course.rules.wait_timeout;
        let within =
            if limit.is_zero() { "yet".to_owned() } else { format!("within {}", sanitize::duration(limit)) };
        let what = format!("the release was accepted and goes on, but was not done {within}: {}", self.state);
        let trouble = if self.trouble.is_empty() { String::new() } else { format!("; {}", self.trouble) };
        Error::new(Kind::TimedOut, what + &trouble)
            .with_hint("do not release again: run this with `resume: true`, which waits on, or give a longer `wait_timeout`")
    }
}

fn no_time() -> Failed {
    Failed::without_answer(Class::Unknown, "the last query was cut off by the deadline", None)
}

fn succeeded<X: Exchange>(course: &mut Course<'_, X>, outputs: Outputs) -> Outcome {
    course.outputs.extend(outputs);
    tracing::info!("done");
    Outcome::Succeeded
}

fn failed<X: Exchange>(course: &mut Course<'_, X>, reason: &str, outputs: Outputs) -> Error {
    course.outputs.extend(outputs);
    Error::new(Kind::Failed, format!("the release was accepted, then failed: {reason}"))
        .with_hint("see the reason in the vendor's console, mend it, and then release again")
}

fn unwatched(failed: Failed) -> Error {
    let what = match failed.class {
        Class::Forbidden => "the credentials lack the permission to ask for the status",
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
