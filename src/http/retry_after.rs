//! How long a server asks to be left alone.

use std::time::Duration;

use jiff::Timestamp;

use crate::http::{Response, date};

/// A server that asks for more is asked again all the same: a deadline decides.
const LONGEST: Duration = Duration::from_secs(60 * 60);

impl Response {
    /// The longest pause that any header asks for: `Retry-After` in seconds, a fraction rounded up, or as a date by the
    /// server's own clock (`now` where it does not show it), and Alibaba's `x-acs-retry-after` in milliseconds. At most an hour.
    ///
    /// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3>
    #[must_use]
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let now = self.date().unwrap_or(now);
        let pauses = self.headers.iter().flat_map(|(name, value)| match name.as_str() {
            "retry-after" => standard(value, now),
            "x-acs-retry-after" => whole(value).map(Duration::from_millis).into_iter().collect(),
            _ => Vec::new(),
        });
        pauses.max().map(|longest| longest.min(LONGEST))
    }
}

/// One value, or several that something in between joined by commas.
fn standard(value: &str, now: Timestamp) -> Vec<Duration> {
    match date::parse(value) {
        // A date that has passed asks for nothing.
        Some(until) => until.duration_since(now).try_into().into_iter().collect(),
        None => value.split(',').filter_map(seconds).collect(),
    }
}

fn seconds(text: &str) -> Option<Duration> {
    let (seconds, fraction) = text.trim().split_once('.').unwrap_or((text, ""));
    let is_more = fraction.bytes().any(|digit| digit != b'0');
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(whole(seconds)?.saturating_add(u64::from(is_more))))
}

/// Digits, however many there are.
fn whole(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Body;

    fn asked(headers: &[(&str, &str)]) -> Option<u128> {
        let owned = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = Response { status: 429, headers: owned, body: Body::Text(String::new()) };
        let now = "2026-11-22T10:00:10Z".parse().unwrap();
        response.retry_after(now).map(|pause| pause.as_millis())
    }

    #[test]
    fn a_pause_in_seconds_is_rounded_up() {
        let cases = [
            ("7", Some(7_000)),
            (" 7 ", Some(7_000)),
            ("0", Some(0)),
            ("1.5", Some(2_000)),
            ("0.001", Some(1_000)),
            ("1.", Some(1_000)),
            ("2.000", Some(2_000)),
            // More than an hour, and more than any number has room for.
            ("86400", Some(3_600_000)),
            ("99999999999999999999999999", Some(3_600_000)),
            ("", None),
            (".", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            ("1.5s", None),
            ("0x10", None),
            ("inf", None),
            ("soon", None),
        ];
        for (value, milliseconds) in cases {
            assert_eq!(asked(&[("retry-after", value)]), milliseconds, "`{value}`");
        }
    }

    #[test]
    fn a_date_is_read_in_every_form_by_the_servers_clock() {
        let forms =
            ["Sun, 22 Nov 2026 10:00:30 GMT", "Sunday, 22-Nov-26 10:00:30 GMT", "Sun Nov 22 10:00:30 2026"];
        for until in forms {
            let until = ("retry-after", until);
            assert_eq!(asked(&[until, ("date", "Sun, 22 Nov 2026 10:00:00 GMT")]), Some(30_000));
            assert_eq!(asked(&[until, ("date", "Sunday, 22-Nov-26 10:00:01 GMT")]), Some(29_000));
            assert_eq!(asked(&[until]), Some(20_000), "this run's clock, where the server shows none");
            assert_eq!(asked(&[until, ("date", "Sun, 22 Nov 2026 10:00:31 GMT")]), None);
        }
    }

    #[test]
    fn of_several_the_longest_counts() {
        let (short, long) = (("retry-after", "3"), ("retry-after", "Sun, 22 Nov 2026 10:00:30 GMT"));
        for both in [[short, long], [long, short]] {
            assert_eq!(asked(&both), Some(20_000));
        }
        assert_eq!(asked(&[("retry-after", "5, 12,1.5")]), Some(12_000));
        assert_eq!(asked(&[("retry-after", "soon"), short]), Some(3_000));
        assert_eq!(asked(&[("x-acs-retry-after", "1500"), ("retry-after", "7")]), Some(7_000));
        assert_eq!(asked(&[("x-acs-retry-after", "9500"), ("retry-after", "7")]), Some(9_500));
        assert_eq!(asked(&[("x-acs-retry-after", "1.5")]), None);
        assert_eq!(asked(&[("date", "Sun, 22 Nov 2026 10:00:00 GMT")]), None);
    }
}
