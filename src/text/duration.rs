//! Durations as people write them.

use std::time::Duration;

/// The longest duration: nothing in a CI lasts a year.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// `90` (seconds), `500ms`, `90s`, `30m`, `1h30m`, `2d`.
pub fn parse(value: &str) -> Result<Duration, String> {
    let wrong =
        || "is not a duration: write `90` (seconds), `500ms`, `90s`, `30m`, `1h30m` or `2d`".to_owned();
    let mut rest = value;
    let mut total = Duration::ZERO;
    let mut largest = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let unit = &tail[..tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len())];
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1_000,
            "" if number == value => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        // `1h30m`, not `30m1h` or `1h1h`.
        if milliseconds >= largest {
            return Err(wrong());
        }
        largest = milliseconds;
        let amount = number.parse::<u64>().ok().and_then(|n| n.checked_mul(milliseconds));
        total = total.saturating_add(Duration::from_millis(amount.ok_or_else(wrong)?));
        rest = &tail[unit.len()..];
    }
    match total {
        total if total > LONGEST => Err("is longer than a year".to_owned()),
        total => Ok(total),
    }
}
