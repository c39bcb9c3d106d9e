//! What was wrong with a TLS handshake, in words.

use std::error::Error;
use std::io;

use jiff::Timestamp;
use rustls::CertificateError;

use crate::http::tls_verifier::UntrustedIssuer;
use crate::text::sanitize;

/// What a failed handshake says, and what the user can do; nothing if it was not the handshake that failed.
#[must_use]
pub fn problem(error: &(dyn Error + 'static)) -> Option<(String, &'static str)> {
    inside(error).map(in_words)
}

/// Whether it was the server's certificate that was refused.
#[must_use]
pub fn is_certificate(error: &(dyn Error + 'static)) -> bool {
    matches!(inside(error), Some(rustls::Error::InvalidCertificate(_)))
}

fn inside<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = as_tls(error) {
            return Some(tls);
        }
        next = error.source();
    }
    None
}

/// An I/O error hides the error inside it from `source`, and may have another of its kind inside.
fn as_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    match error.downcast_ref::<io::Error>() {
        Some(outer) => as_tls(outer.get_ref()?),
        None => error.downcast_ref(),
    }
}

const INSPECTED: &str = "if a company's proxy inspects TLS, give its root certificate in `ca_file`";

fn in_words(error: &rustls::Error) -> (String, &'static str) {
    let clock =
        "see whether this machine's clock is right; if it is, the server's owner must renew the certificate";
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return (error.to_string(), "see whether the address is right, and no proxy or firewall breaks TLS");
    };
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
    match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            (format!("the server's certificate has expired (this machine's clock says {now})"), clock)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (format!("the server's certificate is not valid yet (this machine's clock says {now})"), clock)
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "the server's certificate is for another name".to_owned(),
            "see whether `endpoint` is right, and no proxy answers in the server's place",
        ),
        CertificateError::UnknownIssuer => {
            ("the server's certificate is from an unknown authority".to_owned(), INSPECTED)
        }
        CertificateError::Other(reason) if reason.0.is::<UntrustedIssuer>() => {
            let name = reason
                .0
                .downcast_ref()
                .map(|UntrustedIssuer(name)| sanitize::line(name).replace('`', "'"))
                .unwrap_or_default();
            (format!("the server's certificate is from an unknown authority, `{name}`"), INSPECTED)
        }
        CertificateError::BadSignature => (
            "the server does not have the key of the certificate that it shows".to_owned(),
            "see whether the address is right, and no proxy answers in the server's place",
        ),
        // The verifier's own word is inside, under a type that it does not share.
        CertificateError::Other(reason) if reason.0.to_string() == "CaUsedAsEndEntity" => (
            "the server's certificate is an authority's own, which is not for servers".to_owned(),
            "its owner must give the server a certificate of its own (`basicConstraints` with `CA:FALSE`)",
        ),
        // The platform's own words.
        CertificateError::Other(reason) => {
            (format!("the server's certificate is refused: {}", reason.0), INSPECTED)
        }
        other => (
            format!("the server's certificate is refused: {other}"),
            "see whether the address is right, and no proxy answers in the server's place",
        ),
    }
}
