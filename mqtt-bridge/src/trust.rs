//! Whose certificates are believed: the machine's, and those of a file.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Makes `ring` do the cryptography of this process.
pub(crate) fn install() {
    // It fails only if the process has chosen already, and then so be it.
    let _ = ring::default_provider().install_default();
}

/// The certificates that the machine trusts, and those in `ca_file`.
pub(crate) fn certificates(ca_file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut found = rustls_native_certs::load_native_certs();
    if let Some(path) = ca_file {
        let wrong = |why| format!("ca_file {}: {why}", path.display());
        for certificate in CertificateDer::pem_file_iter(path).map_err(wrong)? {
            found.certs.push(certificate.map_err(wrong)?);
        }
    }
    if found.certs.is_empty() {
        let why: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        return Err(format!(
            "no certificates to trust on this machine; install them or set ca_file. {}",
            why.join("; ")
        ));
    }
    Ok(found.certs)
}

/// A TLS client that believes `ca_file` and the machine.
pub(crate) fn client(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    install();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(ca_file)?);
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}
