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

/// A duration as people write one: `1h30m`, `90ms`, `0s`.
#[must_use]
pub fn format(duration: Duration) -> String {
    let (seconds, milliseconds) = (duration.as_secs(), duration.subsec_millis());
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
        (milliseconds.into(), "ms"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, unit)| format!("{count}{unit}")).collect();
    if parts.is_empty() { "0s".to_owned() } else { parts.concat() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn durations_are_written_as_people_write_them() {
        let cases = [(0, "0s"), (500, "500ms"), (90_000, "1m30s"), (5_400_000, "1h30m"), (172_800_000, "2d")];
        for (milliseconds, shown) in cases {
            assert_eq!(super::format(std::time::Duration::from_millis(milliseconds)), shown);
        }
    }
}
