//! Whom a TLS handshake trusts: the bundled roots first; where these refuse, and only then, the roots that the user
//! named, else the platform's own. There is no way around a refusal.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

use crate::http::issuer::issuer;

/// A TLS client that verifies by this module's rule.
///
/// # Panics
///
/// Never: the provider has the protocol versions that it is asked for.
#[must_use]
pub fn client_config(extra_roots: Option<Arc<RootCertStore>>) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(extra_roots, &provider);
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth()
}

fn bundled_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

fn webpki(
    roots: Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map(|verifier| verifier as Arc<dyn ServerCertVerifier>)
        .map_err(|error| Error::General(error.to_string()))
}

#[derive(Debug)]
struct Verifier {
    bundled: Arc<dyn ServerCertVerifier>,
    /// Made in the first handshake that needs it: reading the platform's store takes longer than a whole release.
    second: OnceLock<Result<Arc<dyn ServerCertVerifier>, Error>>,
    extra_roots: Option<Arc<RootCertStore>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(extra_roots: Option<Arc<RootCertStore>>, provider: &Arc<CryptoProvider>) -> Self {
        Self {
            bundled: webpki(Arc::new(bundled_roots()), provider).expect("there are bundled roots"),
            second: OnceLock::new(),
            extra_roots,
            provider: Arc::clone(provider),
        }
    }

    fn second(&self) -> Result<&Arc<dyn ServerCertVerifier>, Error> {
        let second = self.second.get_or_init(|| match &self.extra_roots {
            Some(roots) => webpki(Arc::clone(roots), &self.provider),
            None => rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider))
                .map(|verifier| Arc::new(verifier) as Arc<dyn ServerCertVerifier>),
        });
        second.as_ref().map_err(Clone::clone)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let verify = |verifier: &Arc<dyn ServerCertVerifier>| {
            let verified =
                verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
            verified.map_err(|error| if is_unknown(&error) { unknown.clone() } else { error })
        };
        verify(&self.bundled).or_else(|first| {
            // A machine without a store of its own knows no authority.
            let second = self.second().map_err(|_| unknown.clone()).and_then(verify);
            // An expired certificate is expired whoever issued it: say that rather than "unknown issuer".
            let error = second.map_err(|second| if first == unknown { second } else { first });
            error.map_err(|error| if error == unknown { untrusted(end_entity) } else { error })
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.bundled.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.bundled.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.bundled.supported_verify_schemes()
    }
}

/// An authority that is not known, by name.
#[derive(Debug, thiserror::Error)]
#[error("unknown issuer")]
pub struct UntrustedIssuer(pub String);

/// The refusal of a certificate whose issuer is not known, with the issuer's name where it has one.
fn untrusted(certificate: &CertificateDer<'_>) -> Error {
    let unknown = issuer(certificate).map_or(CertificateError::UnknownIssuer, |name| {
        CertificateError::Other(OtherError(Arc::new(UntrustedIssuer(name))))
    });
    Error::InvalidCertificate(unknown)
}

/// What macOS (`errSecNotTrusted`) and Windows (`CERT_E_CHAINING`) add to their words on an authority that they do not
/// know.
const NOT_TRUSTED: [&str; 2] = [": -67843", " (os error -2146762486)"];

/// Whether it is the authority that is refused, however that is said.
fn is_unknown(error: &Error) -> bool {
    match error {
        // Whoever has a known authority's name and not its key is an unknown one.
        Error::InvalidCertificate(CertificateError::BadSignature) => true,
        Error::InvalidCertificate(CertificateError::Other(reason)) => {
            let said = reason.0.to_string();
            NOT_TRUSTED.iter().any(|number| said.ends_with(number))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What a real server showed, and a moment at which it was valid.
    const CHAIN: [&[u8]; 3] = [
        include_bytes!("../../tests/certificates/letsencrypt.org/1-server.der"),
        include_bytes!("../../tests/certificates/letsencrypt.org/2-intermediate.der"),
        include_bytes!("../../tests/certificates/letsencrypt.org/3-intermediate.der"),
    ];
    const AUGUST_2026: u64 = 1_785_542_400;

    fn verify(verifier: &Verifier, name: &'static str, second: u64) -> Result<(), Error> {
        let [server, others @ ..] = CHAIN.map(CertificateDer::from);
        let name = ServerName::try_from(name).expect("a host's name");
        let now = UnixTime::since_unix_epoch(Duration::from_secs(second));
        verifier.verify_server_cert(&server, &others, &name, &[], now).map(|_| ())
    }

    /// The platform's store is not even read.
    #[test]
    fn the_bundled_roots_are_enough_where_they_accept() {
        let verifier = Verifier::new(None, &Arc::new(ring::default_provider()));
        assert_eq!(verify(&verifier, "letsencrypt.org", AUGUST_2026), Ok(()));
        assert!(verifier.second.get().is_none());
    }

    /// Elsewhere the platform may look a certificate up in the network.
    #[cfg(target_os = "linux")]
    #[test]
    fn no_second_look_makes_up_for_a_wrong_name_or_date() {
        let verifier = Verifier::new(None, &Arc::new(ring::default_provider()));
        for (name, second) in [("example.org", AUGUST_2026), ("letsencrypt.org", 2 * AUGUST_2026)] {
            assert!(verify(&verifier, name, second).is_err(), "{name}");
        }
    }

    #[test]
    fn an_authority_that_the_platform_does_not_know_is_an_unknown_one() {
        let other = |said: &str| {
            let reason: Box<dyn std::error::Error + Send + Sync> = said.into();
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::from(reason))))
        };
        assert!(is_unknown(&other("“localhost” certificate is not trusted: -67843")));
        assert!(is_unknown(&other("A certificate chain could not be built. (os error -2146762486)")));
        assert!(!is_unknown(&other("“localhost” certificate is not standards compliant: -67901")));
        assert!(!is_unknown(&other("The certificate was revoked. (os error -2146762484)")));
    }

    /// Roots that the user names are more, not other ones.
    #[test]
    fn named_roots_do_not_take_the_place_of_the_bundled_ones() {
        // Any certificate at all.
        let mut roots = RootCertStore::empty();
        roots.add(CHAIN[1].into()).expect("a certificate");
        let verifier = Verifier::new(Some(Arc::new(roots)), &Arc::new(ring::default_provider()));
        assert_eq!(verify(&verifier, "letsencrypt.org", AUGUST_2026), Ok(()));
        assert!(verifier.second.get().is_none());
    }
}
