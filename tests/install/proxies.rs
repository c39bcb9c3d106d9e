//! Proxies by their variables, in both cases, for curl and for wget.

use crate::machine::{Machine, RIGHT, find};
use crate::server::{Answer, Server};

const MIRROR: &str = "http://mirror.example/bin";
const THERE: &str = "GET http://mirror.example/bin/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl";

/// One machine with each program that downloads.
fn machines() -> Vec<Machine> {
    let wget = find("wget").map(|_| Machine::new().without("curl").tool("wget"));
    [Machine::new()].into_iter().chain(wget).collect()
}

#[test]
fn http_goes_through_the_proxy_of_either_case() {
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        for machine in machines() {
            let proxy = Server::of(RIGHT);
            let told = machine.argument(MIRROR).env(name, proxy.url()).run(Some(&proxy));
            assert!(told.starts_with("status 0\n"), "{name}\n{told}");
            assert_eq!(proxy.asked(), [THERE], "{name}");
        }
    }
}

#[test]
fn what_needs_no_proxy_is_asked_itself() {
    for name in ["no_proxy", "NO_PROXY"] {
        for machine in machines() {
            let (proxy, mirror) = (Server::of(b""), Server::of(RIGHT));
            let machine = machine.env("HTTP_PROXY", proxy.url()).env(name, "example.com,127.0.0.1");
            let told = machine.argument(mirror.url()).run(Some(&mirror));
            assert!(told.starts_with("status 0\n"), "{name}\n{told}");
            assert_eq!((proxy.asked().len(), mirror.asked().len()), (0, 1), "{name}");
        }
    }
}

/// The releases themselves: the proxy is asked for a tunnel to the one host that is named in the script, and to no other.
#[test]
fn without_a_mirror_the_releases_are_asked_by_https() {
    for name in ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        let proxy = Server::start([Answer::Status(403, String::new())]);
        let told = Machine::new().env(name, proxy.url()).run(Some(&proxy));
        let url = "https://github.com/release-step/release-step/releases/download/v1.2.3/";
        assert!(told.starts_with("status 7\n") && told.contains(url), "{name}\n{told}");
        assert_eq!(proxy.asked(), ["CONNECT github.com:443"; 3], "{name}");
    }
}

/// Not even the password that stands in the variable.
#[test]
fn the_password_of_a_proxy_is_not_shown() {
    for machine in machines() {
        let proxy = Server::start([Answer::Status(407, String::new())]);
        let url = proxy.url().replace("http://", "http://someone:pa55word@");
        let told = machine.argument(MIRROR).env("HTTP_PROXY", url).run(Some(&proxy));
        assert!(told.starts_with("status 7\n") && !told.contains("pa55word"), "{told}");
    }
}

/// A mirror with a certificate is not left for one without, not even by a redirect.
#[test]
fn curl_is_told_which_protocols_it_may_use() {
    for (url, protocols) in [("https://mirror.example", "=https"), ("http://mirror.example", "=http,https")] {
        let machine = Machine::new().without("curl").argument(url);
        let machine = machine
            .program("curl", "for argument; do echo \"$argument\" >>\"$HOME/arguments\"; done; exit 22");
        machine.run(None);
        let arguments = std::fs::read_to_string(machine.path("home/arguments")).unwrap();
        assert!(arguments.starts_with("-q\n"), "{arguments}");
        assert!(arguments.contains(&format!("\n--location\n--proto\n{protocols}\n")), "{arguments}");
    }
}
