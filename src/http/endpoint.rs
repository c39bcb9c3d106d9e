//! An origin: scheme, host and port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// The metadata services of machines, Alibaba's and Huawei's: link-local, so that no other machine answers there.
pub const METADATA: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(169, 254, 169, 254)];

/// The one name that stands for this machine's own addresses, without asking anyone.
pub const LOCALHOST: &str = "localhost";

/// What that name is connected to; the port is the URL's.
pub const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    origin: Url,
}

impl Endpoint {
    /// Takes scheme, host and port, as users give them: `https`, or `http` to a loopback address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "scheme, host and port, such as `https://dcdn.aliyuncs.com`";
        let url = Url::parse(text).map_err(|_| format!("is not a URL: give {form}"))?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(format!("has no host: give {form}"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!("has a user name in it: give {form}"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(format!("has more than a port after its host: give only {form}"));
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("must begin with `https://`: give {form}"));
        }
        let endpoint = Self::of(&url)?;
        if endpoint.origin.scheme() == "http" && !endpoint.is_loopback() {
            return Err(NOT_ENCRYPTED.to_owned());
        }
        Ok(endpoint)
    }

    /// The origin of a URL that may be called: `https`, or `http` to a loopback address or a metadata service.
    pub fn of(url: &Url) -> Result<Self, String> {
        let mut origin = url.clone();
        // Fails only for a URL that has no host, which no scheme below allows.
        let _ = origin.set_username("").and_then(|()| origin.set_password(None));
        origin.set_path("/");
        origin.set_query(None);
        origin.set_fragment(None);
        let endpoint = Self { origin };
        match url.scheme() {
            "https" => Ok(endpoint),
            "http" if endpoint.is_loopback() || endpoint.is_metadata() => Ok(endpoint),
            _ => Err(NOT_ENCRYPTED.to_owned()),
        }
    }

    /// Takes a URL of a service that gives out credentials apart: its origin, and what follows.
    pub fn split(text: &str) -> Result<(Self, String), String> {
        let url = Url::parse(text).map_err(|_| "is not a URL".to_owned())?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err("has no host".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has a user name in it".to_owned());
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err("must begin with `https://`".to_owned());
        }
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok((Self::of(&url)?, format!("{}{query}", url.path())))
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

    /// The port, the scheme's own where none is given.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.origin.port_or_known_default()
    }

    /// Whether it is a loopback address, or `localhost`, which is resolved to one. Other names below `localhost` are
    /// not: who answers for them is the resolver's word.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.address() {
            Some(address) => address.is_loopback(),
            None => self.host().trim_end_matches('.') == LOCALHOST,
        }
    }

    fn is_metadata(&self) -> bool {
        self.address().is_some_and(|address| METADATA.iter().any(|known| address == *known))
    }

    /// The host's address, if it is given by one; an IPv4 address inside an IPv6 one is that IPv4 address.
    fn address(&self) -> Option<IpAddr> {
        let bare = self.host().trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
    }
}

const NOT_ENCRYPTED: &str = "is not encrypted: `http` is for loopback addresses only (`127.0.0.1`, `[::1]`, `localhost`), use `https`";

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::Endpoint;

    #[test]
    fn plain_http_is_for_loopback_addresses() {
        let own = [
            "localhost",
            "LOCALHOST.",
            "127.0.0.1",
            "127.1.2.3",
            "2130706433",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ];
        for host in own {
            assert!(Endpoint::parse(&format!("http://{host}:8080")).is_ok(), "{host}");
        }
        let others = [
            "cloud.localhost",
            "localhost.example",
            "notlocalhost",
            "0.0.0.0",
            "[::]",
            "128.0.0.1",
            "127.0.0.1.example",
            "[::2]",
            "169.254.169.254",
            "100.100.100.200",
        ];
        for host in others {
            let problem = Endpoint::parse(&format!("http://{host}:8080")).unwrap_err();
            assert!(problem.starts_with("is not encrypted"), "{host}: {problem}");
            assert!(Endpoint::parse(&format!("https://{host}:8080")).is_ok(), "{host}");
        }
    }

    #[test]
    fn a_metadata_service_is_reached_without_encryption_by_its_address_alone() {
        let of = |url: &str| Endpoint::of(&Url::parse(url).unwrap());
        assert!(of("http://100.100.100.200/latest/api/token?x=y").is_ok());
        assert!(of("http://169.254.169.254/openstack/latest/securitykey").is_ok());
        for url in [
            "http://169.254.169.253/",
            "http://metadata.example/",
            "ftp://127.0.0.1/",
            "http://cloud.localhost/",
        ] {
            assert!(of(url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_origin_has_nothing_but_scheme_host_and_port() {
        let url = Url::parse("https://sts.example:8443/a/b?c=d#e").unwrap();
        assert_eq!(
            Endpoint::of(&url),
            Endpoint::parse("https://sts.example:8443").map_err(|_| String::new())
        );
    }
}
