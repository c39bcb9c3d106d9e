//! The way to the cloud: proxies and roots, by the variables that every tool reads.

use std::path::Path;
use std::sync::Arc;

use reqwest::{NoProxy, Proxy, Url};
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

/// How this run reaches its servers.
#[derive(Default)]
pub struct Network {
    /// The proxy for `https`, if there is one.
    pub proxy: Option<HttpsProxy>,
    /// Roots that are trusted where the bundled ones refuse, in the platform's place.
    pub extra_roots: Option<Arc<RootCertStore>>,
}

/// A proxy and whom not to reach through it.
pub struct HttpsProxy {
    /// The variable that names it.
    pub variable: &'static str,
    url: SecretString,
    direct: String,
}

impl HttpsProxy {
    /// The proxy in the client's terms.
    pub fn to_reqwest(&self) -> reqwest::Result<Proxy> {
        let proxy = Proxy::all(self.url.expose_secret())?;
        Ok(proxy.no_proxy(NoProxy::from_string(&self.direct)))
    }
}

impl Network {
    /// Reads the proxy variables and the root files.
    pub fn of(
        env: &Env,
        ca_file: Option<&str>,
        endpoint: &Endpoint,
        redactor: &Redactor,
    ) -> Result<Self, Vec<Fault>> {
        let proxy = if endpoint.is_loopback() { Ok(None) } else { https_proxy(env, redactor) };
        let files = [("ca_file", ca_file), ("SSL_CERT_FILE", env.get("SSL_CERT_FILE"))];
        let roots = extra_roots(&files);
        match (proxy, roots) {
            (Ok(proxy), Ok(extra_roots)) => Ok(Self { proxy, extra_roots }),
            (proxy, roots) => Err([proxy.err(), roots.err()].into_iter().flatten().collect()),
        }
    }
}

fn https_proxy(env: &Env, redactor: &Redactor) -> Result<Option<HttpsProxy>, Fault> {
    let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let Some((variable, value)) = env.first(&names) else {
        return Ok(None);
    };
    let value = value.trim();
    let scheme = if value.contains("://") { "" } else { "http://" };
    let with_scheme = format!("{scheme}{value}");
    let wrong = |problem: &str| Err(Fault::new(variable, problem));
    let Ok(url) = Url::parse(&with_scheme) else {
        return wrong("is not the URL of a proxy: give `http://host:port`, or unset it");
    };
    if let Some(password) = url.password() {
        redactor.add(password);
        redactor.add(&percent_encoding::percent_decode_str(password).decode_utf8_lossy());
    }
    if !matches!(url.scheme(), "http" | "https") {
        return wrong(
            "is a kind of proxy that is not supported: give `http://host:port` or `https://host:port`, or unset it",
        );
    }
    if url.host_str().is_none_or(str::is_empty) || !matches!(url.path(), "" | "/") {
        return wrong("is not the URL of a proxy: give `http://host:port`, or unset it");
    }
    let no_proxy = env.first(&["no_proxy", "NO_PROXY"]);
    Ok(Some(HttpsProxy {
        variable,
        url: with_scheme.into(),
        direct: no_proxy.map_or(ALWAYS_DIRECT.to_owned(), |(_, hosts)| format!("{hosts},{ALWAYS_DIRECT}")),
    }))
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
