//! Where a service is: the `endpoint` that the user gave, or the host of its region.

use std::net::IpAddr;

use reqwest::Url;

use crate::cloud::Service;
use crate::input::Fault;
use crate::process::env::Env;

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    origin: Url,
}

impl Endpoint {
    /// Takes scheme, host and port; `https`, or `http` on loopback.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "scheme, host and port, such as `https://dcdn.aliyuncs.com`";
        let origin = Url::parse(text).map_err(|_| format!("is not a URL: give {form}"))?;
        if origin.host_str().is_none_or(str::is_empty) {
            return Err(format!("has no host: give {form}"));
        }
        if !origin.username().is_empty() || origin.password().is_some() {
            return Err(format!("has a user name in it: give {form}"));
        }
        if origin.path() != "/" || origin.query().is_some() || origin.fragment().is_some() {
            return Err(format!("goes on behind the port: give only {form}"));
        }
        let endpoint = Self { origin };
        match endpoint.origin.scheme() {
            "https" => Ok(endpoint),
            "http" if endpoint.is_loopback() => Ok(endpoint),
            "http" => Err("is not encrypted: `http` is for loopback only, use `https`".to_owned()),
            _ => Err(format!("must begin with `https://`: give {form}")),
        }
    }

    /// The host of a service, in the region that the user gave, the account's variable names, or the default one.
    pub fn of_service(service: &Service, region: Option<&str>, env: &Env) -> Result<Self, Fault> {
        let region = match region {
            Some(region) => Some(known(service, region, "region")?),
            None => Self::account_region(service, env)?.or(service.default_region),
        };
        let host = match region {
            Some(region) => (service.host)(region),
            None if service.regions.is_empty() => (service.host)(""),
            None => {
                return Err(Fault::new(
                    "region",
                    format!("is missing: give one of {}, or `endpoint`", listed(service.regions)),
                ));
            }
        };
        Self::parse(&format!("https://{host}")).map_err(|problem| Fault::new("region", problem))
    }

    fn account_region<'a>(service: &Service, env: &'a Env) -> Result<Option<&'a str>, Fault> {
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

    /// Host and, unless it is the scheme's own, port: as the `Host` header has it.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.host();
        match self.origin.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The host's name or address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin.host_str().unwrap_or_default()
    }

    /// The URL of a call; path and query are encoded already.
    #[must_use]
    pub fn url(&self, path: &str, query: &str) -> String {
        let scheme = self.origin.scheme();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{scheme}://{}{path}{mark}{query}", self.authority())
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        match address.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => host == "localhost" || host.ends_with(".localhost"),
        }
    }
}

fn known<'a>(service: &Service, region: &'a str, variable: &str) -> Result<&'a str, Fault> {
    if service.regions.is_empty() || service.regions.contains(&region) {
        return Ok(region);
    }
    Err(Fault::new(
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
