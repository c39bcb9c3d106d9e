//! How long a server asks to be left alone.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;

use crate::http::Response;

/// A server that asks for more is asked again all the same: a deadline decides.
const LONGEST: Duration = Duration::from_secs(60 * 60);

impl Response {
    /// `Retry-After` in seconds or as a date, by the server's own clock, and Alibaba's `x-acs-retry-after` in milliseconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        asked_for(self).map(|pause| pause.min(LONGEST))
    }
}

fn asked_for(response: &Response) -> Option<Duration> {
    let header = |name| response.header(name).map(str::trim);
    if let Some(milliseconds) = header("x-acs-retry-after").and_then(|value| value.parse().ok()) {
        return Some(Duration::from_millis(milliseconds));
    }
    let value = header("retry-after")?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let parser = DateTimeParser::new();
    let until = parser.parse_timestamp(value).ok()?;
    let now = parser.parse_timestamp(header("date")?).ok()?;
    until.duration_since(now).try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::http::{Body, Response};

    #[test]
    fn servers_say_in_three_ways_how_long_to_leave_them_alone() {
        let date = ("date", "Sun, 22 Nov 2026 10:00:00 GMT");
        let cases = [
            (vec![("retry-after", "7")], Some(7_000)),
            (vec![("retry-after", "Sun, 22 Nov 2026 10:00:30 GMT"), date], Some(30_000)),
            (vec![("retry-after", "Sun, 22 Nov 2026 09:00:30 GMT"), date], None),
            (vec![("retry-after", "Sun, 22 Nov 2026 10:00:30 GMT")], None),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "-1")], None),
            (vec![("x-acs-retry-after", "1500"), ("retry-after", "7")], Some(1_500)),
            (vec![date], None),
        ];
        for (headers, milliseconds) in cases {
            let owned =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let response = Response { status: 429, headers: owned, body: Body::Text(String::new()) };
            assert_eq!(response.retry_after(), milliseconds.map(Duration::from_millis), "{headers:?}");
        }
    }
}
