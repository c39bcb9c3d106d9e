//! Which servers are reached through a proxy, and through which, by the variables that every tool reads.

use std::net::IpAddr;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{ClientBuilder, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::error::InvalidInput;
use crate::http::endpoint::Endpoint;
use crate::process::env::Env;
use crate::process::secrets;
use crate::text::redact::Redactor;

/// Never through a proxy, whatever `NO_PROXY` says: this machine, and the metadata services of either cloud.
const ALWAYS_DIRECT: &str = "localhost,127.0.0.0/8,::1,169.254.169.254,100.100.100.200";

/// The variables that name a proxy for `https`, the first that is set.
const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The proxy of this run, and the servers that are reached without it.
#[derive(Default)]
pub struct Proxies {
    /// What the first variable that is set gives.
    proxy: Option<Result<HttpsProxy, InvalidInput>>,
    no_proxy: String,
}

/// A proxy that can be used.
pub struct HttpsProxy {
    /// The variable that names it, as the user wrote it.
    pub variable: String,
    /// Whether it is given a user or a password.
    pub has_login: bool,
    url: SecretString,
}

impl HttpsProxy {
    /// Its URL, with the login if it has one.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.expose_secret()
    }
}

impl Proxies {
    /// Reads the variables. A proxy that cannot be used is only a fault where a server is reached through it.
    pub fn read(env: &Env) -> Result<Self, InvalidInput> {
        let Some((variable, value)) = env.first_text(&PROXIES)? else {
            return Ok(Self::default());
        };
        let no_proxy = env.first_text(&["no_proxy", "NO_PROXY"])?.map_or("", |(_, hosts)| hosts);
        Ok(Self { proxy: Some(https_proxy(variable, value)), no_proxy: no_proxy.to_owned() })
    }

    /// Whether no variable names a proxy.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.proxy.is_none()
    }

    /// The proxy that a server is reached through, if it is; a proxy that cannot be used is a fault.
    pub fn proxy_for(&self, endpoint: &Endpoint) -> Result<Option<&HttpsProxy>, InvalidInput> {
        match &self.proxy {
            Some(proxy) if !bypasses_proxy(endpoint, &self.no_proxy) => {
                proxy.as_ref().map(Some).map_err(Clone::clone)
            }
            _ => Ok(None),
        }
    }

    /// Lays the same rule down for a client, which asks at each connection. No other variable is read.
    pub fn apply(self: Arc<Self>, client: ClientBuilder) -> ClientBuilder {
        if self.proxy.is_none() {
            return client.no_proxy();
        }
        client.proxy(reqwest::Proxy::custom(move |url| {
            let endpoint = Endpoint::of(url).ok()?;
            let proxy = self.proxy_for(&endpoint).ok().flatten()?;
            Some(proxy.url().to_owned())
        }))
    }
}

/// What people write to say that there is no proxy. Every other tool takes it for the name of a host.
const NONE: [&str; 14] = [
    "none",
    "no",
    "off",
    "false",
    "0",
    "null",
    "nil",
    "undefined",
    "direct",
    "disabled",
    "disable",
    "true",
    "yes",
    "on",
];

fn https_proxy(variable: &str, value: &str) -> Result<HttpsProxy, InvalidInput> {
    usable(value).map(|(url, has_login)| HttpsProxy { variable: variable.to_owned(), has_login, url }).map_err(|problem| {
        let hint = format!(
            "`{variable}` is set by the job or by this machine, and is no input: mend it there, or name the host in `NO_PROXY`"
        );
        InvalidInput::new(variable, problem).with_hint(hint)
    })
}

