//! The release call, made exactly once, and what its answer says.

use std::time::Duration;

use crate::error::{Answer, Class, Error, Failed, Kind, Released, Signal};
use crate::http::{Limits, Reply};
use crate::operation::Operation;
use crate::output::Outputs;
use crate::session::Session;
use crate::signal::Signals;
use crate::transport::Exchange;

/// How long an answer is awaited after a signal. GitHub gives 7.5 seconds, Jenkins 5.
const LAST_CHANCE: Duration = Duration::from_secs(3);

/// Makes the call and reads its answer into `outputs`, as far as it came.
pub async fn release<X: Exchange>(
    operation: &dyn Operation,
    session: &Session<X>,
    limits: Limits,
    signals: &mut Signals,
    outputs: &mut Outputs,
) -> Result<(), Error> {
    let request = operation.release();
    let mut call = std::pin::pin!(session.send(&request, limits));
    let signal = tokio::select! {
        biased;
        signal = signals.next() => signal,
        answer = &mut call => return understand(operation, answer, outputs),
    };
    if !session.exchange.has_connected() {
        return Err(Error {
            released: Released::No,
            ..Error::new(
                Kind::Cancelled(signal),
                format!("ended by {} before the call; nothing was sent", name(signal)),
            )
        });
    }
    tracing::warn!("{} while the call is unanswered: its answer is awaited 3 s more", name(signal));
    let answer = tokio::select! {
        answer = &mut call => Some(understand(operation, answer, outputs)),
        () = tokio::time::sleep(LAST_CHANCE) => None,
        _ = signals.next() => None,
    };
    Err(cancelled(signal, answer))
}

/// What an answer says, or the lack of one.
fn understand(
    operation: &dyn Operation,
    answer: Result<Reply, Failed>,
    outputs: &mut Outputs,
) -> Result<(), Error> {
    match answer {
        Ok(reply) => {
            let request_id = reply.request_id.clone();
            outputs.set("request_id", request_id.clone().unwrap_or_default());
            match operation.released(&reply) {
                Ok(released) => {
                    outputs.extend(released);
                    tell("accepted", outputs);
                    Ok(())
                }
                Err(unclear) => {
                    outputs.extend(unclear.outputs);
                    tell("answered", outputs);
                    let what = format!("the call was answered, but {}", unclear.what);
                    Err(unknown(&what).with_answer(Answer {
                        http_status: Some(reply.status),
                        request_id,
                        ..Answer::default()
                    }))
                }
            }
        }
        Err(failed) => {
            outputs.set("request_id", failed.answer.request_id.clone().unwrap_or_default());
            Err(error(operation, failed))
        }
    }
}

/// Every id that came back, in the log too: nothing that happens later loses it.
fn tell(how: &str, outputs: &Outputs) {
    let shown = outputs.iter().filter(|(_, value)| !value.is_structure());
    let shown: Vec<String> = shown.map(|(name, value)| format!("{name} `{}`", value.text())).collect();
    tracing::info!("{how}: {}", shown.join(", "));
}

/// The error that a failed exchange is.
fn error(operation: &dyn Operation, failed: Failed) -> Error {
    let happened = failed.what.as_deref();
    let mut error = match failed.class {
        Class::NotSent => {
            let what = happened.unwrap_or("the API could not be reached");
            Error::new(Kind::Unreachable, format!("{what}; nothing was released"))
        }
        Class::Throttled => Error::new(Kind::Unreachable, "the API throttled the call; nothing was released")
            .with_hint("run the job again in a minute"),
        Class::Unauthorized => Error::new(
            Kind::Credentials,
            "the credentials were refused or lack permission; nothing was released",
        )
        .with_hint("see whether the keys are right and have permission for this call"),
        Class::Refused if operation.is_batch() => {
            unknown("the API rejected the call, but may have done a part of it")
        }
        Class::Refused => Error::new(Kind::Rejected, "the API rejected the call; nothing was released")
            .with_hint("see the vendor's message, and whether the inputs are right"),
        Class::Unknown => {
            let because = happened.map(|what| format!(": {what}")).unwrap_or_default();
            unknown(&format!("the call may or may not have landed{because}"))
        }
    };
    error.hint = match (failed.class, failed.hint, error.hint) {
        (Class::Unknown | Class::Refused, Some(more), Some(look)) if error.kind == Kind::Unknown => {
            Some(format!("{look}; {more}"))
        }
        (_, hint, general) => hint.or(general),
    };
    error.with_answer(*failed.answer)
}

fn unknown(what: &str) -> Error {
    Error::new(Kind::Unknown, what)
        .with_hint("look in the vendor's console whether the release is there before you run this again")
}

/// The error that a signal is, with what became of the call.
fn cancelled(signal: Signal, answer: Option<Result<(), Error>>) -> Error {
    let name = name(signal);
    let kind = Kind::Cancelled(signal);
    match answer {
        Some(Ok(())) => Error {
            released: Released::Yes,
            ..Error::new(kind, format!("ended by {name}; the release was accepted and goes on"))
        }
        .with_hint("do not run it again: the release is made"),
        Some(Err(error)) => Error { kind, what: format!("ended by {name}; {}", error.what), ..error },
        None => Error {
            released: Released::Unknown,
            ..Error::new(
                kind,
                format!("ended by {name} before the call was answered; it may or may not have landed"),
            )
        }
        .with_hint("look in the vendor's console whether the release is there before you run this again"),
    }
}

fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::Interrupt => "SIGINT",
        Signal::Terminate => "SIGTERM",
    }
}
