//! Status 8: nothing tells what became of the call.

use std::time::Duration;

use serde_json::json;

use super::{answered, told_all, treated};
use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::step::Step;

/// What cannot be read says nothing of what is there: with `if_released: adopt` or `fail` that ends the run, otherwise it is a
/// warning.
#[test]
#[expect(clippy::too_many_lines, reason = "whole logs, side by side")]
fn eight_is_for_a_status_that_cannot_be_read_where_it_decides() {
    let cases = [
        ("empty", "publish_extension_draft", ""),
        ("without the artifact", "release_artifact", r#"{"RequestId": "an-id"}"#),
        ("without the routine", "publish_routine_code_revision", r#"{"RequestId": "an-id"}"#),
        ("without a list", "release_package", "{}"),
        ("without a list of many", "deploy_packages", r#"{"total": 2}"#),
    ];
    let mut told = String::new();
    for (case, operation, body) in cases {
        for choice in ["again", "adopt", "fail"] {
            let server = Hostile::from_the_first([Behaviour::Answer(http(200, &[], body))]);
            let step = Step::plain().releasing(operation, &server.url()).input("if_released", choice);
            // As an answer to the call of DCDN, the id of the request is enough.
            let is_success = choice == "again" && operation == "publish_routine_code_revision";
            let run = step.run();
            let calls = run.stderr.matches(" calling ").count();
            assert_eq!(calls, usize::from(choice == "again"), "{case}\n{}", run.transcript());
            if !is_success {
                told +=
                    &super::told(&format!("{case}, {choice}, release calls: {calls}"), &run.exits_with(8));
            }
        }
    }
    insta::assert_snapshot!(told, @"
    empty, again, release calls: 1
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] warn: could not read the release status by `ShowPluginVersion`: the answer is empty: HTTP 200; if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] error: the call was answered, but the answer is empty: HTTP 200
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    empty, adopt, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: cannot determine whether it is released already: the answer is empty: HTTP 200; no release call was sent
    [time] error: hint: check for a proxy or gateway between this machine and the API, or another `endpoint`; look in the vendor's console, or at what `ShowPluginVersion` answers

    empty, fail, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: cannot determine whether it is released already: the answer is empty: HTTP 200; no release call was sent
    [time] error: hint: check for a proxy or gateway between this machine and the API, or another `endpoint`; look in the vendor's console, or at what `ShowPluginVersion` answers

    without the artifact, again, release calls: 1
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] warn: could not read the release status by `GetArtifact`: the answer does not name the artifact; if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: answered: client_token `[token]`, request_id `an-id`
    [time] error: the call was answered, but the answer does not name the artifact: HTTP 200 (request id `an-id`)
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    without the artifact, adopt, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: cannot determine whether it is released already: the answer does not name the artifact; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `GetArtifact` answers

    without the artifact, fail, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: cannot determine whether it is released already: the answer does not name the artifact; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `GetArtifact` answers

    without the routine, adopt, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: cannot determine whether it is released already: the answer has no `EnvConf`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `DescribeRoutine` answers

    without the routine, fail, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: cannot determine whether it is released already: the answer has no `EnvConf`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `DescribeRoutine` answers

    without a list, again, release calls: 1
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] warn: could not read the release status by `ShowFactoryPackageDetail, ListFactoryReleasePackages`: the answer has no `data`; if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: answered: 
    [time] error: the call was answered, but the answer has no `release_package_id`: HTTP 200
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    without a list, adopt, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: cannot determine whether it is released already: the answer has no `data`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    without a list, fail, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: cannot determine whether it is released already: the answer has no `data`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    without a list of many, again, release calls: 1
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] warn: could not read the release status by `ShowFactoryPackageDetail, ListFactoryReleasePackages`: the answer has no `data`; if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: answered: 
    [time] error: the call was answered, but the answer has no `deploy_package_details`: HTTP 200
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    without a list of many, adopt, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: cannot determine whether it is released already: the answer has no `data`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    without a list of many, fail, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: cannot determine whether it is released already: the answer has no `data`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers
    ");
}