/// The URL of a proxy and whether it has a login, or what is wrong with it.
fn usable(value: &str) -> Result<(SecretString, bool), String> {
    // The usual reason: `/`, `?` or `#` in a password ends the host's name.
    let no_url = || {
        "is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it"
            .to_owned()
    };
    if let Some(none) = NONE.iter().find(|none| value.eq_ignore_ascii_case(none)) {
        return Err(format!(
            "is `{none}`, which is no proxy: unset it to use none, or give `http://host:port`"
        ));
    }
    let with_scheme = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let url = Url::parse(&with_scheme).map_err(|_| no_url())?;
    if !matches!(url.scheme(), "http" | "https") {
        let supported = "give `http://host:port` or `https://host:port`, or unset it";
        return Err(format!("is a kind of proxy that is not supported: {supported}"));
    }
    let has_more = !matches!(url.path(), "" | "/") || url.query().or(url.fragment()).is_some();
    if has_more || !url.host_str().is_some_and(is_host) {
        return Err(no_url());
    }
    let has_login = !url.username().is_empty() || url.password().is_some();
    Ok((with_scheme.into(), has_login))
}

/// Whether it can be a host's name or address; `$HTTPS_PROXY`, say, was never filled in.
fn is_host(host: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '[' | ']');
    !host.is_empty() && host.chars().all(is_part)
}

/// Learns the logins of all proxies that the environment names, used or not. A user's name may be a token.
pub fn register_secrets(env: &Env, redactor: &Redactor) {
    for name in PROXIES.into_iter().chain(["http_proxy", "HTTP_PROXY"]) {
        let value = env.get(name).unwrap_or_default();
        let (_, rest) = value.split_once("://").unwrap_or(("", value));
        let login = rest.rsplit_once('@').map_or("", |(login, _)| login);
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        for secret in
            [Some(password), Some(user).filter(|user| secrets::looks_secret(user))].into_iter().flatten()
        {
            redactor.add(secret);
            redactor.add(&percent_encoding::percent_decode_str(secret).decode_utf8_lossy());
        }
    }
}

/// Whether `NO_PROXY` names the endpoint: hosts with all below them (`example.com`, `.example.com`, `*.example.com`),
/// addresses and networks, each for one port or for all, and `*` for everything.
fn bypasses_proxy(endpoint: &Endpoint, no_proxy: &str) -> bool {
    let port = endpoint.port();
    let separators = |character: char| character == ',' || character.is_whitespace();
    let hosts: Vec<String> = no_proxy.split(separators).filter_map(|entry| host_for(entry, port)).collect();
    let hosts = hosts.join(",");
    let matcher =
        Matcher::builder().all("http://proxy.invalid").no(format!("{hosts},{ALWAYS_DIRECT}")).build();
    let uri = format!("https://{}/", canonical_host(endpoint.host()));
    hosts.split(',').any(|host| host == "*") || uri.parse().is_ok_and(|uri| matcher.intercept(&uri).is_none())
}

/// The host of an entry of `NO_PROXY`, in the terms of the matcher, if the entry is for this port.
fn host_for(entry: &str, port: Option<u16>) -> Option<String> {
    let with_port = entry.rsplit_once(':').and_then(|(host, only)| Some((host, only.parse::<u16>().ok()?)));
    let (host, only) = match with_port {
        // More than one colon without brackets is an address alone.
        Some((host, only)) if host.ends_with(']') || !host.contains(':') => (host, Some(only)),
        _ => (entry, None),
    };
    let host = host.replace(['[', ']'], "");
    let host = host.trim_end_matches('.');
    let host = if host.starts_with("*.") { &host[1..] } else { host };
    only.is_none_or(|only| Some(only) == port).then(|| host.to_owned())
}

