//! How this run reaches its servers: proxies and roots, by the variables that every tool reads.

use std::sync::Arc;

use rustls::RootCertStore;

use crate::error::InvalidInput;
use crate::http::endpoint::Endpoint;
use crate::http::proxy::Proxies;
use crate::http::roots::{self, extra_roots};
use crate::process::env::Env;

/// How this run reaches its servers.
#[derive(Default)]
pub struct Network {
    /// Which servers are reached through a proxy.
    pub proxies: Arc<Proxies>,
    /// Roots that are trusted where the bundled ones refuse, in the platform's place.
    pub extra_roots: Option<Arc<RootCertStore>>,
    /// The servers that inputs name, each with its input.
    pub chosen: Vec<(Endpoint, &'static str)>,
}

impl Network {
    /// Reads the proxy variables and the root files. A proxy that cannot be used is a fault if `endpoint` is reached
    /// through it; for every other server ask [`Proxies::proxy_for`].
    pub fn of(env: &Env, ca_file: Option<&str>, endpoint: &Endpoint) -> Result<Self, Vec<InvalidInput>> {
        let proxies = Proxies::read(env);
        let proxies = proxies.and_then(|proxies| proxies.proxy_for(endpoint).map(|_| ()).map(|()| proxies));
        let named = env.text(roots::VARIABLE).map_err(|fault| vec![fault])?;
        match (proxies, extra_roots(&[("ca_file", ca_file), (roots::VARIABLE, named)])) {
            (Ok(proxies), Ok(extra_roots)) => {
                Ok(Self { proxies: Arc::new(proxies), extra_roots, chosen: Vec::new() })
            }
            (proxies, roots) => Err([proxies.err(), roots.err()].into_iter().flatten().collect()),
        }
    }
    /// The input that names a server, if one does.
    #[must_use]
    pub fn chosen_by(&self, endpoint: &Endpoint) -> Option<&'static str> {
        self.chosen.iter().find(|(chosen, _)| chosen == endpoint).map(|(_, input)| *input)
    }
}
