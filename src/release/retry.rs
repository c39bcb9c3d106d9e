//! How long a failed exchange is repeated, and at which intervals.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

/// Repeats of one exchange: after 2 s, 4 s, 8 s and so on to 30 s, each up to twice as long by rng, within a limit
/// that begins with the first failure.
pub struct Retry {
    delays: ExponentialBackoff,
    anew: ExponentialBuilder,
    limit: Duration,
    began: Option<Instant>,
}

impl Retry {
    /// A retry budget of this length; `seed` drives the jitter.
    #[must_use]
    pub fn new(limit: Duration, seed: u64) -> Self {
        let delays = ExponentialBuilder::new()
            .with_min_delay(Duration::from_secs(2))
            .with_max_delay(Duration::from_secs(30))
            .with_jitter()
            .with_jitter_seed(seed)
            .without_max_times();
        Self { delays: delays.build(), anew: delays, limit, began: None }
    }

    /// The pause before the next try, at least as long as the server asked for; none if the limit would be passed.
    pub fn pause(&mut self, asked_for: Option<Duration>) -> Option<Duration> {
        let began = *self.began.get_or_insert_with(Instant::now);
        let pause = self.delays.next()?.max(asked_for.unwrap_or_default());
        (began.elapsed() + pause <= self.limit).then_some(pause)
    }

    /// The limit begins now, if it has not begun yet.
    pub fn begin(&mut self) {
        self.began.get_or_insert_with(Instant::now);
    }

    /// Begins anew: an exchange went well.
    pub fn renew(&mut self) {
        self.began = None;
        self.delays = self.anew.build();
    }
}
