//! How long to pause between two polls: a pure rule, to which time and jitter are parameters.

use std::time::Duration;

/// A tenth of the time waited so far, within two limits; longer while the server pushes back, and then slowly shorter
/// again. Many steps that wait for the same service drift apart instead of asking it all at once.
#[derive(Clone, Debug)]
pub struct PollInterval {
    shortest: Duration,
    longest: Duration,
    floor: Duration,
    asked_for: Duration,
}

/// How the last query went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollResult {
    /// It was answered.
    Answered,
    /// There was no answer, or none that could be read.
    NoAnswer,
    /// The server has too much to do: throttling, or a 5xx.
    Overload,
}

impl PollInterval {
    /// The pace between these pauses.
    #[must_use]
    pub fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest: longest.max(shortest), floor: Duration::ZERO, asked_for: Duration::ZERO }
    }

    /// The pace of one whom the server has pushed back for so long already.
    #[must_use]
    pub fn after(self, pause: Duration) -> Self {
        Self { floor: (2 * pause).min(self.longest), ..self }
    }

    /// The server asks to be left alone for so long: the next pause is no shorter.
    pub fn retry_after(&mut self, pause: Option<Duration>) {
        self.asked_for = pause.unwrap_or_default();
    }

    /// Changes the longest pause.
    pub fn set_longest(&mut self, longest: Duration) {
        self.longest = longest.max(self.shortest);
    }

    /// The next pause, after `waited` since the release. `jitter` is drawn evenly from 0 to 1.
    pub fn next(&mut self, waited: Duration, heard: PollResult, jitter: f64) -> Duration {
        self.by_rule(waited, heard, jitter).max(std::mem::take(&mut self.asked_for))
    }

    fn by_rule(&mut self, waited: Duration, heard: PollResult, jitter: f64) -> Duration {
        let pause = (waited / 10).clamp(self.shortest, self.longest);
        if heard == PollResult::Overload {
            self.floor = (2 * pause.max(self.floor)).min(self.longest);
            return self.floor.mul_f64(0.5 + jitter);
        }
        if heard == PollResult::Answered {
            self.floor = self.floor.mul_f64(0.9);
        }
        if self.floor > pause {
            return self.floor.mul_f64(0.5 + jitter);
        }
        pause.mul_f64(0.9 + 0.2 * jitter)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::Duration;

    use super::PollInterval;
    use super::PollResult::{Answered, NoAnswer, Overload};

    #[test]
    fn a_tenth_of_the_wait_and_slowly_back_after_a_push_back() {
        let mut pace = PollInterval::new(Duration::from_secs(1), Duration::from_secs(30));
        let polls = [
            (0, Answered),
            (20, Answered),
            (100, Answered),
            (100, NoAnswer),
            (1000, Answered),
            (20, Overload),
            (20, Overload),
            (20, NoAnswer),
            (20, Answered),
            (20, Answered),
            (20, Overload),
            (20, Overload),
            (20, Overload),
            (20, Overload),
        ];
        let mut told = String::new();
        for (waited, heard) in polls {
            let longest = pace.clone().next(Duration::from_secs(waited), heard, 1.0).as_secs_f64();
            let middle = pace.clone().next(Duration::from_secs(waited), heard, 0.5).as_secs_f64();
            let shortest = pace.next(Duration::from_secs(waited), heard, 0.0).as_secs_f64();
            let _ = writeln!(told, "{waited:>4} s {heard:?}: {shortest:.2} to {middle:.2} to {longest:.2}");
        }
        insta::assert_snapshot!(told, @"
           0 s Answered: 0.90 to 1.00 to 1.10
          20 s Answered: 1.80 to 2.00 to 2.20
         100 s Answered: 9.00 to 10.00 to 11.00
         100 s NoAnswer: 9.00 to 10.00 to 11.00
        1000 s Answered: 27.00 to 30.00 to 33.00
          20 s Overload: 2.00 to 4.00 to 6.00
          20 s Overload: 4.00 to 8.00 to 12.00
          20 s NoAnswer: 4.00 to 8.00 to 12.00
          20 s Answered: 3.60 to 7.20 to 10.80
          20 s Answered: 3.24 to 6.48 to 9.72
          20 s Overload: 6.48 to 12.96 to 19.44
          20 s Overload: 12.96 to 25.92 to 38.88
          20 s Overload: 15.00 to 30.00 to 45.00
          20 s Overload: 15.00 to 30.00 to 45.00
        ");
    }

    #[test]
    fn a_shortest_pause_above_the_longest_wins() {
        let mut pace = PollInterval::new(Duration::from_secs(120), Duration::from_secs(30));
        assert_eq!(pace.next(Duration::ZERO, Answered, 0.5), Duration::from_secs(120));
    }
}
