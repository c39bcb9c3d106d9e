//! Where a server's time comes from.

use jiff::{SignedDuration, Timestamp};

/// The clouds' clock.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The system's.
    System,
    /// One that stands still and goes on only with each request, so that the same requests always see the same states.
    Ticking {
        /// The time of the first request.
        start: Timestamp,
        /// How far each request moves it.
        tick: SignedDuration,
    },
}

impl Clock {
    /// A clock that starts now and goes on by so much with each request.
    #[must_use]
    pub fn ticking(tick: SignedDuration) -> Self {
        Self::Ticking { start: Timestamp::now(), tick }
    }

    /// The time of the request before which there were so many.
    pub(crate) fn now(self, requests: usize) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Ticking { start, tick } => start + tick * i32::try_from(requests).unwrap_or(i32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::Clock;

    #[test]
    fn a_ticking_clock_goes_on_with_requests_only() {
        let clock = Clock::ticking(SignedDuration::from_millis(50));
        assert_eq!(clock.now(3), clock.now(3));
        assert_eq!(clock.now(3).duration_since(clock.now(0)), SignedDuration::from_millis(150));
    }
}
