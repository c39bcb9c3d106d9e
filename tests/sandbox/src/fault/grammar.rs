//! Reading rules and faults.

use std::{str::FromStr, time::Duration};

use super::{
    Fault, Instead, Retry, Rule, When,
    words::{Read, Unreadable, Words, signed_duration, unreadable},
};
use crate::{
    action,
    calls::{CLASSES, Calls, apis},
};

const FAULTS: &str = "`refuse`, `down`, `reset`, `hang`, `cut`, `broken-json`, `empty`, `twice`, `500`, `502`, `503`, `504`, \
                      `backend-timeout`, `error`, `html`, `foreign`, `bare`, `redirect`, `throttle`, `slow`, `skew`, \
                      `stale`, `somebody`";

impl FromStr for Rule {
    type Err = Unreadable;

    fn from_str(text: &str) -> Read<Self> {
        let Some((head, fault)) = text.split_once(':') else {
            return unreadable(format!("`{text}` is not `CALLS: FAULT`, such as `release: reset after`"));
        };
        let mut words = Words::of(head);
        let calls = calls(words.required("which calls, such as `release`,")?)?;
        let which = words.take_as(which);
        let from = if words.take("from") { words.duration()? } else { Duration::ZERO };
        let to = if words.take("to") { Some(words.duration()?) } else { None };
        if let Some(word) = words.next() {
            return unreadable(format!(
                "`{word}` is none of `2`, `2-4`, `2-`, `always`, `from 10s`, `to 30s`"
            ));
        }
        let timed = !from.is_zero() || to.is_some();
        let (first, last) = which.unwrap_or((1, (!timed).then_some(1)));
        Ok(Self { first, last, from, to, ..Self::new(calls, fault.parse()?) })
    }
}

fn calls(word: &str) -> Read<Calls> {
    Calls::named(word).ok_or_else(|| {
        let close = |name: &&str| name.to_lowercase().contains(&word.to_lowercase());
        let quoted = |name: &str| format!("`{name}`");
        let mut known: Vec<_> = apis().filter(close).map(quoted).collect();
        if known.is_empty() {
            known = apis().map(quoted).collect();
        }
        let classes = CLASSES.map(|(_, class)| quoted(class)).join(", ");
        Unreadable(format!("`{word}` is none of {classes}, {}", known.join(", ")))
    })
}

/// `always`, `2`, `2-4` or `2-`.
fn which(word: &str) -> Option<(u32, Option<u32>)> {
    if word == "always" {
        return Some((1, None));
    }
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
    match word.split_once('-') {
        None => number(word).map(|only| (only, Some(only))),
        Some((first, "")) => number(first).map(|first| (first, None)),
        Some((first, last)) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some((first, Some(last)))
        }
    }
}

impl FromStr for Fault {
    type Err = Unreadable;

    fn from_str(text: &str) -> Read<Self> {
        let mut words = Words::of(text);
        let word = words.required("a fault, such as `reset after`,")?;
        let fault = match word {
            "refuse" => Self::Refuse,
            "down" => Self::Down(words.duration()?),
            "reset" => Self::Reset(required_when(word, &mut words)?),
            "hang" => Self::Hang(required_when(word, &mut words)?),
            "cut" => Self::Cut,
            "broken-json" => Self::BrokenJson,
            "empty" => Self::Empty,
            "twice" => Self::Twice,
            "stale" => Self::Stale(words.duration()?),
            "slow" => Self::Slow(words.duration()?),
            "skew" => Self::Skew(signed_duration(words.required("a duration such as `20m`")?)?),
            "somebody" => {
                let action = action::text::read(&mut words)?;
                let after = if words.take("after") { words.duration()? } else { Duration::ZERO };
                Self::Somebody { action, after }
            }
            _ => instead(word, &mut words)?,
        };
        words.end()?;
        Ok(fault)
    }
}

fn instead(word: &str, words: &mut Words<'_>) -> Read<Fault> {
    let answer = match word {
        "500" | "502" | "503" | "504" => Instead::ServerError(status(word).unwrap_or(500)),
        "backend-timeout" => Instead::BackendTimeout,
        "error" => {
            let word = words.required("an HTTP status")?;
            let Some(status) = status(word) else { return unreadable(format!("`{word}` is no HTTP status")) };
            Instead::Error { status, code: words.required("the vendor's error code")?.into() }
        }
        "html" => Instead::Html(words.take_as(status).unwrap_or(502)),
        "foreign" => Instead::Foreign(words.take_as(status).unwrap_or(403)),
        "bare" => Instead::Bare(words.take_as(status).unwrap_or(429)),
        "redirect" => Instead::Redirect(words.take_as(status).unwrap_or(302)),
        "throttle" if words.take("busy") => Instead::ThrottleBusy,
        "throttle" => words.take_as(status).map_or(Instead::Throttle, Instead::ThrottleStatus),
        _ => return unreadable(format!("`{word}` is no fault; there are {FAULTS}")),
    };
    let when = match when(words)? {
        // A throttled call that takes effect all the same would not be one.
        Some(When::After | When::Late(_)) if word == "throttle" => {
            return unreadable("what is throttled never takes effect: `throttle` is always `before`");
        }
        when => when.unwrap_or(When::Before),
    };
    Ok(Fault::Instead { answer, when, retry: retry(words)? })
}

fn status(word: &str) -> Option<u16> {
    word.parse().ok().filter(|status| (200..=599).contains(status))
}

fn required_when(word: &str, words: &mut Words<'_>) -> Read<When> {
    let missing = || {
        Unreadable(format!("`{word}` needs `before`, `after` or `late 30s`: when does the call take effect"))
    };
    when(words)?.ok_or_else(missing)
}

fn when(words: &mut Words<'_>) -> Read<Option<When>> {
    Ok(if words.take("before") {
        Some(When::Before)
    } else if words.take("after") {
        Some(When::After)
    } else if words.take("late") {
        Some(When::Late(words.duration()?))
    } else {
        None
    })
}

pub(crate) fn retry(words: &mut Words<'_>) -> Read<Option<Retry>> {
    Ok(if words.take("retry-after") {
        let duration = words.duration()?;
        if duration.subsec_nanos() != 0 {
            return unreadable("`retry-after` counts whole seconds");
        }
        Some(Retry::Seconds(u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)))
    } else if words.take("retry-at") {
        Some(Retry::Date(words.duration()?))
    } else if words.take("x-acs-retry-after") {
        Some(Retry::Milliseconds(u32::try_from(words.duration()?.as_millis()).unwrap_or(u32::MAX)))
    } else {
        None
    })
}
