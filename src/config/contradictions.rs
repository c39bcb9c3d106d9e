//! Inputs that are fine alone, and not beside the others: those that contradict each other are faults, those that have no
//! effect are named.

use std::time::Duration;

use crate::error::InvalidInput;
use crate::input::{Effect, Input, Values};
use crate::text::duration;

/// A call that lands later than this after its answer was lost is rare enough for one that is sent again on demand.
const LEAST_SETTLE_TIME: Duration = Duration::from_secs(30);

/// Inputs that contradict others.
pub(super) fn faults(values: &Values) -> Vec<InvalidInput> {
    [lone_package(values), short_settle_time(values), short_retry_timeout(values)]
        .into_iter()
        .flatten()
        .collect()
}

fn is(values: &Values, name: &str, value: &str) -> bool {
    values.get(name) == Some(value)
}

fn time(values: &Values, name: &str) -> Option<Duration> {
    values.get(name)?.parse().ok().map(Duration::from_millis)
}

fn lone_package(values: &Values) -> Option<InvalidInput> {
    let is_alone = values.get("release_package_id").is_some() && is(values, "resume", "false");
    let problem =
        "names a package to wait for: set `resume` to `true`, or leave it out to make a new package";
    is_alone.then(|| InvalidInput::new("release_package_id", problem))
}

fn short_settle_time(values: &Values) -> Option<InvalidInput> {
    let settle_time = time(values, "settle_time").filter(|_| is(values, "if_lost", "resend"))?;
    let (given, least) = (duration::format(settle_time), duration::format(LEAST_SETTLE_TIME));
    let problem = format!(
        "is `{given}`, and `if_lost: resend` needs `{least}` or more: a call that lands later makes a second release"
    );
    (settle_time < LEAST_SETTLE_TIME).then(|| InvalidInput::new("settle_time", problem))
}

fn short_retry_timeout(values: &Values) -> Option<InvalidInput> {
    let settle_time = time(values, "settle_time").filter(|_| is(values, "if_lost", "resend"))?;
    let retry_timeout = time(values, "retry_timeout")?;
    let (given, least) = (duration::format(retry_timeout), duration::format(settle_time));
    let problem = format!(
        "is `{given}`, and `if_lost: resend` needs `{least}` (`settle_time`) or more: a lost call is sent again only after that"
    );
    (retry_timeout < settle_time).then(|| InvalidInput::new("retry_timeout", problem))
}

/// Inputs that were given and have no effect beside the others, with the reason, to be read after the name.
pub(super) fn without_effect(rows: &[&'static Input], values: &Values) -> Vec<(&'static str, String)> {
    let resumes = is(values, "resume", "true");
    let waits = resumes || is(values, "wait", "true");
    let by_row = |input: &&Input| match input.effect {
        Effect::Waiting if !waits => Some((input.name, "has no effect without `wait`".to_owned())),
        Effect::Calling if resumes => {
            Some((input.name, "has no effect with `resume`, which sends no release call".to_owned()))
        }
        _ => None,
    };
    let mut idle: Vec<_> = rows.iter().filter_map(by_row).collect();
    if time(values, "poll_max_interval") < time(values, "poll_interval") {
        idle.push(("poll_max_interval", "has no effect, as it is shorter than `poll_interval`".to_owned()));
    }
    idle.retain(|(name, _)| values.is_given(name));
    idle
}

#[cfg(test)]
mod tests {
    use super::{faults, without_effect};
    use crate::input::{Input, Values, common};

    fn values(given: &[(&'static str, &str)]) -> Values {
        let mut values = Values::default();
        let defaults = [
            ("wait", "false"),
            ("resume", "false"),
            ("if_lost", "stop"),
            ("settle_time", "90000"),
            ("retry_timeout", "300000"),
            ("poll_interval", "1000"),
            ("poll_max_interval", "30000"),
        ];
        for (name, value) in defaults {
            values.replace(name, value.to_owned());
        }
        for (name, value) in given {
            values.give(name, (*value).to_owned());
        }
        values
    }

    #[test]
    fn sending_again_needs_time_for_the_first_call_to_land() {
        let said = |given: &[(&'static str, &str)]| {
            let faults = faults(&values(given));
            faults
                .iter()
                .map(|fault| format!("{} {}", fault.name, fault.problem))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let resend = ("if_lost", "resend");
        assert_eq!(said(&[resend]), "");
        assert_eq!(said(&[resend, ("settle_time", "30000"), ("retry_timeout", "30000")]), "");
        assert_eq!(said(&[("settle_time", "0"), ("retry_timeout", "0")]), "");
        insta::assert_snapshot!(said(&[resend, ("settle_time", "29999")]), @"settle_time is `29s999ms`, and `if_lost: resend` needs `30s` or more: a call that lands later makes a second release");
        insta::assert_snapshot!(said(&[resend, ("retry_timeout", "89000")]), @"retry_timeout is `1m29s`, and `if_lost: resend` needs `1m30s` (`settle_time`) or more: a lost call is sent again only after that");
        insta::assert_snapshot!(said(&[resend, ("settle_time", "0"), ("retry_timeout", "0")]), @"settle_time is `0s`, and `if_lost: resend` needs `30s` or more: a call that lands later makes a second release");
    }

    #[test]
    fn what_has_no_effect_beside_the_others() {
        let rows: Vec<&Input> = common::INPUTS.iter().collect();
        let said = |given: &[(&'static str, &str)]| {
            let idle = without_effect(&rows, &values(given));
            idle.iter().map(|(name, why)| format!("{name} {why}")).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(said(&[]), "");
        assert_eq!(said(&[("resume", "true"), ("wait_timeout", "1000"), ("settle_time", "1000")]), "");
        assert_eq!(said(&[("wait", "true"), ("if_released", "adopt"), ("poll_interval", "60000")]), "");
        insta::assert_snapshot!(said(&[("wait_timeout", "1000"), ("poll_interval", "2000"), ("poll_max_interval", "1000")]), @"
        wait_timeout has no effect without `wait`
        poll_max_interval has no effect, as it is shorter than `poll_interval`
        ");
        insta::assert_snapshot!(said(&[("resume", "true"), ("wait", "false"), ("if_released", "fail"), ("if_lost", "resend"), ("release_timeout", "1000")]), @"
        if_released has no effect with `resume`, which sends no release call
        if_lost has no effect with `resume`, which sends no release call
        release_timeout has no effect with `resume`, which sends no release call
        ");
    }
}
