//! What a run does until a signal ends it.

use super::context::Release;
use super::errors;
use crate::error::Error;
use crate::process::signal::Signals;

/// Does something unless a signal ends the run first; then it is given up on the spot.
pub(super) async fn or_signal<T>(
    release: &mut Release<'_>,
    signals: &mut dyn Signals,
    doing: impl AsyncFnOnce(&mut Release<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let ended = tokio::select! {
        biased;
        signal = signals.next() => Err(signal),
        done = doing(release) => Ok(done),
    };
    ended.map_err(|signal| errors::cancelled(signal, release.released))?
}