#[test]
fn eight_is_for_an_answer_that_never_comes() {
    let cut = http(200, &[("Content-Length", "1000")], r#"{"ArtifactId": "#);
    let endless = Behaviour::Endless(http(200, &[("Content-Length", "9999999")], "{"), vec![b' '; 1 << 16]);
    let soon = |step: Step| step.input("release_timeout", "600ms");
    let runs = [
        ("closed after the request", treated("release_artifact", Behaviour::Answer(vec![]), |step| step)),
        ("reset after the request", treated("deploy_packages", Behaviour::ResetAfterRequest, |step| step)),
        ("never answered", treated("release_package", Behaviour::Hang, soon)),
        ("cut", treated("release_artifact", Behaviour::Answer(cut), |step| step)),
        (
            "too slow",
            treated(
                "release_artifact",
                Behaviour::Drip(http(200, &[], " ".repeat(1000)), Duration::from_millis(2)),
                soon,
            ),
        ),
        ("too long", treated("release_artifact", endless, |step| step)),
    ];
    let runs = runs.map(|(case, run)| (case, run.exits_with(8)));
    insta::assert_snapshot!(told_all(runs), @"
    closed after the request
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    reset after the request
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error N); looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error N); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    never answered
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: the call may or may not have taken effect: `127.0.0.1` did not answer within 0.6 s; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: `127.0.0.1` did not answer within 0.6 s; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    cut
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call was answered, but the connection to `127.0.0.1` was lost before its answer was complete: end of file before message length reached; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the connection to `127.0.0.1` was lost before its answer was complete: end of file before message length reached; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    too slow
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call was answered, but `127.0.0.1` did not answer within 0.6 s; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but `127.0.0.1` did not answer within 0.6 s; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    too long
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call was answered, but the answer is larger than 1 MiB; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is larger than 1 MiB; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API: no answer of this API is that large
    ");

    // What the system says of these depends on who is first.
    for behaviour in [Behaviour::Close, Behaviour::ResetBeforeRequest] {
        let run = treated("release_artifact", behaviour, |step| step).exits_with(8);
        assert_eq!(run.result()["released"], "unknown");
    }
}

