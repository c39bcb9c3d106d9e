//! Names that are not resolved, or by somebody else.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{INVALID, release, told, unreachable};
use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::skipped;
use crate::support::step::Step;

const HANGS: &str = "#include <unistd.h>\nint getaddrinfo() { sleep(25); return -3; }\n";
const KNOWS_NOBODY: &str = "int getaddrinfo() { return -2; }\n";

/// The step with this resolver, where a library can be made of it.
fn resolving(step: Step, resolver: &str) -> Option<Step> {
    let step = step.file("resolver.c", resolver);
    let [source, library] = ["resolver.c", "resolver.so"].map(|name| step.path(name));
    let compiler = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).output();
    if !compiler.is_ok_and(|run| run.status.success() && fs::exists(&library).unwrap()) {
        skipped("no `cc` here, so a resolver that fails is NOT tested");
        return None;
    }
    Some(step.env("LD_PRELOAD", &library))
}

/// A look-up cannot be called off: the run leaves it behind, instead of waiting for it at its end.
#[test]
fn a_name_look_up_that_hangs_ends_in_its_limit() {
    let step = release(INVALID).input("request_timeout", "1s");
    let Some(step) = resolving(step, HANGS) else { return };
    let begin = Instant::now();
    let run = step.run().exits_with(7);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    insta::assert_snapshot!(told(&run), @"
    error: no connection to `cloud.example.invalid` within 0.5 s; no release call was sent
    error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    ");
}

/// Whoever answers for names must not learn a token that is sent without encryption.
#[test]
fn localhost_is_a_loopback_address_whatever_the_resolver_says() {
    let server = sandbox::Server::start();
    for host in ["localhost", "localhost."] {
        let url = server.url().replace("127.0.0.1", host);
        let step = release(&url).input("request_timeout", "1s");
        let Some(step) = resolving(step, HANGS) else { return };
        step.run().exits_with(0);
    }
}

/// The question why a proxy has refused carries its login, too.
#[test]
fn a_proxy_at_localhost_is_at_a_loopback_address() {
    let proxy = Hostile::start([Behaviour::Answer(http(403, &[], ""))]);
    let url = proxy.url().replace("127.0.0.1", "me:the-password@localhost");
    let step = release(INVALID).env("HTTPS_PROXY", url).input("request_timeout", "2s");
    let Some(step) = resolving(step, HANGS) else { return };
    let run = unreachable(step);
    assert!(told(&run).contains("does not allow it (HTTP 403)"), "\n{}", run.transcript());
    assert_eq!(proxy.connections(), 2);
}

/// A name that nobody chose is right: what is left is the machine, or a proxy that it needs.
#[test]
fn a_name_that_is_not_resolved_is_told_with_what_can_be_wrong() {
    let of_region = || Step::plain().releasing("release_artifact", "").input("client_token", "same");
    let cases = [
        ("no input names the host", of_region()),
        ("a region", of_region().input("region", "ap-southeast-1")),
        ("an endpoint", release(INVALID)),
        (
            "kept from the proxy",
            of_region().env("HTTPS_PROXY", "http://127.0.0.1:1").env("NO_PROXY", "aliyuncs.com"),
        ),
        ("the proxy's name", of_region().env("HTTPS_PROXY", "http://proxy.example.invalid:3128")),
    ];
    let mut all = Vec::new();
    for (case, step) in cases {
        let Some(step) = resolving(step, KNOWS_NOBODY) else { return };
        all.push(format!("{case}\n{}\n", told(&unreachable(step))));
    }
    insta::assert_snapshot!(all.join("\n"), @"
    no input names the host
    error: the name `computenestsupplier.cn-hangzhou.aliyuncs.com` could not be resolved; no release call was sent
    error: hint: this machine cannot resolve names, or needs a proxy (`HTTPS_PROXY` is not set)

    a region
    error: the name `computenestsupplier.ap-southeast-1.aliyuncs.com` could not be resolved; no release call was sent
    error: hint: see whether `region` is right; if it is, this machine cannot resolve names, or needs a proxy (`HTTPS_PROXY` is not set)

    an endpoint
    error: the name `cloud.example.invalid` could not be resolved; no release call was sent
    error: hint: see whether `endpoint` is right; if it is, this machine cannot resolve names, or needs a proxy (`HTTPS_PROXY` is not set)

    kept from the proxy
    error: the name `computenestsupplier.cn-hangzhou.aliyuncs.com` could not be resolved; no release call was sent
    error: hint: this machine cannot resolve names, or needs the proxy that `NO_PROXY` keeps this host from

    the proxy's name
    error: no connection to `computenestsupplier.cn-hangzhou.aliyuncs.com`: the name of the proxy in `HTTPS_PROXY` could not be resolved; no release call was sent
    error: hint: see whether `HTTPS_PROXY` is right, or unset it where no proxy is needed
    ");
}
