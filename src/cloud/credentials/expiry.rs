//! When temporary credentials are renewed, by the clock of the server that gave them out.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// They are renewed so long before they expire at the earliest.
const LARGEST_MARGIN: Duration = Duration::from_secs(5 * 60);

/// For how long credentials are good. The beginning is the server's `Date` of the answer, so that a wrong clock of this
/// machine does no harm; from there the time is counted, not read.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    began: Instant,
    lifetime: Duration,
    /// The end, for people.
    pub expires: Timestamp,
}

impl Lease {
    /// The lease of credentials that were given out right now, at `now` by the server's clock.
    #[must_use]
    pub fn new(now: Timestamp, expires: Timestamp) -> Self {
        let lifetime = Duration::try_from(expires.duration_since(now)).unwrap_or_default();
        Self { began: Instant::now(), lifetime, expires }
    }

    /// How long they are still good.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.lifetime.saturating_sub(self.began.elapsed())
    }

    /// Whether they are to be renewed: 5 minutes before they expire, or a quarter of a short lifetime.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.left() <= LARGEST_MARGIN.min(self.lifetime / 4)
    }

    /// Whether others would hardly be good for longer.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.left() >= self.lifetime / 4 * 3
    }

    /// Whether a server refuses them by now.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.left().is_zero()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};
    use tokio::time::advance;

    use super::Lease;

    #[tokio::test(start_paused = true)]
    async fn credentials_are_due_five_minutes_or_a_quarter_before_their_end() {
        let now: Timestamp = "2026-11-25T22:00:00Z".parse().unwrap();
        for (lifetime, due) in [(3600, 3300), (43_200, 42_900), (1200, 900), (900, 675), (8, 6)] {
            let lease = Lease::new(now, now + SignedDuration::from_secs(lifetime));
            advance(Duration::from_millis(due * 1000 - 1)).await;
            assert!(!lease.is_due(), "{lifetime}");
            advance(Duration::from_millis(1)).await;
            assert!(lease.is_due() && !lease.has_ended(), "{lifetime}");
            advance(Duration::from_secs(lifetime.unsigned_abs() - due)).await;
            assert!(lease.has_ended(), "{lifetime}");
        }
        assert!(Lease::new(now, now - SignedDuration::from_secs(1)).has_ended());
    }
}
