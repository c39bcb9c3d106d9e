//! What goes through a proxy, with which login, and what is said where one stands in the way.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{INVALID, accepted, host_and_port, release, told, told_of_the_platform, unreachable};
use crate::support::forms::{stand_nowhere, traces};
use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::step::Step;
use crate::support::tls::{Authority, TlsServer};

const HOST: &[&str] = &["cloud.example.invalid"];

/// A proxy that leads to the cloud, and a release that trusts its authority.
fn open_proxy() -> (TlsServer, impl Fn() -> Step) {
    let authority = Authority::new("one");
    let proxy = TlsServer::behind_a_proxy(authority.identity(HOST, 2020, 2100), accepted());
    let pem = authority.pem().to_owned();
    (proxy, move || release(INVALID).file("ca.pem", &pem).input("ca_file", "ca.pem"))
}

/// The login in a `CONNECT` request, if there is one.
fn login(tunnel: &str) -> Option<String> {
    let header = |line: &str| line.strip_prefix("proxy-authorization: Basic ").map(str::to_owned);
    let login = STANDARD.decode(tunnel.lines().find_map(header)?).unwrap();
    Some(String::from_utf8(login).unwrap())
}

#[test]
fn a_release_goes_through_a_proxy_without_a_password() {
    let (proxy, step) = open_proxy();
    step().env("HTTPS_PROXY", format!("http://127.0.0.1:{}", proxy.port())).run().exits_with(0);
    insta::assert_snapshot!(proxy.tunnels().concat(), @"
    CONNECT cloud.example.invalid:443 HTTP/1.1
    Host: cloud.example.invalid:443
    user-agent: release-step/0.1.0

    CONNECT cloud.example.invalid:443 HTTP/1.1
    Host: cloud.example.invalid:443
    user-agent: release-step/0.1.0
    ");
    for request in proxy.requests() {
        assert!(request.starts_with("POST /?ArtifactId="), "{request}");
        assert!(request.contains("\r\nhost: cloud.example.invalid\r\n"), "{request}");
    }
}

#[test]
fn the_login_of_a_proxy_arrives_as_it_is_meant() {
    let (proxy, step) = open_proxy();
    let cases = [
        ("", None),
        ("only-me@", Some("only-me:")),
        ("me:@", Some("me:")),
        ("me:pass-word@", Some("me:pass-word")),
        ("CORP%5Cme:pass:word@", Some("CORP\\me:pass:word")),
        ("me:p%40ss%3Aw%2Frd%25%23%3F%22%5C%20%c3%a9%2B+@", Some("me:p@ss:w/rd%#?\"\\ é++")),
        // As people write it who encode nothing.
        ("me:p@ss\"w rd'<é>@", Some("me:p@ss\"w rd'<é>")),
        ("me:100%sure@", Some("me:100%sure")),
    ];
    for (given, sent) in cases {
        for scheme in ["http://", ""] {
            let before = proxy.tunnels().len();
            let url = format!("{scheme}{given}127.0.0.1:{}", proxy.port());
            let step = step().env("HTTPS_PROXY", url).input("log_level", "trace");
            let run = step.run().exits_with(0);
            let tunnels = &proxy.tunnels()[before..];
            assert!(!tunnels.is_empty(), "{given}\n{}", run.transcript());
            for tunnel in tunnels {
                assert_eq!(login(tunnel).as_deref(), sent, "{given}\n{tunnel}");
            }
        }
    }
}

#[test]
fn a_password_of_a_proxy_is_never_seen_whatever_the_proxy_says_of_it() {
    /// All that it was sent, in every place of an answer.
    fn echo(request: &str) -> Vec<u8> {
        let line =
            request.replace("\r\n", " ") + &login(request).unwrap_or_default().escape_default().to_string();
        http(
            407,
            &[("proxy-authenticate", &format!("Basic realm=\"{line}\"")), ("x-said", &line)],
            request.to_owned() + &line,
        )
    }
    let password = "p@ss:w/rd%#?\"\\ and+more";
    let encoded = "p%40ss%3Aw%2Frd%25%23%3F%22%5C%20and%2Bmore";
    let mut hidden = traces(password);
    hidden.extend(traces(encoded));
    hidden.extend(traces(&format!("me:{password}")));
    let (open, through) = open_proxy();
    let closed = Hostile::start([Behaviour::Reply(echo)]);
    for format in ["text", "json"] {
        for (port, step, status) in [
            (open.port().to_string(), through(), 0),
            (closed.url().rsplit(':').next().unwrap().to_owned(), release(INVALID), 7),
        ] {
            let step = step.env("HTTPS_PROXY", format!("http://me:{encoded}@127.0.0.1:{port}"));
            let run = step.input("log_level", "trace").input("log_format", format).run().exits_with(status);
            stand_nowhere(&hidden, &run);
        }
    }
    assert!(!open.requests().iter().any(|request| request.to_ascii_lowercase().contains("proxy-")));
}

#[test]
fn a_proxy_may_itself_be_reached_over_tls() {
    let authority = Authority::new("one");
    let server = || authority.identity(HOST, 2020, 2100);
    let with = |name: &str, from, to| {
        let proxy = authority.identity(&[name], from, to);
        let proxy = TlsServer::behind_a_tls_proxy(proxy, server(), accepted());
        let step = release(INVALID).file("ca.pem", authority.pem()).input("ca_file", "ca.pem");
        (step.env("HTTPS_PROXY", format!("https://me:pass-word@localhost:{}", proxy.port())), proxy)
    };
    let (step, proxy) = with("localhost", 2020, 2100);
    step.run().exits_with(0);
    assert_eq!(login(&proxy.tunnels()[0]).as_deref(), Some("me:pass-word"));
    assert!(!proxy.requests().is_empty());

    // Its certificate is looked at as every other one, before it is told a login.
    let refused = [("elsewhere.example", 2020, 2100), ("localhost", 2019, 2020)].map(|(name, from, to)| {
        let (step, proxy) = with(name, from, to);
        let said = told(&unreachable(step));
        assert!(proxy.tunnels().is_empty(), "{said}");
        said.lines().next().unwrap().to_owned()
    });
    insta::assert_snapshot!(refused.join("\n"), @"
    error: the TLS connection to `cloud.example.invalid` through the proxy in `HTTPS_PROXY` failed: the server's certificate is for another name; no release call was sent
    error: the TLS connection to `cloud.example.invalid` through the proxy in `HTTPS_PROXY` failed: the server's certificate has expired (this machine's clock says [time]); no release call was sent
    ");
}

/// It is the proxy that stands in the way: it is named, no proxy is "missing", and what it asks for is said.
#[test]
fn a_proxy_that_stands_in_the_way_is_told_by_name() {
    let answer = |bytes: &[u8]| Hostile::start([Behaviour::Answer(bytes.into())]);
    let status = |status| answer(&http(status, &[("proxy-authenticate", "Basic")], "<html>forged</html>"));
    let cases = [
        ("it wants a login", status(407)),
        ("it forbids the host", status(403)),
        ("it finds no way", status(502)),
        ("it leads elsewhere", status(302)),
        ("it is no proxy", answer(b"SSH-2.0-OpenSSH_9.7\r\n")),
        ("it has nothing to say", answer(b"")),
        ("it opens a tunnel to nowhere", answer(b"HTTP/1.1 200 OK\r\n\r\n")),
        ("it never answers", Hostile::start([Behaviour::Hang])),
        (
            "it never ends",
            Hostile::start([Behaviour::Endless(b"HTTP/1.1 200 OK\r\n".into(), b"x: x\r\n".into())]),
        ),
    ];
    let all = cases.map(|(case, proxy)| {
        let url = format!("http://me:pass-word@{}", host_and_port(&proxy.url()));
        let begin = Instant::now();
        let run = unreachable(release(INVALID).env("HTTPS_PROXY", url).input("request_timeout", "1s"));
        assert!(begin.elapsed() < Duration::from_secs(5), "{case}: {:?}", begin.elapsed());
        assert!(proxy.connections() > 0, "{case}");
        format!("{case}\n{}\n\n", told(&run))
    });
    insta::assert_snapshot!(all.concat(), @"
    it wants a login
    error: no connection to `cloud.example.invalid`: the proxy in `HTTPS_PROXY` refuses the login (HTTP 407); no release call was sent
    error: hint: see whether user and password in `HTTPS_PROXY` are right, and percent-encoded

    it forbids the host
    error: no connection to `cloud.example.invalid`: the proxy in `HTTPS_PROXY` does not allow it (HTTP 403); no release call was sent
    error: hint: ask who runs the proxy to allow `cloud.example.invalid`; or name the host in `NO_PROXY`, if it can be reached without a proxy

    it finds no way
    error: no connection to `cloud.example.invalid`: the proxy in `HTTPS_PROXY` could not connect to it (HTTP 502); no release call was sent
    error: hint: see whether `cloud.example.invalid` is right, and the proxy reaches it; or name the host in `NO_PROXY`, if it can be reached without a proxy

    it leads elsewhere
    error: no connection to `cloud.example.invalid`: the proxy in `HTTPS_PROXY` answers with a redirect (HTTP 302); no release call was sent
    error: hint: see whether `HTTPS_PROXY` is right, and no login page is in between; or name the host in `NO_PROXY`, if it can be reached without a proxy

    it is no proxy
    error: no connection to `cloud.example.invalid`: the proxy in `HTTPS_PROXY` does not answer as a proxy; no release call was sent
    error: hint: see whether `HTTPS_PROXY` is right; or name the host in `NO_PROXY`, if it can be reached without a proxy

    it has nothing to say
    error: no connection to `cloud.example.invalid`: the proxy in `HTTPS_PROXY` does not answer as a proxy; no release call was sent
    error: hint: see whether `HTTPS_PROXY` is right; or name the host in `NO_PROXY`, if it can be reached without a proxy

    it opens a tunnel to nowhere
    error: no connection to `cloud.example.invalid` through the proxy in `HTTPS_PROXY`: tls handshake eof; no release call was sent
    error: hint: see whether `HTTPS_PROXY` is right, and the proxy lets this host through; or name the host in `NO_PROXY`

    it never answers
    error: no connection to `cloud.example.invalid` through the proxy in `HTTPS_PROXY` within 0.5 s; no release call was sent
    error: hint: see whether `HTTPS_PROXY` is right, and the proxy lets this host through; or name the host in `NO_PROXY`

    it never ends
    error: no connection to `cloud.example.invalid`: the proxy in `HTTPS_PROXY` does not answer as a proxy; no release call was sent
    error: hint: see whether `HTTPS_PROXY` is right; or name the host in `NO_PROXY`, if it can be reached without a proxy
    ");
}

/// The port of a proxy that is for TLS, given as one without, and the other way round.
#[test]
fn a_proxy_of_the_other_scheme_is_told_by_name() {
    let plain = Hostile::start([Behaviour::Hang]);
    let authority = Authority::new("one");
    let over_tls = TlsServer::start(authority.identity(&["127.0.0.1"], 2020, 2100), accepted());
    let step = || release(INVALID).input("request_timeout", "600ms");
    let said = [
        step().env("HTTPS_PROXY", plain.url().replace("http://", "https://")),
        step().env("ALL_PROXY", format!("http://127.0.0.1:{}", over_tls.port())),
    ];
    let said = said.map(|step| told(&unreachable(step)).lines().next().unwrap().to_owned());
    insta::assert_snapshot!(said.join("\n"), @"
    error: no connection to `cloud.example.invalid` through the proxy in `HTTPS_PROXY` within 0.3 s; no release call was sent
    error: no connection to `cloud.example.invalid`: the proxy in `ALL_PROXY` does not answer as a proxy; no release call was sent
    ");
}

/// It will say the same at every other try; a proxy that finds no way may find one.
#[test]
fn a_lasting_refusal_of_a_proxy_is_not_repeated() {
    let status = |status| Hostile::start([Behaviour::Answer(http(status, &[], "<html>forged</html>"))]);
    for (code, most) in [(401, 2), (403, 2), (407, 1), (301, 2), (302, 2), (307, 2)] {
        let proxy = status(code);
        let begin = Instant::now();
        unreachable(release(INVALID).env("HTTPS_PROXY", proxy.url()).input("retry_timeout", "30s"));
        assert!(begin.elapsed() < Duration::from_secs(5), "{code}: {:?}", begin.elapsed());
        // The second connection asks for the status alone.
        assert!(proxy.connections() <= most, "{code}: {}", proxy.connections());
    }
    let proxy = status(502);
    unreachable(release(INVALID).env("HTTPS_PROXY", proxy.url()).input("retry_timeout", "5s"));
    assert!(proxy.connections() > 2, "{}", proxy.connections());
}

#[test]
fn a_login_that_is_not_given_is_asked_for() {
    let proxy = Hostile::start([Behaviour::Answer(http(407, &[("proxy-authenticate", "Basic")], ""))]);
    insta::assert_snapshot!(told(&unreachable(release(INVALID).env("https_proxy", proxy.url()))), @"
    error: no connection to `cloud.example.invalid`: the proxy in `https_proxy` wants a login (HTTP 407); no release call was sent
    error: hint: give `http://user:password@host:port` in `https_proxy`; or name the host in `NO_PROXY`, if it can be reached without a proxy
    ");
}

/// What inspects TLS shows a certificate of its own authority, whose root the machine has to be given.
#[test]
fn what_inspects_tls_is_named_by_its_certificate() {
    let authority = Authority::new("ACME TLS Inspection CA");
    let proxy = TlsServer::behind_a_proxy(authority.identity(HOST, 2020, 2100), accepted());
    let step = || release(INVALID).env("HTTPS_PROXY", format!("http://127.0.0.1:{}", proxy.port()));
    insta::assert_snapshot!(told_of_the_platform(&unreachable(step())), @"
    error: the TLS connection to `cloud.example.invalid` through the proxy in `HTTPS_PROXY` failed: the server's certificate is from an unknown authority, `ACME TLS Inspection CA`; no release call was sent
    error: hint: if a company's proxy inspects TLS, give its root certificate in `ca_file`
    ");
    // The name is whatever the other side writes there.
    let authority = Authority::new("\u{1b}[31m\n::error::forged `x`");
    let proxy = TlsServer::behind_a_proxy(authority.identity(HOST, 2020, 2100), accepted());
    let step = release(INVALID).env("HTTPS_PROXY", format!("http://127.0.0.1:{}", proxy.port()));
    insta::assert_snapshot!(told_of_the_platform(&unreachable(step)), @r"
    error: the TLS connection to `cloud.example.invalid` through the proxy in `HTTPS_PROXY` failed: the server's certificate is from an unknown authority, `\u{1b}[31m\n::error::forged 'x'`; no release call was sent
    error: hint: if a company's proxy inspects TLS, give its root certificate in `ca_file`
    ");
}

/// These are not inputs of the step: whoever set them is who can mend them.
#[test]
fn a_wrong_variable_of_the_machine_is_told_as_such() {
    let said = [("https_proxy", "none"), ("SSL_CERT_FILE", "missing.pem")]
        .map(|(name, value)| told(&release(INVALID).env(name, value).run().exits_with(2)));
    insta::assert_snapshot!(said.join("\n"), @"
    error: `https_proxy` is `none`, which is no proxy: unset it to use none, or give `http://host:port`; nothing was sent
    error: hint: `https_proxy` is set by the job or by this machine, and is no input: mend it there, or name the host in `NO_PROXY`
    error: `SSL_CERT_FILE` names `missing.pem`, which cannot be read: No such file or directory (os error 2); nothing was sent
    error: hint: `SSL_CERT_FILE` is set by the job or by this machine, and is no input: mend it there, or unset it to trust the platform's own roots
    ");
}
