//! How long a failed exchange is repeated, and at which intervals.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

/// Repeats of one exchange: after 2 s, 4 s, 8 s and so on to 30 s, each up to twice as long by chance, within a limit
/// that begins with the first failure.
pub struct Retry {
    delays: ExponentialBackoff,
    fresh: ExponentialBuilder,
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
        Self { delays: delays.build(), fresh: delays, limit, began: None }
    }

    /// The delay before the next attempt, at least as long as the server asked for; none if the limit would be passed. The
    /// limit begins with the first call.
    pub fn next_delay(&mut self, asked_for: Option<Duration>) -> Option<Duration> {
        let began = *self.began.get_or_insert_with(Instant::now);
        let delay = self.delays.next()?.max(asked_for.unwrap_or_default());
        (began.elapsed() + delay <= self.limit).then_some(delay)
    }

    /// Whether so much time is left.
    #[must_use]
    pub fn allows(&self, time: Duration) -> bool {
        self.began.map_or(Duration::ZERO, |began| began.elapsed()) + time <= self.limit
    }

    /// Resets the budget after a success.
    pub fn reset(&mut self) {
        self.began = None;
        self.delays = self.fresh.build();
    }
}
