//! The way to the cloud: proxies and roots, by the variables that every tool reads.

use std::path::Path;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Proxy, Url};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};

use crate::endpoint::Endpoint;
use crate::env::Env;
use crate::input::Fault;
use crate::secret::Redactor;

/// Never through a proxy, whatever `NO_PROXY` says: this machine, and the metadata services of either cloud.
const ALWAYS_DIRECT: &str = "localhost,127.0.0.0/8,::1,169.254.169.254,100.100.100.200";

/// The variables that name a proxy for `https`, the first that is set.
const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// How this run reaches its servers.
#[derive(Default)]
pub struct Network {
    /// The proxy for `https`, if there is one.
    pub proxy: Option<HttpsProxy>,
    /// Roots that are trusted where the bundled ones refuse, in the platform's place.
    pub extra_roots: Option<Arc<RootCertStore>>,
}

/// A proxy that the endpoint is reached through.
pub struct HttpsProxy {
    /// The variable that names it.
    pub variable: &'static str,
    url: SecretString,
}

impl HttpsProxy {
    /// The proxy in the client's terms.
    pub fn to_reqwest(&self) -> reqwest::Result<Proxy> {
        Proxy::all(self.url.expose_secret())
    }
}

impl Network {
    /// Reads the proxy variables and the root files.
    pub fn of(env: &Env, ca_file: Option<&str>, endpoint: &Endpoint) -> Result<Self, Vec<Fault>> {
        let proxy = if endpoint.is_loopback() { Ok(None) } else { https_proxy(env, endpoint) };
        let named = env.text("SSL_CERT_FILE").map_err(|fault| vec![fault])?;
        let roots = extra_roots(&[("ca_file", ca_file), ("SSL_CERT_FILE", named)]);
        match (proxy, roots) {
            (Ok(proxy), Ok(extra_roots)) => Ok(Self { proxy, extra_roots }),
            (proxy, roots) => Err([proxy.err(), roots.err()].into_iter().flatten().collect()),
        }
    }
}

fn https_proxy(env: &Env, endpoint: &Endpoint) -> Result<Option<HttpsProxy>, Fault> {
    let Some((variable, value)) = env.first_text(&PROXIES)? else {
        return Ok(None);
    };
    let no_proxy = env.first_text(&["no_proxy", "NO_PROXY"])?.map_or("", |(_, hosts)| hosts);
    if is_direct(endpoint, no_proxy) {
        return Ok(None);
    }
    let with_scheme = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let wrong = |problem: &str| Err(Fault::new(variable, problem));
    let Ok(url) = Url::parse(&with_scheme) else {
        return wrong("is not the URL of a proxy: give `http://host:port`, or unset it");
    };
    if !matches!(url.scheme(), "http" | "https") {
        let supported = "give `http://host:port` or `https://host:port`, or unset it";
        return wrong(&format!("is a kind of proxy that is not supported: {supported}"));
    }
    if url.host_str().is_none_or(str::is_empty) || !matches!(url.path(), "" | "/") {
        return wrong("is not the URL of a proxy: give `http://host:port`, or unset it");
    }
    Ok(Some(HttpsProxy { variable, url: with_scheme.into() }))
}

/// Learns the passwords of all proxies that the environment names, used or not.
pub fn remember(env: &Env, redactor: &Redactor) {
    for name in PROXIES.into_iter().chain(["http_proxy", "HTTP_PROXY"]) {
        let value = env.get(name).unwrap_or_default();
        let (_, rest) = value.split_once("://").unwrap_or(("", value));
        let login = rest.rsplit_once('@').map_or("", |(login, _)| login);
        if let Some((_, password)) = login.split_once(':') {
            redactor.add(password);
            redactor.add(&percent_encoding::percent_decode_str(password).decode_utf8_lossy());
        }
    }
}

/// Whether `NO_PROXY` names the endpoint, by the rules of the HTTP client: host names with all below them, addresses,
/// networks, `*` for everything.
fn is_direct(endpoint: &Endpoint, no_proxy: &str) -> bool {
    if no_proxy.split(',').any(|host| host.trim() == "*") {
        return true;
    }
    let matcher =
        Matcher::builder().all("http://proxy.invalid").no(format!("{no_proxy},{ALWAYS_DIRECT}")).build();
    endpoint.url("/", "").parse().is_ok_and(|uri| matcher.intercept(&uri).is_none())
}

/// The certificates of the named files, of both if both are named.
fn extra_roots(files: &[(&str, Option<&str>)]) -> Result<Option<Arc<RootCertStore>>, Fault> {
    let mut roots = RootCertStore::empty();
    for (name, path) in files {
        let Some(path) = path else { continue };
        let wrong = |problem: String| Fault::new(*name, problem);
        let bytes = std::fs::read(Path::new(path))
            .map_err(|error| wrong(format!("names `{path}`, which cannot be read: {error}")))?;
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(&bytes) {
            let certificate = certificate
                .map_err(|_| wrong(format!("names `{path}`, which is not a PEM file of certificates")))?;
            // Bundles have certificates that no verifier takes; what counts is that some are left.
            let _ = roots.add(certificate);
        }
        if roots.len() == before {
            return Err(wrong(format!("names `{path}`, in which there is no certificate in PEM form")));
        }
    }
    Ok((!roots.is_empty()).then(|| Arc::new(roots)))
}
