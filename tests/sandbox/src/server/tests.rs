use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use super::Server;
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
