//! Status 7: nothing was released, because the API could not be asked.

use std::thread;
use std::time::{Duration, Instant};

use sandbox::{Sandbox, Server};

use super::{answered, told, told_all};
use crate::support::hostile::{Behaviour, Hostile, Nobody, http};
use crate::support::step::Step;

#[test]
fn seven_is_for_what_was_never_sent() {
    let nobody = Nobody::new();
    // It is never asked for its certificate's name: nothing comes back.
    let silent = Hostile::start([Behaviour::Hang]);
    let silence = silent.url().replace("http://", "https://");
    let to = |url: &str| Step::plain().releasing("release_package", url);
    let runs = [
        ("the connection is refused", to(&nobody.url())),
        ("the connection takes too long", to(&silence).input("request_timeout", "400ms")),
    ];
    let runs = runs.map(|(case, step)| (case, step.run().exits_with(7)));
    insta::assert_snapshot!(told_all(runs), @"
    the connection is refused
    = 7, released: no, not_released, error_code: unreachable
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: no connection to `127.0.0.1`: Connection refused (os error N); no release call was sent
    [time] error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way

    the connection takes too long
    = 7, released: no, not_released, error_code: unreachable
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: no connection to `127.0.0.1` within 0.2 s; no release call was sent
    [time] error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    ");

    // A resolver that makes an address of every name is no reason to fail: nobody of that name is there.
    let run = to("https://nowhere.invalid").input("request_timeout", "4s").run().exits_with(7);
    if run.stderr.contains("resolved") {
        insta::assert_snapshot!(told("the name does not resolve", &run), @"
        the name does not resolve
        = 7, released: no, not_released, error_code: unreachable
        [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
        [time] error: the name `nowhere.invalid` could not be resolved; no release call was sent
        [time] error: hint: see whether `endpoint` is right; if it is, this machine cannot resolve names, or needs a proxy (`HTTPS_PROXY` is not set)
        ");
    }
}

/// The port is closed while the question before the call is being answered.
#[test]
fn seven_is_for_a_call_that_never_connects() {
    let mut sandbox = Sandbox::new();
    sandbox.faults.push("status: slow 1s".parse().unwrap());
    let server = Server::launch(sandbox, 0, |_| ()).unwrap();
    let running = Step::plain().releasing("release_package", server.url()).start();
    let begin = Instant::now();
    while server.requests().is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(20), "no request comes");
        thread::sleep(Duration::from_millis(2));
    }
    server.with(|sandbox| sandbox.faults.push("any always: refuse".parse().unwrap()));
    let run = running.finish().exits_with(7);
    assert!(server.effects().is_empty());
    insta::assert_snapshot!(told("the port is closed", &run), @"
    the port is closed
    = 7, released: no, not_released, error_code: unreachable
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] error: no connection to `127.0.0.1`: Connection refused (os error N); nothing was released
    [time] error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    ");
}

/// A status query that is not answered as it should be: no call follows.
#[test]
fn seven_is_for_a_question_that_gets_no_answer() {
    let page = "<html>the back end is not there</html>";
    let busy = r#"{"Code": "Throttling.User", "Message": "Request was denied.", "RequestId": "an-id"}"#;
    let answer = |status, body: &str| Behaviour::Answer(http(status, &[], body));
    let runs = [
        ("closed after the request", "release_artifact", Behaviour::Answer(vec![])),
        ("never answered", "release_package", Behaviour::Hang),
        ("a page", "deploy_packages", answer(502, page)),
        ("a redirect", "publish_routine_code_revision", answer(302, "")),
        ("throttled", "publish_routine_code_revision", answer(429, busy)),
    ];
    let runs = runs.map(|(case, operation, behaviour)| {
        let server = Hostile::from_the_first([behaviour]);
        let step = Step::plain().releasing(operation, &server.url()).input("request_timeout", "400ms");
        let run = step.run().exits_with(7);
        assert_eq!(server.requests().len(), 1, "one question, no call\n{}", run.transcript());
        (case, run)
    });
    insta::assert_snapshot!(told_all(runs), @"
    closed after the request
    = 7, released: no, not_released, error_code: unreachable
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; no release call was sent
    [time] error: hint: run the job again in a few minutes

    never answered
    = 7, released: no, not_released, error_code: unreachable
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: `127.0.0.1` did not answer within 0.4 s; no release call was sent
    [time] error: hint: run the job again in a few minutes

    a page
    = 7, released: no, not_released, error_code: unreachable
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: the answer is not in the form that the vendor documents, it begins with `<html>the back end is not there</html>`; no release call was sent: HTTP 502
    [time] error: hint: check for a proxy or gateway between this machine and the API, or another `endpoint`

    a redirect
    = 7, released: no, not_released, error_code: unreachable
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: the answer is a redirect, which is never followed; no release call was sent: HTTP 302
    [time] error: hint: check for a proxy or gateway between this machine and the API, or another `endpoint`

    throttled
    = 7, released: no, not_released, error_code: Throttling.User
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: the API throttled the status query; no release call was sent: HTTP 429, `Throttling.User`: Request was denied (request id `an-id`)
    [time] error: hint: run the job again in a minute; nothing was released
    ");
}

#[test]
fn seven_is_for_throttling() {
    let throttling = r#"{"Code": "Throttling.User", "Message": "Request was denied.", "RequestId": "an-id"}"#;
    let gateway =
        r#"{"error_code": "APIGW.0308", "error_msg": "The throttling threshold has been reached."}"#;
    let runs = [
        ("429 in the vendor's form", answered("publish_routine_code_revision", 429, &[], throttling)),
        ("400 in the vendor's form", answered("release_artifact", 400, &[], throttling)),
        ("429 of the gateway", answered("deploy_packages", 429, &[("X-Request-Id", "an-id")], gateway)),
        (
            "500 of CodeArts",
            answered(
                "publish_extension_draft",
                500,
                &[],
                r#"{"error_code": "COCT.0070003", "error_msg": "Too many requests"}"#,
            ),
        ),
    ];
    let runs = runs.map(|(case, run)| (case, run.exits_with(7)));
    insta::assert_snapshot!(told_all(runs), @"
    429 in the vendor's form
    = 7, released: no, not_released, error_code: Throttling.User
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling PublishRoutineCodeRevision of DCDN at [server]
    [time] error: the API throttled the call; nothing was released: HTTP 429, `Throttling.User`: Request was denied (request id `an-id`)
    [time] error: hint: run the job again in a minute; nothing was released

    400 in the vendor's form
    = 7, released: no, not_released, error_code: Throttling.User
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] error: the API throttled the call; nothing was released: HTTP 400, `Throttling.User`: Request was denied (request id `an-id`)
    [time] error: hint: run the job again in a minute; nothing was released

    429 of the gateway
    = 7, released: no, not_released, error_code: APIGW.0308
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] error: the API throttled the call; nothing was released: HTTP 429, `APIGW.0308`: The throttling threshold has been reached (request id `an-id`)
    [time] error: hint: run the job again in a minute; nothing was released

    500 of CodeArts
    = 7, released: no, not_released, error_code: COCT.0070003
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] error: the API throttled the call; nothing was released: HTTP 500, `COCT.0070003`: Too many requests
    [time] error: hint: run the job again in a few minutes, or give a longer `retry_timeout`
    ");
}
