//! Where a service is: the host of its region.

use super::Service;
use crate::error::InvalidInput;
use crate::http::endpoint::Endpoint;
use crate::process::env::Env;
use crate::text::placeholder::unfilled;
use crate::text::{sanitize, similar};

/// The account's variables that name a region.
pub struct RegionVariables {
    /// Those that are read, in this order.
    pub read: &'static [&'static str],
    /// How the names of a vendor's variables begin: one that names a region and is not read is at least named.
    pub prefixes: &'static [&'static str],
}

/// The host of a service, in the region that the user gave, the account's variable names, or the default one.
pub fn endpoint(service: &Service, region: Option<&str>, env: &Env) -> Result<Endpoint, InvalidInput> {
    let region = match region {
        Some(region) => Some(known(service, region).map_err(|problem| InvalidInput::new("region", problem))?),
        None if service.regions.is_empty() => None,
        None => Some(of_account(service, env)?),
    };
    let host = (service.host)(region.unwrap_or_default());
    Endpoint::parse(&format!("https://{host}")).map_err(|problem| InvalidInput::new("region", problem))
}

/// The region of the account's variables, or the default one.
fn of_account<'a>(service: &Service, env: &'a Env) -> Result<&'a str, InvalidInput> {
    let Some((variable, region)) = env.first_text(service.region_variables.read)? else {
        return unnamed(service, env);
    };
    name_others(service, env, variable, region);
    match (known(service, region), service.default_region) {
        (Ok(region), _) => Ok(region),
        (Err(_), Some(default)) => {
            tracing::info!(
                "{} is not in the region that `{variable}` names, `{}`: `{default}` is used",
                service.name,
                sanitize::line(region)
            );
            Ok(default)
        }
        (Err(problem), None) => Err(InvalidInput::new(variable, problem)),
    }
}

/// No variable that is read is set.
fn unnamed(service: &Service, env: &Env) -> Result<&'static str, InvalidInput> {
    let unread = others(service, env, "").map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let read = format!("`{}`", service.region_variables.read.join("` or `"));
    match (service.default_region, unread.is_empty()) {
        (Some(default), true) => Ok(default),
        (Some(default), false) => {
            tracing::warn!(
                "{unread} is not read for the region: `{default}` is used; set `region`, or {read}"
            );
            Ok(default)
        }
        (None, is_empty) => {
            let unread = if is_empty { String::new() } else { format!(" ({unread} is not read)") };
            let regions = listed(service.regions);
            let problem = format!(
                "is missing{unread}: {} is in {regions}; give one of them, or `endpoint`, or set {read}",
                service.name
            );
            Err(InvalidInput::new("region", problem))
        }
    }
}

/// Warns of variables that name another region than the one that is taken.
fn name_others(service: &Service, env: &Env, taken: &str, region: &str) {
    for (name, other) in others(service, env, taken).filter(|(_, other)| *other != region) {
        tracing::warn!("`{name}` names another region, `{}`: `{taken}` is read first", sanitize::line(other));
    }
}

/// The other variables of the vendor's that name a region, read or not.
fn others<'a>(
    service: &'a Service,
    env: &'a Env,
    taken: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
    let variables = &service.region_variables;
    let is_one = move |name: &&str| {
        let upper = name.to_uppercase();
        let is_vendors = variables.prefixes.iter().any(|prefix| upper.starts_with(prefix));
        let names_one = ["_REGION", "_REGION_ID", "_REGION_NAME"].iter().any(|end| upper.ends_with(end));
        is_vendors && names_one && !upper.contains("_STS_") && !name.eq_ignore_ascii_case(taken)
    };
    env.names().filter(is_one).filter_map(|name| Some((name, env.text(name).ok()??)))
}

/// The region, if the service is known to be there, or what is wrong with it.
fn known<'a>(service: &Service, region: &'a str) -> Result<&'a str, String> {
    if service.regions.is_empty() || service.regions.contains(&region) {
        return Ok(region);
    }
    let shown = sanitize::line(region);
    if let Some(why) = unfilled(region) {
        return Err(format!("is `{shown}`, {}", why.meaning()));
    }
    let (name, regions, reach) = (service.name, listed(service.regions), service.reach);
    let meant = nearest(service.regions, region).map(|meant| format!("did you mean `{meant}`? "));
    let meant = meant.unwrap_or_default();
    Err(format!("is `{shown}`: {meant}{name} has only {regions}{reach}; give one of them, or `endpoint`"))
}

/// The region that was probably meant. Another number is another region, and one with a letter at its end is a zone.
fn nearest(regions: &[&'static str], given: &str) -> Option<&'static str> {
    let given = given.to_ascii_lowercase().replace(['_', ' '], "-");
    let is_zone_of = |region: &&&str| {
        let rest = given.strip_prefix(**region).map(|rest| rest.trim_start_matches('-'));
        rest.is_some_and(|rest| rest.len() == 1 && rest.chars().all(|c| c.is_ascii_lowercase()))
    };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_near = |region: &&&str| digits(region) == digits(&given) && similar::is_one_slip(&given, region);
    regions.iter().find(is_zone_of).or_else(|| regions.iter().find(is_near)).copied()
}

fn listed(regions: &[&str]) -> String {
    let regions: Vec<String> = regions.iter().map(|region| format!("`{region}`")).collect();
    match regions.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => regions.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_region_that_was_probably_meant() {
        let regions = ["cn-hangzhou", "cn-north-1", "cn-north-4", "ap-southeast-1"];
        let cases = [
            ("cn-hangzou", Some("cn-hangzhou")),
            ("cn-hangzhou-b", Some("cn-hangzhou")),
            ("cn-north-4a", Some("cn-north-4")),
            ("cn-nort-4", Some("cn-north-4")),
            ("CN_North_4", Some("cn-north-4")),
            ("ap-southeast1", Some("ap-southeast-1")),
            // These are regions, too.
            ("cn-north-9", None),
            ("ap-southeast-2", None),
            ("cn-guangzhou", None),
            ("cn-beijing", None),
            ("", None),
        ];
        for (given, meant) in cases {
            assert_eq!(nearest(&regions, given), meant, "{given}");
        }
    }
}
