//! How many requests an account may send.

use std::{collections::HashMap, fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use crate::{
    fault::{
        Retry, Unreadable, grammar,
        words::{Read, Words, unreadable, write_signed},
    },
    http::Request,
    record::Recorded,
    text,
};

/// So many requests of one account in so long; the next one is throttled. As text: `10/s`, `100/1m`, and behind it, where
/// clients are told when to come back, `retry-after 1s` or another [`Retry`].
///
/// It is a bucket of that many tokens which fills up evenly: all of them at once are let through, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    calls: u32,
    per: SignedDuration,
    retry: Option<Retry>,
    /// When an account's bucket will be full again.
    full: HashMap<String, Timestamp>,
}

impl Limit {
    /// That many requests in that long.
    ///
    /// # Panics
    ///
    /// For no requests at all, or no time.
    #[must_use]
    pub fn new(calls: u32, per: SignedDuration) -> Self {
        assert!(calls > 0 && per > SignedDuration::ZERO, "a limit lets some requests through, in some time");
        Self { calls, per, retry: None, full: HashMap::new() }
    }

    /// The same, and the throttled are told when to come back.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry: Some(retry), ..self }
    }

    pub(crate) fn told(&self) -> Option<Retry> {
        self.retry
    }

    /// Takes a token, or says that there is none.
    pub(crate) fn admits(&mut self, now: Timestamp, request: &Request) -> bool {
        let one = self.per / i32::try_from(self.calls).unwrap_or(i32::MAX);
        let full = self.full.entry(account(request)).or_insert(now);
        let next = (*full).max(now) + one;
        let admits = next.duration_since(now) <= self.per;
        if admits {
            *full = next;
        }
        admits
    }
}

/// Whoever the request says that it comes from.
fn account(request: &Request) -> String {
    let field = |header: &str, name: &str| {
        let rest = header.split_once(name)?.1;
        Some(rest.split(',').next().unwrap_or(rest).to_owned())
    };
    let authorization = request.header("authorization").unwrap_or_default();
    let key = field(authorization, "Credential=").or_else(|| field(authorization, "Access="));
    let key = key.or_else(|| request.header("x-auth-token").map(str::to_owned));
    // The older style has the key among the parameters.
    let parameter = || text::pairs(request.query()).into_iter().find(|(name, _)| name == "AccessKeyId");
    key.or_else(|| parameter().map(|(_, id)| id)).unwrap_or_default()
}

impl FromStr for Limit {
    type Err = Unreadable;

    fn from_str(text: &str) -> Read<Self> {
        let mut words = Words::of(text);
        let word = words.required("a limit such as `10/s`")?;
        let limit = word.split_once('/').and_then(|(calls, per)| {
            let per = if per.starts_with(|first: char| first.is_ascii_digit()) {
                per.to_owned()
            } else {
                format!("1{per}")
            };
            Some((calls.parse().ok().filter(|calls| *calls > 0)?, per.parse().ok()?))
        });
        let Some((calls, per)) = limit.filter(|(_, per)| *per > SignedDuration::ZERO) else {
            return unreadable(format!("`{word}` is no limit such as `10/s` or `100/1m`"));
        };
        let limit = Self { retry: grammar::retry(&mut words)?, ..Self::new(calls, per) };
        words.end()?;
        Ok(limit)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.calls, write_signed(self.per))?;
        self.retry.map_or(Ok(()), |retry| write!(formatter, " {retry}"))
    }
}

/// How many requests were throttled, by a rule or by a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttled {
    /// All requests.
    pub requests: usize,
    /// The throttled among them.
    pub throttled: usize,
    /// The most that were throttled one after another.
    pub longest_run: usize,
}

impl Throttled {
    pub(crate) fn among(requests: &[Recorded]) -> Self {
        let mut counted = Self { requests: requests.len(), ..Self::default() };
        let mut run = 0;
        for request in requests {
            let throttled = request.code.as_deref().is_some_and(is_throttling);
            run = if throttled { run + 1 } else { 0 };
            counted.throttled += usize::from(throttled);
            counted.longest_run = counted.longest_run.max(run);
        }
        counted
    }
}

fn is_throttling(code: &str) -> bool {
    code.starts_with("Throttling") || ["APIGW.0308", "COCT.0070003", "TooManyRequests"].contains(&code)
}
