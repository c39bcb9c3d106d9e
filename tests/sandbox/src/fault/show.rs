//! Rules and faults as the text from which they can be read.

use std::fmt::{Display, Formatter, Result};

use super::{
    Fault, Instead, Retry, Rule, When,
    words::{write_duration, write_signed},
};

impl Display for Rule {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        formatter.write_str(self.calls.name())?;
        match (self.first, self.last) {
            (1, Some(1)) if self.from.is_zero() && self.to.is_none() => {}
            (1, None) => formatter.write_str(" always")?,
            (first, None) => write!(formatter, " {first}-")?,
            (first, Some(last)) if first == last => write!(formatter, " {first}")?,
            (first, Some(last)) => write!(formatter, " {first}-{last}")?,
        }
        if !self.from.is_zero() {
            write!(formatter, " from {}", write_duration(self.from))?;
        }
        if let Some(to) = self.to {
            write!(formatter, " to {}", write_duration(to))?;
        }
        write!(formatter, ": {}", self.fault)
    }
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Refuse => formatter.write_str("refuse"),
            Self::Down(duration) => write!(formatter, "down {}", write_duration(*duration)),
            Self::Reset(when) => write!(formatter, "reset {when}"),
            Self::Hang(when) => write!(formatter, "hang {when}"),
            Self::Cut => formatter.write_str("cut"),
            Self::BrokenJson => formatter.write_str("broken-json"),
            Self::Empty => formatter.write_str("empty"),
            Self::Twice => formatter.write_str("twice"),
            Self::Instead { answer, when, retry } => {
                write!(formatter, "{answer}")?;
                if *when != When::Before {
                    write!(formatter, " {when}")?;
                }
                retry.map_or(Ok(()), |retry| write!(formatter, " {retry}"))
            }
            Self::Slow(duration) => write!(formatter, "slow {}", write_duration(*duration)),
            Self::Stale(duration) => write!(formatter, "stale {}", write_duration(*duration)),
            Self::Skew(duration) => write!(formatter, "skew {}", write_signed(*duration)),
            Self::Somebody { action, after } if after.is_zero() => write!(formatter, "somebody {action}"),
            Self::Somebody { action, after } => {
                write!(formatter, "somebody {action} after {}", write_duration(*after))
            }
        }
    }
}

impl Display for When {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Before => formatter.write_str("before"),
            Self::After => formatter.write_str("after"),
            Self::Late(duration) => write!(formatter, "late {}", write_duration(*duration)),
        }
    }
}

impl Display for Instead {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::ServerError(status) => write!(formatter, "{status}"),
            Self::BackendTimeout => formatter.write_str("backend-timeout"),
            Self::Error { status, code } => write!(formatter, "error {status} {code}"),
            Self::Html(status) => write!(formatter, "html {status}"),
            Self::Foreign(status) => write!(formatter, "foreign {status}"),
            Self::Bare(status) => write!(formatter, "bare {status}"),
            Self::Redirect(status) => write!(formatter, "redirect {status}"),
            Self::Throttle => formatter.write_str("throttle"),
            Self::ThrottleStatus(status) => write!(formatter, "throttle {status}"),
            Self::ThrottleBusy => formatter.write_str("throttle busy"),
        }
    }
}

impl Display for Retry {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Seconds(seconds) => write!(formatter, "retry-after {seconds}s"),
            Self::Date(duration) => write!(formatter, "retry-at {}", write_duration(*duration)),
            Self::Milliseconds(milliseconds) => {
                write!(formatter, "x-acs-retry-after {milliseconds}ms")
            }
        }
    }
}
