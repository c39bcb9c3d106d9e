//! Certificates made on the spot, and a server on loopback that shows them.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use super::hostile::is_whole;
use super::queries::{Queries, is_query};

/// A certificate authority that nobody knows.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Its own certificate, for a `ca_file`.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for these names or addresses, valid in these years.
    pub(crate) fn identity(&self, names: &[&str], from: i32, to: i32) -> Identity {
        let mut params = CertificateParams::new(owned(names)).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity::new(certificate.der().clone(), &key)
    }
}

/// A certificate and its key.
#[derive(Clone)]
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
    versions: Vec<&'static SupportedProtocolVersion>,
}

impl Identity {
    fn new(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        Self { certificate, key: key.serialize_der(), versions: vec![&TLS13, &TLS12] }
    }

    /// A certificate that vouches for itself, and its PEM; one of an authority or one that may be none.
    pub(crate) fn of_its_own(names: &[&str], authority: bool) -> (Self, String) {
        let mut params = CertificateParams::new(owned(names)).unwrap();
        if authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (Self::new(certificate.der().clone(), &key), certificate.pem())
    }

    /// The certificate in the hands of somebody who has not its key.
    pub(crate) fn stolen(self) -> Self {
        Self { key: KeyPair::generate().unwrap().serialize_der(), ..self }
    }

    /// Shown in one version of the protocol only.
    pub(crate) fn only(self, version: &'static SupportedProtocolVersion) -> Self {
        Self { versions: vec![version], ..self }
    }

    fn config(self) -> Arc<ServerConfig> {
        let provider = ring::default_provider();
        let key = PrivateKeyDer::Pkcs8(self.key.into());
        let key = provider.key_provider.load_private_key(key).unwrap();
        // Does not look whether the two belong together.
        let shown = SingleCertAndKey::from(CertifiedKey::new(vec![self.certificate], key));
        let config = ServerConfig::builder_with_provider(Arc::new(provider));
        let config = config.with_protocol_versions(&self.versions).unwrap();
        Arc::new(config.with_no_client_auth().with_cert_resolver(Arc::new(shown)))
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Gives every request but status queries the same answer over TLS. Stops when it is dropped.
pub(crate) struct TlsServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    connections: AtomicUsize,
    tunnels: Mutex<Vec<String>>,
    requests: Mutex<Vec<String>>,
    queries: Queries,
}

/// What stands in front of the server.
enum Front {
    Nothing,
    /// A proxy, itself behind TLS or not, that leads every tunnel here.
    Proxy(Option<Arc<ServerConfig>>),
}

impl TlsServer {
    pub(crate) fn start(identity: Identity, answer: Vec<u8>) -> Self {
        Self::launch(identity, answer, Front::Nothing)
    }

    /// As a proxy: takes the first request of a connection, which must be a `CONNECT`, and is then the server itself.
    pub(crate) fn behind_a_proxy(identity: Identity, answer: Vec<u8>) -> Self {
        Self::launch(identity, answer, Front::Proxy(None))
    }

    /// As a proxy that is itself reached over TLS, with a certificate of its own.
    pub(crate) fn behind_a_tls_proxy(proxy: Identity, identity: Identity, answer: Vec<u8>) -> Self {
        Self::launch(identity, answer, Front::Proxy(Some(proxy.config())))
    }

    fn launch(identity: Identity, answer: Vec<u8>, front: Front) -> Self {
        let (config, shared) = (identity.config(), Arc::new(Shared::default()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let of_thread = Arc::clone(&shared);
        let listener = thread::spawn(move || {
            for stream in listener.incoming() {
                if of_thread.stopped.load(Ordering::SeqCst) {
                    break;
                }
                of_thread.connections.fetch_add(1, Ordering::SeqCst);
                // The other side refuses certificates, and may go at any time: what fails here shows there.
                stream.and_then(|stream| of_thread.serve(stream, &config, &answer, &front)).ok();
            }
        });
        Self { address, shared, listener: Some(listener) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The heads of the `CONNECT` requests.
    pub(crate) fn tunnels(&self) -> Vec<String> {
        self.shared.tunnels.lock().unwrap().clone()
    }

    /// The requests that came through TLS, status queries included.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Those of them that are no status queries.
    pub(crate) fn releases(&self) -> Vec<String> {
        self.requests().into_iter().filter(|request| !is_query(request.as_bytes())).collect()
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // One more connection lets the listener look at the flag.
        drop(TcpStream::connect(self.address));
        if let Some(listener) = self.listener.take() {
            listener.join().ok();
        }
    }
}

impl Shared {
    fn serve(
        &self,
        stream: TcpStream,
        config: &Arc<ServerConfig>,
        answer: &[u8],
        front: &Front,
    ) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        match front {
            Front::Nothing => self.answer(stream, config, answer),
            Front::Proxy(None) => self.answer(self.tunnel(stream)?, config, answer),
            Front::Proxy(Some(proxy)) => {
                let stream = over_tls(stream, proxy)?;
                self.answer(self.tunnel(stream)?, config, answer)
            }
        }
    }

    fn tunnel<S: Read + Write>(&self, mut stream: S) -> io::Result<S> {
        let head = request(&mut stream)?;
        self.tunnels.lock().unwrap().push(head);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        stream.flush()?;
        Ok(stream)
    }

    fn answer(&self, stream: impl Read + Write, config: &Arc<ServerConfig>, answer: &[u8]) -> io::Result<()> {
        let mut tls = over_tls(stream, config)?;
        let request = request(&mut tls)?;
        self.requests.lock().unwrap().push(request.clone());
        if is_query(request.as_bytes()) {
            tls.write_all(&self.queries.answer(&request))?;
        } else {
            tls.write_all(answer)?;
        }
        tls.conn.send_close_notify();
        tls.flush()
    }
}

fn over_tls<S: Read + Write>(
    stream: S,
    config: &Arc<ServerConfig>,
) -> io::Result<StreamOwned<ServerConnection, S>> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, stream))
}

/// One whole request, byte by byte, so that nothing behind it is taken.
fn request(stream: &mut impl Read) -> io::Result<String> {
    let mut read = Vec::new();
    while !is_whole(&read) {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        read.extend_from_slice(&byte);
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}
