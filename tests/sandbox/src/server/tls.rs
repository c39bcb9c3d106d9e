//! TLS with a certificate authority that is made for the occasion.

use std::{fmt, io, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

/// The names of the one certificate.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// A certificate of `localhost` and `127.0.0.1`, and the authority behind it.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    authority: String,
}

impl Tls {
    /// A new authority, and a new certificate of it.
    pub fn new() -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut authority = CertificateParams::new([]).map_err(io::Error::other)?;
        authority.distinguished_name.push(DnType::CommonName, "sandbox");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let pem = authority.self_signed(&key).map_err(io::Error::other)?.pem();
        let config = config(&Issuer::new(authority, key))?;
        Ok(Self { config: Arc::new(config), authority: pem })
    }

    /// The authority's certificate, for a client's trusted roots, as PEM.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config).into()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").field("authority", &self.authority).finish_non_exhaustive()
    }
}

fn config(issuer: &Issuer<'_, KeyPair>) -> io::Result<ServerConfig> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let mut params = CertificateParams::new(NAMES.map(String::from)).map_err(io::Error::other)?;
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, issuer).map_err(io::Error::other)?;
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let chain = vec![certificate.der().clone()];
    config.with_no_client_auth().with_single_cert(chain, key).map_err(io::Error::other)
}
