//! The time of day, as far as signatures need it.

use std::cell::Cell;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The vendors refuse a signature that is further off than this.
const LARGEST_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// A clock that goes on from the time of its making, and can be set by a server's.
pub struct Clock {
    began_at: Timestamp,
    began: Instant,
    skew: Cell<SignedDuration>,
    /// How far the server's clock is ahead of this one, by its last answer.
    server: Cell<SignedDuration>,
}

impl Clock {
    /// A clock that shows this time now.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { began_at: now, began: Instant::now(), skew: Cell::default(), server: Cell::default() }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.began.elapsed()).unwrap_or_default();
        self.began_at.saturating_add(elapsed + self.skew.get()).unwrap_or(self.began_at)
    }

    /// Notes a server's `Date`.
    pub fn note_server(&self, date: Timestamp) {
        self.server.set(date.duration_since(self.now()));
    }

    /// The time now by the server's clock, as far as its answers have shown it; to the second.
    #[must_use]
    pub fn server_now(&self) -> Timestamp {
        let now = self.now();
        now.saturating_add(self.server.get()).unwrap_or(now)
    }

    /// Goes by a server's `Date` from now on, if this clock is too far off for its signatures. Tells by how much it was.
    pub fn correct_by(&self, date: Timestamp) -> Option<SignedDuration> {
        let off = date.duration_since(self.now());
        if off.abs() <= LARGEST_SKEW {
            return None;
        }
        self.skew.set(self.skew.get() + off);
        self.server.set(SignedDuration::ZERO);
        Some(off)
    }
}

/// How far off a clock is, in whole minutes, for people: a server shows its time to the second, so that 20 minutes are mostly
/// 1199 seconds and a bit.
#[must_use]
pub fn minutes(off: SignedDuration) -> u64 {
    (off.unsigned_abs().as_secs() + 30) / 60
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::{Clock, minutes};

    #[test]
    fn only_a_clock_that_is_too_far_off_is_set() {
        let at = |time: &str| format!("2026-11-22T{time}Z").parse().unwrap();
        let clock = Clock::at(at("10:00:00"));
        assert_eq!(clock.correct_by(at("10:14:59")), None);
        assert_eq!(clock.correct_by(at("09:45:01")), None);
        let off = clock.correct_by(at("08:00:00")).unwrap();
        assert_eq!(minutes(off), 120);
        assert_eq!(clock.now().to_string()[..16], *"2026-11-22T08:00");
        assert_eq!(clock.correct_by(at("08:00:00")), None);
    }

    #[test]
    fn minutes_are_rounded() {
        for (seconds, shown) in [(1_199, 20), (-1_199, 20), (1_200, 20), (1_229, 20), (1_230, 21), (901, 15)]
        {
            assert_eq!(minutes(SignedDuration::from_secs(seconds)), shown, "{seconds}");
        }
    }
}
