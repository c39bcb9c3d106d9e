//! Where a service is: the host of its region.

use super::Service;
use crate::error::InvalidInput;
use crate::http::endpoint::Endpoint;
use crate::process::env::Env;

/// The host of a service, in the region that the user gave, the account's variable names, or the default one.
pub fn endpoint(service: &Service, region: Option<&str>, env: &Env) -> Result<Endpoint, InvalidInput> {
    let region = match region {
        Some(region) => Some(known(service, region, "region")?),
        None => account_region(service, env)?.or(service.default_region),
    };
    let host = match region {
        Some(region) => (service.host)(region),
        None if service.regions.is_empty() => (service.host)(""),
        None => {
            return Err(InvalidInput::new(
                "region",
                format!("is missing: give one of {}, or `endpoint`", listed(service.regions)),
            ));
        }
    };
    Endpoint::parse(&format!("https://{host}")).map_err(|problem| InvalidInput::new("region", problem))
}

fn account_region<'a>(service: &Service, env: &'a Env) -> Result<Option<&'a str>, InvalidInput> {
    let Some((variable, region)) = env.first_text(service.region_variables)? else {
        return Ok(None);
    };
    match (known(service, region, variable), service.default_region) {
        (Ok(region), _) => Ok(Some(region)),
        (Err(_), Some(default)) => {
            tracing::info!(
                "{} is not in the region that `{variable}` names: `{default}` is used",
                service.name
            );
            Ok(None)
        }
        (Err(fault), None) => Err(fault),
    }
}

fn known<'a>(service: &Service, region: &'a str, variable: &str) -> Result<&'a str, InvalidInput> {
    if service.regions.is_empty() || service.regions.contains(&region) {
        return Ok(region);
    }
    Err(InvalidInput::new(
        variable,
        format!(
            "is `{region}`, and {} is not known to be there: give one of {}, or `endpoint`",
            service.name,
            listed(service.regions)
        ),
    ))
}

fn listed(regions: &[&str]) -> String {
    let regions: Vec<String> = regions.iter().map(|region| format!("`{region}`")).collect();
    regions.join(", ")
}
