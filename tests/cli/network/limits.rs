//! A connection that comes to nothing ends in its limit, wherever it hangs.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::{INVALID, release, told};
use crate::support::hostile::{Behaviour, Hostile};
use crate::support::step::Step;

/// A port whose queue is full: whoever knocks is not even told no, as behind a firewall that drops what comes.
struct Full {
    address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Full {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let knock = || TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
        let queue: Vec<_> = std::iter::from_fn(knock).take(10_000).collect();
        assert!(queue.len() < 10_000, "the queue has no end here");
        Self { address, _listener: listener, _queue: queue }
    }
}

/// Each way to hang, at the same time, with the limits that a user has who sets none.
#[test]
fn a_connection_that_hangs_ends_after_ten_seconds() {
    let (full, silent) = (Full::new(), Hostile::start([Behaviour::Hang]));
    let of_proxy = format!("http://{}", full.address);
    let tls = silent.url().replace("http://", "https://");
    let steps: [(&str, Step); 5] = [
        ("the connection", release(&format!("http://{}", full.address))),
        ("the connection, for TLS", release(&format!("https://{}", full.address))),
        ("the handshake", release(&tls)),
        ("the connection to the proxy", release(INVALID).env("HTTPS_PROXY", of_proxy)),
        ("the tunnel", release(INVALID).env("HTTPS_PROXY", silent.url())),
    ];
    let begin = Instant::now();
    let running = steps.map(|(what, step)| (what, step.start()));
    let said = running.map(|(what, running)| {
        let run = running.finish().exits_with(7);
        let took = begin.elapsed();
        assert!((Duration::from_secs(10)..Duration::from_secs(14)).contains(&took), "{what}: {took:?}");
        assert_eq!(run.result()["released"], "no");
        format!("{what}: {}", told(&run).lines().next().unwrap())
    });
    insta::assert_snapshot!(said.join("\n"), @"
    the connection: error: no connection to `127.0.0.1` within 10 s; no release call was sent
    the connection, for TLS: error: no connection to `127.0.0.1` within 10 s; no release call was sent
    the handshake: error: no connection to `127.0.0.1` within 10 s; no release call was sent
    the connection to the proxy: error: no connection to `cloud.example.invalid` through the proxy in `HTTPS_PROXY` within 10 s; no release call was sent
    the tunnel: error: no connection to `cloud.example.invalid` through the proxy in `HTTPS_PROXY` within 10 s; no release call was sent
    ");
}

/// Half of the query's limit, or of the release call's, whichever is shorter.
#[test]
fn the_limit_of_a_connection_follows_the_limits_that_are_set() {
    let full = Full::new();
    let cases =
        [("request_timeout", "500ms", 250), ("release_timeout", "1s", 500), ("request_timeout", "3s", 1500)];
    for (input, limit, expected) in cases {
        let begin = Instant::now();
        let run = release(&format!("https://{}", full.address)).input(input, limit).run().exits_with(7);
        let took = begin.elapsed();
        assert!(took >= Duration::from_millis(expected), "{took:?}");
        assert!(took < Duration::from_millis(expected) + Duration::from_secs(3), "{took:?}");
        let said = format!("within {} s", Duration::from_millis(expected).as_secs_f32());
        assert!(told(&run).contains(&said), "{}", run.transcript());
    }
}
