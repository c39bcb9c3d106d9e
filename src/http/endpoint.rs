//! An origin: scheme, host and port.

use std::net::IpAddr;

use reqwest::Url;

/// The metadata services of Huawei Cloud and Alibaba Cloud.
const METADATA: [&str; 2] = ["169.254.169.254", "100.100.100.200"];

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

    /// Takes a URL of a service that gives out credentials apart: its origin, and what follows. `https`, or `http` to this
    /// machine and to the metadata addresses.
    pub fn split(text: &str) -> Result<(Self, String), String> {
        let mut origin = Url::parse(text).map_err(|_| "is not a URL".to_owned())?;
        if origin.host_str().is_none_or(str::is_empty) {
            return Err("has no host".to_owned());
        }
        if !origin.username().is_empty() || origin.password().is_some() {
            return Err("has a user name in it".to_owned());
        }
        let query = origin.query().map(|query| format!("?{query}")).unwrap_or_default();
        let target = format!("{}{query}", origin.path());
        origin.set_path("/");
        origin.set_query(None);
        origin.set_fragment(None);
        let endpoint = Self { origin };
        match endpoint.origin.scheme() {
            "https" => Ok((endpoint, target)),
            "http" if endpoint.is_loopback() || METADATA.contains(&endpoint.host()) => Ok((endpoint, target)),
            "http" => Err("is not encrypted: `http` is for loopback only, use `https`".to_owned()),
            _ => Err("must begin with `https://`".to_owned()),
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
