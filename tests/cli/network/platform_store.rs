//! The platform's own store of roots, which on Linux is a folder of files.

use std::fs;
use std::process::Command;

use super::{HOSTS, accepted, at, served, told, unreachable};
use crate::support::skipped;
use crate::support::step::{Run, Step};
use crate::support::tls::{Authority, TlsServer};

/// Where most distributions have it, and where it is looked for first.
const STORE: &str = "/etc/ssl/certs";

/// How `unshare` makes a mount that only its children see: as anybody, or as root where user namespaces are forbidden.
fn private_mounts() -> Option<&'static str> {
    let can = |flags: &&str| {
        let trial = format!("exec unshare {flags} mount --bind {STORE} {STORE}");
        let run = Command::new("sh").args(["-c", &trial]).output();
        run.is_ok_and(|run| run.status.success())
    };
    let found = ["--map-root-user --mount", "--mount"].into_iter().find(can);
    if found.is_none() {
        skipped(
            "no private mount over /etc/ssl/certs can be made here, so the platform's store is NOT tested",
        );
    }
    found
}

#[test]
fn an_authority_of_the_platforms_store_is_trusted() {
    let Some(flags) = private_mounts() else { return };
    // The step on a machine whose store holds what is in the folder `store`.
    let on_another_machine = |step: Step| {
        let mount = format!("mount --bind store {STORE} && exec \"$0\"");
        step.by_shell(&format!("exec unshare {flags} sh -c '{mount}' \"$0\""))
    };
    let machine = || fs::read_dir(STORE).unwrap().count();
    let before = machine();
    let (authority, server) = served(2020, 2100, &HOSTS);
    let bundle = Authority::new("another").pem().to_owned() + authority.pem();
    let names = ["store/ca-certificates.crt", "store/one.pem", "store/0123abcd.0"];
    for name in names {
        let step = at(&server).file("store/readme.txt", "no certificate").file(name, &bundle);
        on_another_machine(step).run().exits_with(0);
    }
    assert!(server.requests().len() >= names.len());
    assert_eq!(server.connections(), server.requests().len(), "in the same handshake");

    let refused = |step: Step| -> Run { unreachable(on_another_machine(step)) };
    let requests = server.requests().len();
    let stranger = Authority::new("another");
    let run = refused(at(&server).file("store/ca-certificates.crt", stranger.pem()));
    assert!(told(&run).contains("from an unknown authority"), "{}", run.transcript());
    refused(at(&server).file("store/.keep", ""));
    // A store is no way around anything else.
    for (from, to, name, says) in
        [(2019, 2020, "localhost", "has expired"), (2020, 2100, "elsewhere.example", "for another name")]
    {
        let server = TlsServer::start(authority.identity(&[name], from, to), accepted());
        let run = refused(at(&server).file("store/ca-certificates.crt", &bundle));
        assert!(told(&run).contains(says), "{}", run.transcript());
        assert!(server.requests().is_empty());
    }
    assert_eq!(server.requests().len(), requests);
    assert_eq!(machine(), before, "this machine's own store is as it was");
}

/// The folder that every tool of the platform's looks into, where it is named. What is named as `ca_file` or
/// `SSL_CERT_FILE` stands in the store's place.
#[test]
fn a_folder_of_certificates_is_a_store_too() {
    let (authority, server) = served(2020, 2100, &HOSTS);
    let step = || {
        let step = at(&server).file("store/one.pem", authority.pem()).env("SSL_CERT_DIR", "store");
        step.file("other.pem", Authority::new("another").pem())
    };
    step().run().exits_with(0);
    let requests = server.requests().len();
    for step in [step().input("ca_file", "other.pem"), step().env("SSL_CERT_FILE", "other.pem")] {
        let run = unreachable(step);
        assert!(told(&run).contains("from an unknown authority"), "{}", run.transcript());
    }
    assert_eq!(server.requests().len(), requests);
}
