//! Dates in HTTP's headers.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

/// A moment in any of the three forms that a recipient must take. What day of the week it was is not looked at.
///
/// ```text
/// Sun, 06 Nov 1994 08:49:37 GMT    IMF-fixdate
/// Sunday, 06-Nov-94 08:49:37 GMT   RFC 850
/// Sun Nov  6 08:49:37 1994         asctime
/// ```
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7>
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let fixdate = DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text);
    fixdate.ok().or_else(|| rfc_850(text)).or_else(|| asctime(text))
}

fn rfc_850(text: &str) -> Option<Timestamp> {
    let (_, date) = text.split_once(", ")?;
    utc("%d-%b-%y %H:%M:%S GMT", date)
}

fn asctime(text: &str) -> Option<Timestamp> {
    let (_, date) = text.split_once(' ')?;
    utc("%b %e %H:%M:%S %Y", date)
}

fn utc(format: &str, text: &str) -> Option<Timestamp> {
    let date = DateTime::strptime(format, text).ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn every_form_of_http_is_read() {
        let same = [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            " Sun, 06 Nov 1994 08:49:37 GMT ",
            "06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 10:49:37 +0200",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            // The wrong day of the week.
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Monday, 06-Nov-94 08:49:37 GMT",
            "Mon Nov  6 08:49:37 1994",
        ];
        for text in same {
            let read = parse(text).map(|moment| moment.to_string());
            assert_eq!(read.as_deref(), Some("1994-11-06T08:49:37Z"), "{text}");
        }
        let two_digits = parse("Sunday, 22-Nov-26 08:49:37 GMT").unwrap();
        assert_eq!(two_digits.to_string(), "2026-11-22T08:49:37Z");
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        for text in
            ["", "soon", "7", "Sun, 31 Feb 2026 08:49:37 GMT", "Sun Nov  6 08:49:37", "2026-11-22T10:00:00Z"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
