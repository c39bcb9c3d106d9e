//! The life of one release.

mod context;
pub mod poll_interval;
mod preflight;
mod reconcile;
pub mod retry;
mod submit;
mod wait;

pub use context::Release;

use crate::error::{Error, Outcome};
use crate::http::transport::Transport;
use crate::process::signal::Signals;

impl<X: Transport> Release<'_, X> {
    /// Runs the release from the first status query to its end.
    pub async fn run(&mut self, signals: &mut impl Signals) -> Result<Outcome, Error> {
        let looked = signals.or_signal(preflight::look(self)).await;
        let found = looked.map_err(|signal| self.cancelled(signal))??;
        let seen = match preflight::decide(self, found)? {
            Some(there) => Some(there),
            None => submit::release(self, signals).await?,
        };
        if self.settings.wait || self.settings.resume {
            self.journal.released(&self.outputs);
        }
        let waited = signals.or_signal(wait::wait(self, seen)).await;
        waited.map_err(|signal| self.cancelled(signal))?
    }
}
