//! After an answer that leaves open what became of the call: has it landed? The status tells.

use std::time::Duration;

use tokio::time::Instant;

use super::context::Release;
use super::poll_interval::PollResult;
use super::poller::{Poll, Poller};
use crate::error::FailureClass;
use crate::operation::{State, Status};

/// For so long at least an answer that does not tell is asked for again.
const READABLE: Duration = Duration::from_secs(10);

/// What a look-up finds.
pub(super) enum Landed {
    /// Exactly what was asked for, and how far it is.
    Found(Status),
    /// Some things of a batch.
    Part(Status),
    /// What was there before the call, looking as it did.
    Unchanged(Status, String),
    /// Nothing, for long enough to be believed.
    Nothing,
    /// It cannot be told, for this reason.
    Unclear(String),
}

/// Asks until the status shows what was asked for. That it does not is final from `believe_at` on.
pub(super) async fn look_up(release: &mut Release<'_>, believe_at: Instant) -> Landed {
    let mut poller = Poller::new(release, "looking for the release", believe_at);
    let readable_at = believe_at.max(Instant::now() + READABLE);
    loop {
        let failed = match poller.next(release).await {
            Poll::Status(status) => {
                if let Some(landed) = landed(status, Instant::now() >= believe_at) {
                    return landed;
                }
                poller.pause(release, PollResult::Answered, believe_at).await;
                continue;
            }
            Poll::Unclear { seen, .. } if Instant::now() >= readable_at => return Landed::Unclear(seen),
            Poll::Unclear { seen, .. } => {
                poller.log.set_trouble(&seen);
                poller.pause(release, PollResult::NoAnswer, readable_at).await;
                continue;
            }
            Poll::Failed(failed) => failed,
        };
        let is_denied = matches!(failed.class, FailureClass::Unauthenticated | FailureClass::Forbidden);
        if is_denied || !poller.pause_after(release, &failed).await {
            return Landed::Unclear(format!("looking it up failed: {}", failed.reason()));
        }
    }
}

/// What a status says of the call; nothing if it may still change.
fn landed(status: Status, is_settled: bool) -> Option<Landed> {
    match &status.state {
        State::InProgress(_) | State::Succeeded | State::Failed(_) => Some(Landed::Found(status)),
        State::Ambiguous(seen) => Some(Landed::Unclear(seen.clone())),
        _ if !is_settled => None,
        State::NotFound => Some(Landed::Nothing),
        State::Unchanged(seen) => {
            let seen = seen.clone();
            Some(Landed::Unchanged(status, seen))
        }
        State::Partial { .. } => Some(Landed::Part(status)),
    }
}