/// One spelling for the same host: `localhost.` is `localhost`, and `::ffff:127.0.0.1` is `127.0.0.1`.
fn canonical_host(host: &str) -> String {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        Err(_) => bare.trim_end_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Proxies, bypasses_proxy, register_secrets};
    use crate::http::endpoint::Endpoint;
    use crate::process::env::Env;
    use crate::text::redact::Redactor;

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::parse(url).unwrap_or_else(|problem| panic!("`{url}` {problem}"))
    }

    /// The variable whose proxy leads to a host, if any does.
    fn proxy_for(url: &str, variables: &[(&str, &str)]) -> Option<String> {
        let env: Env = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let proxies = Proxies::read(&env).unwrap_or_else(|fault| panic!("{variables:?}: {fault:?}"));
        proxies.proxy_for(&endpoint(url)).unwrap().map(|proxy| proxy.variable.clone())
    }

    const PROXY: &str = "http://proxy.example:3128";

    /// No one else may answer in the place of this machine, or of the service that gives out a machine's keys.
    #[test]
    fn loopback_and_metadata_addresses_are_never_behind_a_proxy() {
        let direct = [
            "https://localhost",
            "https://LOCALHOST:8443",
            "https://localhost.",
            "https://a.b.localhost",
            "https://127.0.0.1",
            "https://127.1.2.3:8443",
            "https://0x7f.1",
            "https://2130706433",
            "https://[::1]",
            "https://[::ffff:127.0.0.1]",
            "https://169.254.169.254",
            "https://169.254.169.254:443",
            "https://0xa9fea9fe",
            "https://[::ffff:169.254.169.254]",
            "https://100.100.100.200",
            "https://[::ffff:100.100.100.200]:8443",
        ];
        let behind = [
            "https://localhost.example",
            "https://notlocalhost",
            "https://128.0.0.1",
            "https://[::2]",
            "https://169.254.169.253",
            "https://100.100.100.201",
            "https://169.254.169.254.example",
            "https://dcdn.aliyuncs.com",
        ];
        for no_proxy in ["", "example.com", "10.0.0.0/8, example.com"] {
            let variables = [("https_proxy", PROXY), ("ALL_PROXY", PROXY), ("NO_PROXY", no_proxy)];
            for url in direct {
                assert!(bypasses_proxy(&endpoint(url), no_proxy), "{url}, `{no_proxy}`");
                assert_eq!(proxy_for(url, &variables), None, "{url}, `{no_proxy}`");
            }
            for url in behind {
                assert!(!bypasses_proxy(&endpoint(url), no_proxy), "{url}, `{no_proxy}`");
                assert_eq!(proxy_for(url, &variables).as_deref(), Some("https_proxy"), "{url}, `{no_proxy}`");
            }
        }
    }

    #[test]
    fn no_proxy_takes_every_usual_form() {
        let cases = [
            // A host with all below it, with a dot or an asterisk before it or without, in any case.
            ("https://a.example.com", "example.com", true),
            ("https://a.example.com", ".example.com", true),
            ("https://a.example.com", "*.example.com", true),
            ("https://a.example.com.", "Example.COM.", true),
            ("https://A.EXAMPLE.com", "a.example.com", true),
            ("https://example.com", ".example.com", true),
            ("https://badexample.com", "example.com", false),
            ("https://example.com", "a.example.com", false),
            ("https://example.com.evil.example", "example.com", false),
            // Everything.
            ("https://a.example.com", "*", true),
            ("https://10.1.2.3", "other.example, *", true),
            ("https://a.example.com", "a*", false),
            // Addresses and networks.
            ("https://10.1.2.3", "10.1.2.3", true),
            ("https://10.1.2.3", "10.0.0.0/8", true),
            ("https://10.1.2.3", "11.0.0.0/8,10.1.2.4", false),
            ("https://10.1.2.3", "10", false),
            ("https://[fd00::1]", "fd00::1", true),
            ("https://[fd00::1]", "[fd00::1]", true),
            ("https://[fd00::1]", "fd00::/8", true),
            ("https://[fd00::1]", "fe80::/10", false),
            // For one port; that of `https` where there is none.
            ("https://a.example.com", "example.com:443", true),
            ("https://a.example.com:8443", "example.com:8443", true),
            ("https://a.example.com:8443", "example.com:443", false),
            ("https://a.example.com", "example.com:8443", false),
            ("https://a.example.com", "example.com:https", false),
            ("https://10.1.2.3:8443", "10.1.2.3:8443", true),
            ("https://[fd00::1]:8443", "[fd00::1]:8443", true),
            ("https://[fd00::1]:8443", "[fd00::1]:443", false),
            // Between commas or white space, and next to what means nothing.
            ("https://a.example.com", "other.example example.com", true),
            ("https://a.example.com", " other.example ,\t example.com ,", true),
            ("https://a.example.com", ",,:,[],%,http://example.com,", false),
            ("https://a.example.com", "", false),
        ];
        for (url, no_proxy, direct) in cases {
            assert_eq!(bypasses_proxy(&endpoint(url), no_proxy), direct, "{url}, `{no_proxy}`");
            for name in ["no_proxy", "NO_PROXY"] {
                let proxy = proxy_for(url, &[("HTTPS_PROXY", PROXY), (name, no_proxy)]);
                assert_eq!(proxy.is_none(), direct, "{url}, {name}=`{no_proxy}`");
            }
        }
    }

    /// As curl has it: lower case first, and the variable for `https` before the one for all. Windows knows no case.
    #[cfg(not(windows))]
    #[test]
    fn the_first_variable_that_is_set_names_the_proxy() {
        let order = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        for first in 0..order.len() {
            let set: Vec<_> = order[first..].iter().map(|name| (*name, PROXY)).collect();
            assert_eq!(proxy_for("https://a.example", &set).as_deref(), Some(order[first]));
            // A blank one is not set.
            let blank: Vec<_> = order[..first].iter().map(|name| (*name, " ")).chain(set).collect();
            assert_eq!(proxy_for("https://a.example", &blank).as_deref(), Some(order[first]));
        }
        let lower = [("https_proxy", PROXY), ("no_proxy", "a.example"), ("NO_PROXY", "b.example")];
        assert_eq!(proxy_for("https://a.example", &lower), None);
        assert_eq!(proxy_for("https://b.example", &lower).as_deref(), Some("https_proxy"));
        for name in ["http_proxy", "HTTP_PROXY", "PROXY", "Https_Proxy"] {
            assert_eq!(proxy_for("https://a.example", &[(name, PROXY)]), None, "{name}");
        }
    }

    #[test]
    fn the_password_of_every_proxy_is_known_used_or_not() {
        let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"];
        let cases = [
            ("http://me:pass-word@a.example", "pass-word"),
            ("me:pass-word@a.example:3128", "pass-word"),
            ("http://me:pass:word@home@a.example", "pass:word@home"),
            ("http://me:p%40ss%2fword@a.example", "p@ss/word"),
            ("http://me:p%40ss%2fword@a.example", "p%40ss%2Fword"),
            // Not UTF-8 once it is decoded.
            ("http://me:l%E4tin-w%f6rd@a.example", "l%E4tin-w%f6rd"),
            ("socks5://me:pass-word@a.example", "pass-word"),
        ];
        for (name, (value, password)) in names.into_iter().flat_map(|name| cases.map(|case| (name, case))) {
            let redactor = Redactor::default();
            register_secrets(&Env::from([(name, value)]), &redactor);
            assert_eq!(redactor.redact(password), "***", "{name}={value}");
        }
    }

    #[test]
    fn a_proxys_user_is_known_if_its_name_is_a_token() {
        let cases = [
            ("http://glpat-xYz123abcDEF@a.example", "glpat-xYz123abcDEF", "***"),
            ("glpat%2DxYz123abcDEF:x@a.example:3128", "glpat-xYz123abcDEF", "***"),
            ("http://proxy-user-of-mine:pass-word@a.example", "proxy-user-of-mine", "proxy-user-of-mine"),
        ];
        for (value, user, shown) in cases {
            let redactor = Redactor::default();
            register_secrets(&Env::from([("https_proxy", value)]), &redactor);
            assert_eq!(redactor.redact(user), shown, "{value}");
        }
    }
}
