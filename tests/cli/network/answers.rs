//! Answers that are not as they should be: what other clients take is taken, else something in between is named.

use super::{accepted, release, told};
use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::step::Run;

/// A release whose call is answered with these bytes.
fn answered(bytes: Vec<u8>) -> Run {
    let server = Hostile::start([Behaviour::Answer(bytes)]);
    release(&server.url()).input("retry_timeout", "0").input("settle_time", "0").run()
}

/// What the answer was, and the last thing to do about it; not what a look-up found afterwards.
fn answer_told(case: &str, bytes: Vec<u8>) -> String {
    let told = told(&answered(bytes).exits_with(8));
    let (what, hint) = told.split_once("\nerror: hint: ").unwrap();
    let (what, _) = what.split_once("; looking it up failed").unwrap();
    format!("{case}\n{what}\nhint: … {}\n\n", hint.rsplit("; ").next().unwrap())
}

/// A good answer with more in its head.
fn with_head(more: &str) -> Vec<u8> {
    let accepted = String::from_utf8(accepted()).unwrap();
    accepted.replacen("\r\n", &format!("\r\n{more}"), 1).into_bytes()
}

#[test]
fn a_head_that_other_clients_take_is_taken() {
    let many = "x-header: y\r\n".repeat(300);
    let heads = [
        many.as_str(),
        "x-folded: one\r\n two\r\n\tthree\r\n",
        "x header: y\r\n",
        "x-header : y\r\n",
        "x-latin: \u{e9}\r\n",
        "no colon at all\r\n",
    ];
    for head in heads {
        answered(with_head(head)).exits_with(0);
    }
}

#[test]
fn a_head_that_cannot_be_read_names_what_may_be_in_between() {
    let many = "x-header: y\r\n".repeat(2_000);
    let cases = [
        ("too many headers", with_head(&many)),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.7\r\n\r\n".to_vec()),
        ("no status", b"HTTP/1.1 fine\r\n\r\n".to_vec()),
        ("another protocol", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
    ];
    let all = cases.map(|(case, bytes)| answer_told(case, bytes));
    insta::assert_snapshot!(all.concat(), @"
    too many headers
    error: the call may or may not have taken effect: the answer of `127.0.0.1` is not valid HTTP: message head is too large
    hint: … check for a proxy or gateway between this machine and the API that changes answers

    no HTTP
    error: the call may or may not have taken effect: the answer of `127.0.0.1` is not valid HTTP: invalid HTTP version parsed
    hint: … check for a proxy or gateway between this machine and the API that changes answers

    no status
    error: the call may or may not have taken effect: the answer of `127.0.0.1` is not valid HTTP: invalid HTTP status-code parsed
    hint: … check for a proxy or gateway between this machine and the API that changes answers

    another protocol
    error: the call may or may not have taken effect: the answer of `127.0.0.1` is not valid HTTP: invalid HTTP version parsed
    hint: … check for a proxy or gateway between this machine and the API that changes answers
    ");
}

#[test]
fn no_compressed_answer_is_asked_for_and_one_is_named() {
    let server = Hostile::start([Behaviour::Answer(accepted())]);
    release(&server.url()).run().exits_with(0);
    let request = server.requests().concat().to_ascii_lowercase();
    assert_eq!(request.matches("\r\naccept-encoding: identity\r\n").count(), 1, "{request}");

    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xabV\xcaL\x01\0\xbf\x7f\x9d\x1e\x05\0\0\0";
    let cases = [
        ("gzip", http(200, &[("content-encoding", "gzip")], gzip)),
        ("gzip, and not said", http(200, &[], gzip)),
        ("brotli", http(200, &[("content-encoding", "br")], b"\x0b\x02\x80{}\x03")),
        ("a page of something in between", http(502, &[("content-encoding", "gzip")], gzip)),
    ];
    let all = cases.map(|(case, bytes)| answer_told(case, bytes));
    insta::assert_snapshot!(all.concat(), @"
    gzip
    error: the call was answered, but the answer is compressed (gzip), though it was not asked for: HTTP 200
    hint: … check for a proxy or gateway between this machine and the API, or another `endpoint`

    gzip, and not said
    error: the call was answered, but the answer is compressed (gzip), though it was not asked for: HTTP 200
    hint: … check for a proxy or gateway between this machine and the API, or another `endpoint`

    brotli
    error: the call was answered, but the answer is compressed (br), though it was not asked for: HTTP 200
    hint: … check for a proxy or gateway between this machine and the API, or another `endpoint`

    a page of something in between
    error: the call may or may not have taken effect: the answer is compressed (gzip), though it was not asked for: HTTP 502
    hint: … check for a proxy or gateway between this machine and the API, or another `endpoint`
    ");
    // What can be read was not compressed, whatever its header says.
    let plain = r#"{"RequestId": "1", "ArtifactId": "artifact-5f0c2b7d9e3a4c168b20"}"#;
    answered(http(200, &[("content-encoding", "gzip")], plain)).exits_with(0);
}

/// A megabyte of JSON can be a hundred megabytes in memory.
#[test]
fn an_answer_that_would_need_too_much_memory_is_not_read() {
    let dense =
        format!("{{\"RequestId\":\"1\",\"data\":[{}]}}", vec!["{\"package_id\":1}"; 55_000].join(","));
    insta::assert_snapshot!(answer_told("55,000 packages", http(200, &[], dense)), @"
    55,000 packages
    error: the call was answered, but the answer has more fields than any answer of this API: HTTP 200
    hint: … check for a proxy or gateway between this machine and the API, or another `endpoint`
    ");
}
