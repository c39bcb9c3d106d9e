//! The way to the cloud, on loopback: proxies, and whom a TLS handshake trusts.

mod answers;
mod certificates;
// How a full queue, a look-up of names and a store behave is another thing on every system.
#[cfg(target_os = "linux")]
mod limits;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod names;
#[cfg(target_os = "linux")]
mod platform_store;
mod proxies;
mod redirects;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::hostile::{Behaviour, Hostile, Nobody, http};
use crate::support::release_calls;
use crate::support::step::{Run, Step};
use crate::support::tls::{Authority, TlsServer};

/// A good release at this endpoint.
fn release(endpoint: &str) -> Step {
    Step::plain().releasing("release_artifact", endpoint).input("client_token", "same")
}

fn accepted() -> Vec<u8> {
    http(200, &[], r#"{"RequestId": "1", "ArtifactId": "artifact-5f0c2b7d9e3a4c168b20"}"#)
}

/// Runs a step that must end with status 7: nothing was released.
#[track_caller]
fn unreachable(step: Step) -> Run {
    let run = step.run().exits_with(7);
    let result = run.result();
    let said = [&result["released"], &result["release_outcome"], &result["error"]["kind"]];
    assert_eq!(said, ["no", "not_released", "unreachable"], "\n{}", run.transcript());
    run
}

/// The log without the line that says what is called, and with the one number that differs replaced.
fn told(run: &Run) -> String {
    run.log().lines().filter(|line| !line.starts_with("info: ")).collect::<Vec<_>>().join("\n")
}

/// The log after a certificate was shown to the platform itself, which elsewhere than on Linux may refuse it for a reason
/// of its own first, such as the length of its validity.
fn told_of_the_platform(run: &Run) -> String {
    const REFUSED: &str = "the server's certificate is refused: ";
    let told = told(run);
    match told.split_once(REFUSED).filter(|_| !cfg!(target_os = "linux")) {
        Some((start, rest)) => {
            let (_, rest) = rest.split_once("; no release call was sent").unwrap();
            format!(
                "{start}the server's certificate is from an unknown authority; no release call was sent{rest}"
            )
        }
        None => told,
    }
}

// ---- Proxies ----

const INVALID: &str = "https://cloud.example.invalid";

/// A proxy with one answer to `CONNECT`.
fn proxy(status: u16) -> Hostile {
    Hostile::start([Behaviour::Answer(http(status, &[], "<html>forged</html>"))])
}

fn host_and_port(url: &str) -> &str {
    url.trim_start_matches("http://")
}

#[test]
fn a_proxy_that_is_not_there_is_told_by_name() {
    let nobody = Nobody::new();
    let told = told(&unreachable(release(INVALID).env("ALL_PROXY", nobody.url())));
    assert!(told.contains("`ALL_PROXY`") && !told.contains("missing proxy"), "\n{told}");
}

#[test]
fn a_proxy_that_does_not_answer_or_goes_away_ends_in_the_connect_limit() {
    for behaviour in [Behaviour::Hang, Behaviour::Close, Behaviour::ResetAfterRequest] {
        let proxy = Hostile::start([behaviour]);
        let begin = Instant::now();
        unreachable(release(INVALID).env("https_proxy", proxy.url()).input("request_timeout", "400ms"));
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    }
}

#[test]
fn a_proxy_is_found_under_every_name() {
    for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        let proxy = proxy(407);
        unreachable(release(INVALID).env(name, host_and_port(&proxy.url())));
        unreachable(release(INVALID).env(name, format!(" {}/\n", proxy.url())));
        assert_eq!(proxy.connections(), 2, "{name}");
    }
    // The one for `https` goes before the one for all.
    let (right, wrong) = (proxy(407), proxy(407));
    unreachable(release(INVALID).env("HTTPS_PROXY", right.url()).env("all_proxy", wrong.url()));
    assert_eq!([right.connections(), wrong.connections()], [1, 0]);
}