#[test]
fn eight_is_for_an_answer_that_is_not_the_vendors() {
    let html = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx: the back end is not there</body></html>";
    let unavailable =
        r#"{"Code": "ServiceUnavailable", "Message": "Try again later.", "RequestId": "an-id"}"#;
    let time_out = r#"{"error_code": "APIGW.0201", "error_msg": "Backend timeout.", "request_id": "an-id"}"#;
    let elsewhere = [("location", "https://elsewhere.invalid/")];
    let runs = [
        ("an HTML page", answered("release_artifact", 502, &[], html)),
        ("an HTML page under 200", answered("deploy_packages", 200, &[], html)),
        ("a limit of whomever", answered("release_artifact", 429, &[], "Too many requests")),
        ("a redirect", answered("release_package", 302, &elsewhere, "")),
        ("a redirect that keeps the method", answered("release_artifact", 307, &elsewhere, "")),
        ("broken JSON", answered("publish_routine_code_revision", 200, &[], r#"{"RequestId": "an-"#)),
        ("nothing", answered("release_package", 200, &[], "")),
        ("no content", answered("publish_extension_draft", 204, &[], "")),
        ("a server error in the vendor's form", answered("release_artifact", 503, &[], unavailable)),
        ("a gateway that lost its back end", answered("deploy_packages", 504, &[], time_out)),
    ];
    let runs = runs.map(|(case, run)| (case, run.exits_with(8)));
    insta::assert_snapshot!(told_all(runs), @r#"
    an HTML page
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `<html> <head><title>502 Bad Gateway</title></head> <body>nginx: the back end is not there</body></html>`: HTTP 502; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `<html> <head><title>502 Bad Gateway</title></head> <body>nginx: the back end is not there</body></html>`: HTTP 502; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    an HTML page under 200
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the call was answered, but the answer is not in the form that the vendor documents, it begins with `<html> <head><title>502 Bad Gateway</title></head> <body>nginx: the back end is not there</body></html>`: HTTP 200; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `<html> <head><title>502 Bad Gateway</title></head> <body>nginx: the back end is not there</body></html>`: HTTP 200; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    a limit of whomever
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `Too many requests`: HTTP 429; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `Too many requests`: HTTP 429; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; something in between limits the number of calls: wait, or ask who runs it

    a redirect
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: the call may or may not have taken effect: the answer is a redirect, which is never followed: HTTP 302; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the answer is a redirect, which is never followed: HTTP 302; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    a redirect that keeps the method
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call may or may not have taken effect: the answer is a redirect, which is never followed: HTTP 307; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the answer is a redirect, which is never followed: HTTP 307; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    broken JSON
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling PublishRoutineCodeRevision of DCDN at [server]
    [time] info: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"RequestId": "an-`: HTTP 200; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"RequestId": "an-`: HTTP 200; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    nothing
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: the call was answered, but the answer is empty: HTTP 200; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is empty: HTTP 200; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    no content
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] info: the call was answered, but the answer is empty: HTTP 204; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is empty: HTTP 204; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    a server error in the vendor's form
    = 8, released: unknown, unknown, error_code: ServiceUnavailable
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call may or may not have taken effect: HTTP 503, `ServiceUnavailable`: Try again later (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: HTTP 503, `ServiceUnavailable`: Try again later (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    a gateway that lost its back end
    = 8, released: unknown, unknown, error_code: APIGW.0201
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the call may or may not have taken effect: HTTP 504, `APIGW.0201`: Backend timeout (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: HTTP 504, `APIGW.0201`: Backend timeout (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    "#);
}

#[test]
fn eight_is_for_an_answer_that_does_not_say_enough() {
    let id = [("X-Request-Id", "an-id")];
    let some = json!({ "deploy_package_details": [{ "package_id": 2302, "asy_task_id": "a-task" }] });
    let refused = r#"{"error_code": "DLF.0810", "error_msg": "The task 2302 does not exist."}"#;
    let runs = [
        ("`false`", answered("publish_extension_draft", 200, &id, "false")),
        ("no id of the artifact", answered("release_artifact", 200, &[], r#"{"RequestId": "an-id"}"#)),
        ("no id of the package", answered("release_package", 200, &id, r#"{"package_name": "nightly"}"#)),
        ("no packages", answered("deploy_packages", 200, &id, "{}")),
        ("only one of two packages", answered("deploy_packages", 200, &id, some.to_string())),
        ("an error for one of two packages", answered("deploy_packages", 400, &id, refused)),
    ];
    let runs = runs.map(|(case, run)| (case, run.exits_with(8)));
    // What it does say is not lost.
    let known = runs[4].1.result();
    let known = ["package_id", "asy_task_id", "request_id"].map(|name| &known[name]);
    assert_eq!(known, [&json!(["2302"]), &json!(["a-task"]), &json!("an-id")]);
    insta::assert_snapshot!(told_all(runs), @"
    `false`
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] info: answered: request_id `an-id`
    [time] info: the call was answered, but the answer is not the literal `true`, which alone says that it is published: HTTP 200 (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is not the literal `true`, which alone says that it is published: HTTP 200 (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    no id of the artifact
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: answered: client_token `[token]`, previous_version `23`, request_id `an-id`
    [time] info: the call was answered, but the answer does not name the artifact: HTTP 200 (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer does not name the artifact: HTTP 200 (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    no id of the package
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: answered: request_id `an-id`, package_name `nightly`
    [time] info: the call was answered, but the answer has no `release_package_id`: HTTP 200 (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer has no `release_package_id`: HTTP 200 (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    no packages
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: answered: request_id `an-id`
    [time] info: the call was answered, but the answer has no `deploy_package_details`: HTTP 200 (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer has no `deploy_package_details`: HTTP 200 (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    only one of two packages
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: answered: request_id `an-id`, package_id `2302`, asy_task_id `a-task`
    [time] info: the call was answered, but the answer says nothing of package `2301`: HTTP 200 (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer says nothing of package `2301`: HTTP 200 (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    an error for one of two packages
    = 8, released: unknown, unknown, error_code: DLF.0810
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the API rejected the call, but may have done a part of it: HTTP 400, `DLF.0810`: The task 2302 does not exist (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the API rejected the call, but may have done a part of it: HTTP 400, `DLF.0810`: The task 2302 does not exist (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; no such task package: see whether `package_ids` and `workspace` are right
    ");
}
