use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddrV4, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use super::{Listen, Server, Tls};
use crate::{
    Effect, Sandbox,
    huawei::client::{factory, packing, request, with_token},
};

/// A server with this rule.
fn server(rule: &str) -> Server {
    let server = Server::start();
    server.with(|sandbox: &mut Sandbox| sandbox.faults.push(rule.parse().unwrap()));
    server
}

fn address(server: &Server) -> &str {
    server.url().trim_start_matches("http://")
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n")
}

/// The release call of a package.
fn pack() -> String {
    let request = with_token(request("POST", &factory("pending-items/package"), &packing().to_string()));
    let lines: Vec<_> = request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let body = String::from_utf8(request.body).unwrap();
    format!(
        "POST {} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{body}",
        request.target,
        lines.concat(),
        body.len()
    )
}

/// All that comes back for a request, and how it ended.
fn exchange(server: &Server, request: &str) -> (String, Option<ErrorKind>) {
    exchange_within(Duration::from_secs(10), server, request)
}

fn exchange_within(patience: Duration, server: &Server, request: &str) -> (String, Option<ErrorKind>) {
    let mut stream = match TcpStream::connect(address(server)) {
        Ok(stream) => stream,
        Err(error) => return (String::new(), Some(error.kind())),
    };
    stream.set_read_timeout(Some(patience)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).err().map(|error| error.kind());
    (String::from_utf8(answer).unwrap(), end)
}

fn wait_until(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(10), "it does not happen");
        thread::sleep(Duration::from_millis(20));
    }
}

fn ids(effects: &[Effect]) -> Vec<&str> {
    effects.iter().map(|effect| effect.id.as_str()).collect()
}

#[test]
fn a_server_answers_records_and_stops() {
    let server = Server::start();
    let address = address(&server).to_owned();
    let (answer, _) = exchange(&server, &get("/v1/a%20b?c=%2B"));
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
    assert_eq!(answer.to_lowercase().matches("\r\ndate: ").count(), 1, "{answer}");
    let [recorded] = &server.requests()[..] else { panic!("one request is expected") };
    assert_eq!(recorded.request.target, "/v1/a%20b?c=%2B");
    assert_eq!(recorded.request.header("Host"), Some("sandbox"));
    assert_eq!((recorded.status, recorded.code.as_deref()), (404, Some("APIGW.0101")));
    drop(server);
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn a_reset_is_a_reset_and_the_effect_stays() {
    let server = server("release: reset after");
    assert_eq!(exchange(&server, &pack()), (String::new(), Some(ErrorKind::ConnectionReset)));
    assert_eq!(ids(&server.effects()), ["2303"]);
    let [recorded] = &server.requests()[..] else { panic!("one request is expected") };
    assert_eq!((recorded.status, &recorded.faults[..]), (0, &["reset after".to_owned()][..]));
}

#[test]
fn a_hanging_call_keeps_its_connection() {
    let server = server("release: hang late 200ms");
    let (answer, end) = exchange_within(Duration::from_millis(300), &server, &pack());
    assert!(answer.is_empty() && matches!(end, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{end:?}");
    // Nobody asks in between: it takes effect by itself.
    wait_until(|| !server.effects().is_empty());
    assert_eq!(ids(&server.effects()), ["2303"]);
}

#[test]
fn a_cut_answer_promises_more_than_comes() {
    let server = server("release: cut");
    let (answer, end) = exchange(&server, &pack());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\nContent-Length: 54"), "{head}");
    assert_eq!((body, end), (r#"{"package_name":"nightly",""#, None));
}

#[test]
fn a_slow_answer_comes_late() {
    let server = server("any always: slow 300ms");
    let start = Instant::now();
    let (answer, _) = exchange(&server, &get("/v1/nothing"));
    assert!(answer.starts_with("HTTP/1.1 404") && start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn one_call_can_close_the_port_for_a_while() {
    let server = server("release: down 2s");
    let start = Instant::now();
    assert_eq!(exchange(&server, &pack()).1, Some(ErrorKind::ConnectionReset));
    assert_eq!(exchange(&server, &pack()), (String::new(), Some(ErrorKind::ConnectionRefused)));
    wait_until(|| exchange(&server, &get("/v1/nothing")).1.is_none());
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert_eq!(server.effects(), []);
}

#[test]
fn a_port_can_be_closed_from_the_beginning() {
    let start = Instant::now();
    let mut sandbox = Sandbox::new();
    sandbox.faults.push("any to 500ms: refuse".parse().unwrap());
    let server = Server::launch(sandbox, 0, |_| ()).unwrap();
    wait_until(|| exchange(&server, &get("/v1/nothing")).1.is_none());
    assert!(start.elapsed() >= Duration::from_millis(500));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn one_port_speaks_tls_and_plain_http() {
    let tls = Tls::new().unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(tls.authority().as_bytes()).unwrap()).unwrap();
    let server =
        Server::listen(Sandbox::new(), Listen { tls: Some(tls), ..Listen::default() }, |_| ()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    for rule in ["any 1: cut", "any 3: reset after"] {
        server.with(|sandbox| sandbox.faults.push(rule.parse().unwrap()));
    }
    let over_tls = |name: &'static str| {
        let client = ClientConnection::new(Arc::clone(&config), name.try_into().unwrap()).unwrap();
        let mut stream = StreamOwned::new(client, TcpStream::connect(address(&server)).unwrap());
        stream.write_all(get("/v1/nothing").as_bytes()).unwrap();
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer).err().map(|error| error.kind());
        (String::from_utf8(answer).unwrap(), end)
    };
    let (cut, end) = over_tls("localhost");
    assert!(cut.starts_with("HTTP/1.1 404 Not Found\r\n"), "{cut}");
    assert_eq!(end, Some(ErrorKind::UnexpectedEof));
    let (whole, end) = over_tls("127.0.0.1");
    assert!(whole.ends_with('}') && end.is_none(), "{whole} {end:?}");
    assert_eq!(over_tls("127.0.0.1"), (String::new(), Some(ErrorKind::ConnectionReset)));
    let (plain, end) = exchange(&server, &get("/v1/nothing"));
    assert!(plain.ends_with('}') && end.is_none(), "{plain} {end:?}");
    assert_eq!(server.https_url(), server.url().replace("http:", "https:"));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn further_addresses_serve_the_same_and_are_closed_together() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let further: SocketAddrV4 = free.to_string().parse().unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let listen = Listen { further: vec![further], ..Listen::default() };
    let server = Server::listen(Sandbox::new(), listen, move |event| {
        seen.lock().unwrap().push(format!("{event:?}"));
    })
    .unwrap();
    let ask = |address: &str| {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(get("/v1/nothing").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    let (one, other) = (address(&server).to_owned(), further.to_string());
    assert!([&one, &other].iter().all(|address| ask(address).unwrap().starts_with("HTTP/1.1 404")));
    server.with(|sandbox| sandbox.faults.push("any: down 300ms".parse().unwrap()));
    assert!(ask(&other).is_err());
    wait_until(|| ask(&one).is_ok() && ask(&other).is_ok());
    let told = events.lock().unwrap();
    for event in ["Closed", "Open"] {
        assert_eq!(told.iter().filter(|told| *told == event).count(), 1, "{event}");
    }
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let listen = Listen { further: vec![address.to_string().parse().unwrap()], ..Listen::default() };
    let error = Server::listen(Sandbox::new(), listen, |_| ()).unwrap_err();
    assert!(error.to_string().starts_with(&format!("{address}: ")), "{error}");
}
