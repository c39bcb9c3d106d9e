//! Certificates made on the spot, and a server on loopback that shows them.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::hostile::is_whole;

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
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { certificate: certificate.der().clone(), key: key.serialize_der() }
    }
}

/// A certificate and its key.
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

/// Gives every request the same answer over TLS. Stops when it is dropped.
pub(crate) struct TlsServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    tunnels: Mutex<Vec<String>>,
    requests: Mutex<Vec<String>>,
}

impl TlsServer {
    pub(crate) fn start(identity: Identity, answer: Vec<u8>) -> Self {
        Self::launch(identity, answer, false)
    }

    /// As a proxy: takes the first request of a connection, which must be a `CONNECT`, and is then the server itself.
    pub(crate) fn behind_a_proxy(identity: Identity, answer: Vec<u8>) -> Self {
        Self::launch(identity, answer, true)
    }

    fn launch(identity: Identity, answer: Vec<u8>, tunnel: bool) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.certificate], PrivateKeyDer::Pkcs8(identity.key.into()))
            .unwrap();
        let (config, shared) = (Arc::new(config), Arc::new(Shared::default()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let of_thread = Arc::clone(&shared);
        let listener = thread::spawn(move || {
            for stream in listener.incoming() {
                if of_thread.stopped.load(Ordering::SeqCst) {
                    break;
                }
                // The other side refuses certificates, and may go at any time: what fails here shows there.
                stream.and_then(|stream| of_thread.serve(stream, &config, &answer, tunnel)).ok();
            }
        });
        Self { address, shared, listener: Some(listener) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The heads of the `CONNECT` requests.
    pub(crate) fn tunnels(&self) -> Vec<String> {
        self.shared.tunnels.lock().unwrap().clone()
    }

    /// The requests that came through TLS.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
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
        mut stream: TcpStream,
        config: &Arc<ServerConfig>,
        answer: &[u8],
        tunnel: bool,
    ) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        if tunnel {
            let head = request(&mut stream)?;
            self.tunnels.lock().unwrap().push(head);
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        }
        let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        let mut tls = StreamOwned::new(connection, stream);
        let request = request(&mut tls)?;
        self.requests.lock().unwrap().push(request);
        tls.write_all(answer)?;
        tls.conn.send_close_notify();
        tls.flush()
    }
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