/// `HTTP_PROXY` is not for `https`, and an empty variable is none.
#[test]
fn other_variables_are_no_proxy() {
    let proxy = proxy(407);
    let step = release(INVALID).input("request_timeout", "400ms");
    let step = step.env("HTTP_PROXY", proxy.url()).env("http_proxy", proxy.url());
    unreachable(step.env("HTTPS_PROXY", "").env("https_proxy", ""));
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn loopback_is_never_reached_through_a_proxy() {
    let proxy = proxy(407);
    let authority = Authority::new("one");
    let names = ["localhost", "127.0.0.1", "sub.localhost"];
    let server = TlsServer::start(authority.identity(&names, 2020, 2100), accepted());
    for host in ["localhost", "127.0.0.1"] {
        let step = release(&format!("https://{host}:{}", server.port()));
        let step = step.file("ca.pem", authority.pem()).input("ca_file", "ca.pem");
        let step = step.env("HTTPS_PROXY", proxy.url()).env("ALL_PROXY", proxy.url());
        step.env("NO_PROXY", "example.com").run().exits_with(0);
    }
    let cloud = sandbox::Server::start();
    release(cloud.url()).env("ALL_PROXY", proxy.url()).run().exits_with(0);
    // Nor does it matter then that a proxy cannot be used.
    release(cloud.url()).env("ALL_PROXY", "socks5://127.0.0.1:1").input("client_token", "other").run();
    assert_eq!(proxy.connections(), 0);
    assert_eq!(release_calls(&cloud).len(), 2);
}

/// `0.0.0.0` is this machine, and no loopback address: reached without a network, and without a proxy where so wished.
#[cfg(target_os = "linux")]
#[test]
fn no_proxy_is_respected() {
    let wished = ["0.0.0.0", "0.0.0.0/8", "example.com, 0.0.0.0"];
    for (name, hosts) in
        ["no_proxy", "NO_PROXY"].into_iter().flat_map(|name| wished.map(|hosts| (name, hosts)))
    {
        let (proxy, server) = (proxy(407), Hostile::start([Behaviour::Close]));
        let port = server.url().rsplit(':').next().unwrap().to_owned();
        let step = || release(&format!("https://0.0.0.0:{port}")).env("HTTPS_PROXY", proxy.url());
        unreachable(step().env(name, hosts));
        assert_eq!([proxy.connections(), server.connections()], [0, 1], "{name}={hosts}");
        unreachable(step().env(name, "0.0.0.1,example.com"));
        assert_eq!([proxy.connections(), server.connections()], [1, 1], "{name}={hosts}");
    }
}

#[test]
fn no_proxy_takes_a_domain_with_all_below_it() {
    let proxy = proxy(407);
    let step = || release(INVALID).env("HTTPS_PROXY", proxy.url()).input("request_timeout", "2s");
    for hosts in ["example.invalid", ".example.invalid", "cloud.example.invalid", "*"] {
        unreachable(step().env("NO_PROXY", hosts));
        assert_eq!(proxy.connections(), 0, "{hosts}");
    }
    for (count, hosts) in ["ample.invalid", "sub.cloud.example.invalid", ""].iter().enumerate() {
        unreachable(step().env("NO_PROXY", hosts));
        assert_eq!(proxy.connections(), count + 1, "{hosts}");
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error_in_its_variable() {
    let proxies = [
        ("HTTPS_PROXY", "socks5://me:the-password@127.0.0.1:1080"),
        ("https_proxy", "ftp://127.0.0.1"),
        ("ALL_PROXY", "http://"),
        ("all_proxy", "http://127.0.0.1:99999"),
        ("HTTPS_PROXY", "http://me:the-password@127.0.0.1:8080/path"),
        ("HTTPS_PROXY", "http://me:the-password@[127.0.0.1"),
        ("HTTPS_PROXY", "me:the-password@a b:8080"),
        // What ends a host's name ends it in a password, too: this would be the host `me` with port 12.
        ("HTTPS_PROXY", "http://me:12#the-password@127.0.0.1:8080"),
        ("HTTPS_PROXY", "http://me:12?the-password@127.0.0.1:8080"),
        ("HTTPS_PROXY", "http://me:12/the-password@127.0.0.1:8080"),
        ("HTTPS_PROXY", "http://me:the-pass/the-password@127.0.0.1:8080"),
        // What was meant as no proxy, and what nothing filled in.
        ("https_proxy", "none"),
        ("HTTPS_PROXY", "OFF"),
        ("all_proxy", "0"),
        ("HTTPS_PROXY", "$HTTP_PROXY"),
        ("HTTPS_PROXY", "${{ vars.PROXY }}"),
        ("HTTPS_PROXY", "%HTTP_PROXY%"),
        ("ALL_PROXY", "[object Object]"),
    ];
    let refusals = proxies.map(|(name, value)| {
        let run = release(INVALID).env(name, value).input("log_level", "trace").run();
        assert!(!run.transcript().contains("the-password"), "\n{}", run.transcript());
        let run = run.exits_with(2);
        assert!(told(&run).contains(name), "\n{}", run.transcript());
        told(&run).lines().next().unwrap().to_owned()
    });
    insta::assert_snapshot!(refusals.join("\n"), @"
    error: `HTTPS_PROXY` is a kind of proxy that is not supported: give `http://host:port` or `https://host:port`, or unset it; nothing was sent
    error: `https_proxy` is a kind of proxy that is not supported: give `http://host:port` or `https://host:port`, or unset it; nothing was sent
    error: `ALL_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `all_proxy` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `HTTPS_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `HTTPS_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `HTTPS_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `HTTPS_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `HTTPS_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `HTTPS_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `HTTPS_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `https_proxy` is `none`, which is no proxy: unset it to use none, or give `http://host:port`; nothing was sent
    error: `HTTPS_PROXY` is `off`, which is no proxy: unset it to use none, or give `http://host:port`; nothing was sent
    error: `all_proxy` is `0`, which is no proxy: unset it to use none, or give `http://host:port`; nothing was sent
    error: `HTTPS_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `HTTPS_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `HTTPS_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    error: `ALL_PROXY` is not the URL of a proxy: give `http://host:port`, a password percent-encoded, or unset it; nothing was sent
    ");
}

#[cfg(unix)]
#[test]
fn a_proxy_whose_url_is_no_text_is_an_error_as_well() {
    use std::os::unix::ffi::OsStrExt;
    let proxy = std::ffi::OsStr::from_bytes(b"http://127.0.0.1:1/\xff");
    let run =
        release(INVALID).env("HTTPS_PROXY", proxy).input("request_timeout", "400ms").run().exits_with(2);
    assert!(told(&run).contains("`HTTPS_PROXY`"), "\n{}", run.transcript());
}

// ---- TLS ----

const HOSTS: [&str; 2] = ["localhost", "127.0.0.1"];

/// A server of an authority of its own, and a release at it.
fn served(from: i32, to: i32, names: &[&str]) -> (Authority, TlsServer) {
    let authority = Authority::new("one");
    let server = TlsServer::start(authority.identity(names, from, to), accepted());
    (authority, server)
}

fn at(server: &TlsServer) -> Step {
    release(&format!("https://localhost:{}", server.port()))
}

#[test]
fn a_server_of_an_unknown_authority_is_refused() {
    let (_, server) = served(2020, 2100, &HOSTS);
    insta::assert_snapshot!(told_of_the_platform(&unreachable(at(&server))), @"
    error: the TLS connection to `localhost` failed: the server's certificate is from an unknown authority, `one`; no release call was sent
    error: hint: if a company's proxy inspects TLS, give its root certificate in `ca_file`
    ");
    // An authority that is known, and another's.
    let step = at(&server).file("other.pem", Authority::new("another").pem()).input("ca_file", "other.pem");
    insta::assert_snapshot!(told(&unreachable(step)), @"
    error: the TLS connection to `localhost` failed: the server's certificate is from an unknown authority, `one`; no release call was sent
    error: hint: if a company's proxy inspects TLS, give its root certificate in `ca_file`
    ");
    assert!(server.requests().is_empty());
}

/// In a container without any certificates of its own, too.
#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_roots_is_told_of_ca_file_too() {
    let (_, server) = served(2020, 2100, &HOSTS);
    let step = at(&server).file("empty/.keep", "").env("SSL_CERT_DIR", "empty");
    let told = told(&unreachable(step));
    assert!(told.contains("TLS") && told.contains("`ca_file`"), "\n{told}");
}

#[test]
fn an_authority_is_trusted_where_it_is_named() {
    let (authority, server) = served(2020, 2100, &HOSTS);
    let pem = authority.pem();
    let bundle = format!("# a comment\n{}\nbetween\n{pem}", Authority::new("another").pem());
    let step = || at(&server).file("ca.pem", pem).file("bundle.pem", &bundle);
    let absolute = step();
    let path = absolute.path("ca.pem");
    absolute.input("ca_file", path).run().exits_with(0);
    step().input("ca_file", "bundle.pem").run().exits_with(0);
    step().env("SSL_CERT_FILE", "ca.pem").run().exits_with(0);
    // Both files count.
    let other = Authority::new("another");
    let step = || step().file("other.pem", other.pem());
    step().input("ca_file", "ca.pem").env("SSL_CERT_FILE", "other.pem").run().exits_with(0);
    step().input("ca_file", "other.pem").env("SSL_CERT_FILE", "ca.pem").run().exits_with(0);
    assert_eq!(server.releases().len(), 5);
}

#[test]
fn a_certificate_that_is_not_for_now_or_not_for_this_name_is_refused_and_says_why() {
    let refused = |from, to, names: &[&str]| {
        let (authority, server) = served(from, to, names);
        let step = at(&server).file("ca.pem", authority.pem()).input("ca_file", "ca.pem");
        let run = unreachable(step);
        assert!(server.requests().is_empty(), "\n{}", run.transcript());
        told(&run)
    };
    insta::assert_snapshot!(refused(2019, 2020, &HOSTS), @"
    error: the TLS connection to `localhost` failed: the server's certificate has expired (this machine's clock says [time]); no release call was sent
    error: hint: see whether this machine's clock is right; if it is, the server's owner must renew the certificate
    ");
    insta::assert_snapshot!(refused(2099, 2100, &HOSTS), @"
    error: the TLS connection to `localhost` failed: the server's certificate is not valid yet (this machine's clock says [time]); no release call was sent
    error: hint: see whether this machine's clock is right; if it is, the server's owner must renew the certificate
    ");
    insta::assert_snapshot!(refused(2020, 2100, &["cloud.example"]), @"
    error: the TLS connection to `localhost` failed: the server's certificate is for another name; no release call was sent
    error: hint: see whether `endpoint` is right, and no proxy answers in the server's place
    ");
}

#[test]
fn a_ca_file_that_gives_no_certificate_is_an_error() {
    let (_, server) = served(2020, 2100, &HOSTS);
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let authority = Authority::new("one");
    let cut = &authority.pem()[..authority.pem().len() - 40];
    let files = [
        ("empty.pem", ""),
        ("der.pem", "\u{30}\u{82}\u{1}not PEM"),
        ("key.pem", &*key),
        ("cut.pem", cut),
        ("not-base64.pem", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"),
        ("not-a-certificate.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("folder/file", ""),
    ];
    let step = || files.iter().fold(at(&server), |step, (name, content)| step.file(name, content));
    let refused = |step: Step| told(&step.run().exits_with(2)).lines().next().unwrap().to_owned();
    let mut refusals: Vec<_> =
        files[..6].iter().map(|(name, _)| refused(step().input("ca_file", name))).collect();
    refusals.push(refused(step().input("ca_file", "folder")));
    refusals.push(refused(step().input("ca_file", "missing.pem")));
    refusals.push(refused(step().env("SSL_CERT_FILE", "missing.pem")));
    refusals.push(refused(step().env("SSL_CERT_FILE", "key.pem")));
    insta::assert_snapshot!(refusals.join("\n"), @"
    error: `INPUT_CA_FILE` names `empty.pem`, in which there is no certificate in PEM form; nothing was sent
    error: `INPUT_CA_FILE` names `der.pem`, in which there is no certificate in PEM form; nothing was sent
    error: `INPUT_CA_FILE` names `key.pem`, in which there is no certificate in PEM form; nothing was sent
    error: `INPUT_CA_FILE` names `cut.pem`, which is not a PEM file of certificates; nothing was sent
    error: `INPUT_CA_FILE` names `not-base64.pem`, which is not a PEM file of certificates; nothing was sent
    error: `INPUT_CA_FILE` names `not-a-certificate.pem`, in which there is no certificate in PEM form; nothing was sent
    error: `INPUT_CA_FILE` names `folder`, which cannot be read: Is a directory (os error 21); nothing was sent
    error: `INPUT_CA_FILE` names `missing.pem`, which cannot be read: No such file or directory (os error 2); nothing was sent
    error: `SSL_CERT_FILE` names `missing.pem`, which cannot be read: No such file or directory (os error 2); nothing was sent
    error: `SSL_CERT_FILE` names `key.pem`, in which there is no certificate in PEM form; nothing was sent
    ");
    assert!(server.requests().is_empty());
}

/// A connection that leads nowhere ends in half of `request_timeout`, wherever it stops.
#[test]
fn a_server_that_never_speaks_ends_in_the_connect_limit() {
    let server = Hostile::start([Behaviour::Hang]);
    let url = server.url().replace("http://127.0.0.1", "https://localhost");
    let begin = Instant::now();
    let run = unreachable(release(&url).input("request_timeout", "600ms"));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    insta::assert_snapshot!(told(&run), @"
    error: no connection to `localhost` within 0.3 s; no release call was sent
    error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    ");

    // Nobody takes the connection from its queue: as good as a firewall that drops it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let run = unreachable(release(&url).input("request_timeout", "600ms"));
    insta::assert_snapshot!(told(&run), @"
    error: no connection to `127.0.0.1` within 0.3 s; no release call was sent
    error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    ");
}

#[test]
fn a_server_that_speaks_no_tls_is_told_as_such() {
    let server = sandbox::Server::start();
    let url = server.url().replace("http://", "https://");
    insta::assert_snapshot!(told(&unreachable(release(&url))), @"
    error: the TLS connection to `127.0.0.1` failed: received corrupt message of type InvalidContentType; no release call was sent
    error: hint: see whether the address is right, and no proxy or firewall breaks TLS
    ");
    assert!(server.requests().is_empty());
}
