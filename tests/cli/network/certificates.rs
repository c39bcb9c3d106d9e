//! Whom a handshake trusts, beyond what a file says: one handshake, both versions of the protocol, and the clock.

use jiff::Timestamp;
use rustls::version::{TLS12, TLS13};

use super::{HOSTS, accepted, at, told, told_of_the_platform, unreachable};
use crate::support::step::{Run, Step};
use crate::support::tls::{Authority, Identity, TlsServer};

/// A release at this server that trusts this certificate.
fn trusting(server: &TlsServer, pem: &str) -> Step {
    at(server).file("ca.pem", pem).input("ca_file", "ca.pem")
}

/// The bundled roots refuse, the named ones are asked, and the call goes on: without a second connection, and without a
/// moment in which somebody else could answer.
#[test]
fn the_second_roots_are_asked_in_the_same_handshake() {
    let authority = Authority::new("one");
    for version in [&TLS12, &TLS13] {
        let identity = authority.identity(&HOSTS, 2020, 2100).only(version);
        let server = TlsServer::start(identity, accepted());
        trusting(&server, authority.pem()).run().exits_with(0);
        assert!(server.connections() > 0);
        assert_eq!(server.connections(), server.requests().len(), "{version:?}");
    }
}

/// A refusal is the end: it is not tried again in a weaker way.
#[test]
fn a_refused_certificate_is_not_asked_for_twice() {
    let server = TlsServer::start(Authority::new("one").identity(&HOSTS, 2020, 2100), accepted());
    unreachable(at(&server));
    assert_eq!(server.connections(), 1);
}

/// A certificate is public: who shows it must have its key.
#[test]
fn a_certificate_in_other_hands_is_refused() {
    let authority = Authority::new("one");
    let said = [&TLS12, &TLS13].map(|version| {
        let identity = authority.identity(&HOSTS, 2020, 2100).only(version);
        let server = TlsServer::start(identity.stolen(), accepted());
        let run = unreachable(trusting(&server, authority.pem()));
        assert!(server.requests().is_empty(), "\n{}", run.transcript());
        told(&run)
    });
    insta::assert_snapshot!(said.join("\n"), @"
    error: the TLS connection to `localhost` failed: the server does not have the key of the certificate that it shows; no release call was sent
    error: hint: see whether the address is right, and no proxy answers in the server's place
    error: the TLS connection to `localhost` failed: the server does not have the key of the certificate that it shows; no release call was sent
    error: hint: see whether the address is right, and no proxy answers in the server's place
    ");
}

/// An authority that was set up anew has its old name and another key.
#[test]
fn the_name_of_an_authority_is_not_enough() {
    let server = TlsServer::start(Authority::new("one").identity(&HOSTS, 2020, 2100), accepted());
    insta::assert_snapshot!(told(&unreachable(trusting(&server, Authority::new("one").pem()))), @"
    error: the TLS connection to `localhost` failed: the server's certificate is from an unknown authority, `one`; no release call was sent
    error: hint: if a company's proxy inspects TLS, give its root certificate in `ca_file`
    ");
    assert!(server.requests().is_empty());
}

/// As an installation of one's own often has it.
#[test]
fn a_certificate_that_vouches_for_itself_can_be_named() {
    let (identity, pem) = Identity::of_its_own(&HOSTS, false);
    let server = TlsServer::start(identity, accepted());
    trusting(&server, &pem).run().exits_with(0);
    insta::assert_snapshot!(told_of_the_platform(&unreachable(at(&server))), @"
    error: the TLS connection to `localhost` failed: the server's certificate is from an unknown authority, `rcgen self signed cert`; no release call was sent
    error: hint: if a company's proxy inspects TLS, give its root certificate in `ca_file`
    ");

    let (identity, pem) = Identity::of_its_own(&HOSTS, true);
    let server = TlsServer::start(identity, accepted());
    insta::assert_snapshot!(told(&unreachable(trusting(&server, &pem))), @"
    error: the TLS connection to `localhost` failed: the server's certificate is an authority's own, which is not for servers; no release call was sent
    error: hint: its owner must give the server a certificate of its own (`basicConstraints` with `CA:FALSE`)
    ");
}

/// The clock that a person is to compare with the wall's is that of this very moment.
#[test]
fn a_wrong_date_is_told_with_this_machines_time() {
    let authority = Authority::new("one");
    let clock = |run: &Run| -> Timestamp {
        let (_, rest) = run.stderr.split_once("this machine's clock says ").unwrap();
        rest.split_once(')').unwrap().0.parse().unwrap()
    };
    for (from, to) in [(2019, 2020), (2099, 2100)] {
        let server = TlsServer::start(authority.identity(&HOSTS, from, to), accepted());
        // Nobody's certificate, and that of a known authority: its date is what is wrong with it either way.
        for step in [at(&server), trusting(&server, authority.pem())] {
            let begin = Timestamp::now().as_second();
            let run = unreachable(step);
            let told = clock(&run).as_second();
            assert!((begin..=Timestamp::now().as_second()).contains(&told), "\n{}", run.transcript());
        }
        assert!(server.requests().is_empty());
    }
}
