//! A connection that comes to nothing ends in its limit, wherever it hangs.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
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

/// A resolver that says nothing for 25 seconds, for every step that is given this library.
#[cfg(target_env = "gnu")]
fn with_a_resolver_that_hangs(step: Step) -> Option<Step> {
    const SLEEPER: &str = "#include <unistd.h>\nint getaddrinfo() { sleep(25); return -3; }\n";
    let step = step.file("sleeper.c", SLEEPER);
    let [source, library] = ["sleeper.c", "sleeper.so"].map(|name| step.path(name));
    let compiler = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).output();
    if !compiler.is_ok_and(|run| run.status.success() && fs::exists(&library).unwrap()) {
        crate::support::skipped("no `cc` here, so a name look-up that hangs is NOT tested");
        return None;
    }
    Some(step.env("LD_PRELOAD", &library))
}

/// A look-up cannot be called off: the run leaves it behind, instead of waiting for it at its end.
#[cfg(target_env = "gnu")]
#[test]
fn a_name_look_up_that_hangs_ends_in_its_limit() {
    let step = release(INVALID).input("request_timeout", "1s");
    let Some(step) = with_a_resolver_that_hangs(step) else { return };
    let begin = Instant::now();
    let run = step.run().exits_with(7);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    insta::assert_snapshot!(told(&run), @"
    error: no connection to `cloud.example.invalid` within 0.5 s; no release call was sent
    error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    ");
}

/// Whoever answers for names must not learn a token that is sent without encryption.
#[cfg(target_env = "gnu")]
#[test]
fn localhost_is_a_loopback_address_whatever_the_resolver_says() {
    let server = sandbox::Server::start();
    for host in ["localhost", "localhost."] {
        let url = server.url().replace("127.0.0.1", host);
        let step = release(&url).input("request_timeout", "1s");
        let Some(step) = with_a_resolver_that_hangs(step) else { return };
        step.run().exits_with(0);
    }
}
