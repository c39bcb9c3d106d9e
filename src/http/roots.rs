//! More trusted roots, from files that the user names.

use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::InvalidInput;

/// The variable that other tools read, too.
pub const VARIABLE: &str = "SSL_CERT_FILE";

/// The certificates of the named files, of both if both are named.
pub fn extra_roots(files: &[(&str, Option<&str>)]) -> Result<Option<Arc<RootCertStore>>, InvalidInput> {
    let mut roots = RootCertStore::empty();
    for (name, path) in files {
        let Some(path) = path else { continue };
        let wrong = |problem: String| {
            let fault = InvalidInput::new(*name, problem);
            if *name != VARIABLE {
                return fault;
            }
            fault.with_hint(format!(
                "`{VARIABLE}` is set by the job or by this machine, and is no input: mend it there, or unset it to trust the \
                 platform's own roots"
            ))
        };
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
