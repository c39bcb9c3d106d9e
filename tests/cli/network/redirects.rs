//! A redirect is an answer, and the end of the exchange: whoever it names is never asked.

use super::release;
use crate::support::hostile::{Behaviour, Hostile, http};

#[test]
fn nobody_that_a_redirect_names_is_ever_asked() {
    let elsewhere = Hostile::start([Behaviour::Answer(super::accepted())]);
    for status in [300, 301, 302, 303, 305, 307, 308] {
        let location = format!("{}/taken", elsewhere.url());
        let headers = [("location", location.as_str()), ("refresh", &format!("0; url={location}"))];
        let moved = || [Behaviour::Answer(http(status, &headers, "moved"))];
        let of_call = (Hostile::start(moved()), 8, "unknown");
        let of_question = (Hostile::from_the_first(moved()), 7, "no");
        for (server, code, released) in [of_call, of_question] {
            let run = release(&server.url()).run().exits_with(code);
            let said = "the answer is a redirect, which is never followed";
            assert!(run.log().contains(said), "{}", run.transcript());
            assert_eq!(run.result()["released"], released);
            assert_eq!(server.requests().len(), 1);
            assert_eq!(elsewhere.connections(), 0, "{status}");
        }
    }
}

/// Nor the server itself, under another path.
#[test]
fn a_redirect_to_the_same_server_is_not_followed_either() {
    let moved = || [Behaviour::Answer(http(307, &[("location", "/elsewhere")], ""))];
    for (server, code) in [(Hostile::start(moved()), 8), (Hostile::from_the_first(moved()), 7)] {
        release(&server.url()).run().exits_with(code);
        assert!(!server.requests().is_empty());
        assert!(!server.requests().iter().any(|request| request.contains("/elsewhere")));
    }
}
