//! A release and its credentials come from several servers: each is reached by its own rule.

use sandbox::{Cloud, Server};

use super::{INVALID, http, proxy, told};
use crate::credentials::{trusted_by, without_keys};
use crate::support::hostile::Hostile;
use crate::support::step::{Run, Step};
use crate::support::tls::{Authority, TlsServer};

const STS: &str = "https://sts.example.invalid";

/// A release by a role of Alibaba Cloud, all of whose services are at the sandbox until an input names others.
fn keyless(sandbox: &Server) -> Step {
    let step = trusted_by(without_keys(Step::plain(), "release_artifact", sandbox), Cloud::Alibaba, "github");
    step.env("ALIBABA_CLOUD_OIDC_TOKEN", "a.b.c").input("request_timeout", "2s")
}

/// Which servers a proxy was asked for.
fn tunnels(proxy: &Hostile) -> Vec<String> {
    let target = |request: String| request.split(' ').nth(1).map(str::to_owned);
    proxy.requests().into_iter().filter_map(target).collect()
}

/// An STS that is not on this machine by its address, and gives out keys that are good for a long time.
fn sts(authority: &Authority) -> TlsServer {
    let keys = r#"{"RequestId": "1", "Credentials": {"AccessKeyId": "STS.temporary-id", "AccessKeySecret": "temporary-secret",
        "SecurityToken": "temporary-token", "Expiration": "2099-01-01T00:00:00Z"}}"#;
    TlsServer::start(authority.identity(&["0.0.0.0"], 2020, 2100), http(200, &[], keys))
}

#[track_caller]
fn unreachable(step: Step) -> Run {
    let run = step.run().exits_with(7);
    assert_eq!(run.result()["released"], "no", "\n{}", run.transcript());
    run
}

/// The release's own server is on this machine, which says nothing of STS.
#[test]
fn a_server_of_credentials_is_reached_through_the_proxy_though_the_release_is_not() {
    let (sandbox, proxy) = (Server::start(), proxy(407));
    unreachable(keyless(&sandbox).input("sts_endpoint", STS).env("HTTPS_PROXY", proxy.url()));
    let tunnels = tunnels(&proxy);
    assert!(
        !tunnels.is_empty() && tunnels.iter().all(|target| target == "sts.example.invalid:443"),
        "{tunnels:?}"
    );
    assert!(sandbox.requests().is_empty());
}

#[test]
fn the_release_is_reached_through_the_proxy_though_the_server_of_credentials_is_on_this_machine() {
    let (server, proxy) = (Server::start(), proxy(407));
    let uri = format!("{}{}", server.url(), sandbox::world::ALIBABA_CREDENTIALS_TARGET);
    let step = without_keys(Step::plain(), "release_artifact", &server).input("endpoint", INVALID);
    let step = step.env("ALIBABA_CLOUD_CREDENTIALS_URI", uri).env("HTTPS_PROXY", proxy.url());
    unreachable(step.input("request_timeout", "2s"));
    let tunnels = tunnels(&proxy);
    assert!(
        !tunnels.is_empty() && tunnels.iter().all(|target| target == "cloud.example.invalid:443"),
        "{tunnels:?}"
    );
    assert_eq!(crate::credentials::asked(&server), ["GetCredentialsUri"]);
}

#[test]
fn no_proxy_may_name_sts_alone() {
    let (sandbox, sts) = (Server::start(), sts(&Authority::new("one")));
    let at = format!("https://0.0.0.0:{}", sts.port());
    // No root vouches for its certificate: what counts is who is asked.
    for (no_proxy, by_proxy, by_sts) in [("0.0.0.0", 0, 1), ("", 1, 0), ("cloud.example.invalid", 1, 0)] {
        let (proxy, before) = (proxy(407), sts.connections());
        let step = keyless(&sandbox).input("endpoint", INVALID).input("sts_endpoint", &at);
        unreachable(step.env("HTTPS_PROXY", proxy.url()).env("NO_PROXY", no_proxy));
        let asked = [proxy.connections().min(1), (sts.connections() - before).min(1)];
        assert_eq!(asked, [by_proxy, by_sts], "{no_proxy}");
    }
}

/// With keys of an STS that is reached directly, the release itself goes through the proxy.
#[test]
fn each_server_of_one_run_has_its_own_way() {
    let (sandbox, proxy, authority) = (Server::start(), proxy(407), Authority::new("one"));
    let sts = sts(&authority);
    let step = keyless(&sandbox).file("ca.pem", authority.pem()).input("ca_file", "ca.pem");
    let step =
        step.input("endpoint", INVALID).input("sts_endpoint", format!("https://0.0.0.0:{}", sts.port()));
    unreachable(step.env("HTTPS_PROXY", proxy.url()).env("NO_PROXY", "0.0.0.0"));
    assert_eq!(sts.requests().len(), 1);
    let tunnels = tunnels(&proxy);
    assert!(
        !tunnels.is_empty() && tunnels.iter().all(|target| target == "cloud.example.invalid:443"),
        "{tunnels:?}"
    );
}

/// A fault of the environment is one wherever it shows.
#[test]
fn a_proxy_that_cannot_be_used_is_an_input_of_the_credentials_too() {
    let sandbox = Server::start();
    let step = keyless(&sandbox).input("sts_endpoint", STS).env("https_proxy", "none");
    let run = step.run().exits_with(2);
    assert!(sandbox.requests().is_empty());
    insta::assert_snapshot!(told(&run), @"
    error: credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: `https_proxy` is `none`, which is no proxy: unset it to use none, or give `http://host:port`; no release call was sent
    error: hint: `https_proxy` is set by the job or by this machine, and is no input: mend it there, or name the host in `NO_PROXY`
    ");
}
