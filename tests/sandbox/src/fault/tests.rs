use std::fmt::Write as _;

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};

use super::{Fault, Rule};
use crate::{
    Answer, Delivery, Ending, Limit, Request, Sandbox, Throttled,
    alibaba::client::{at, sign, unsigned},
    huawei::client::{factory, packing, publishing, request, with_token},
    world,
};

/// Each of these is written as it is read.
const RULES: &str = "\
release: refuse
status: down 30s
any: reset before
any 2: reset after
any 2-4: reset late 1m30s
any 3-: hang before
any always: hang after
any always to 10s: hang late 500ms
any 1 from 10s: cut
ReleaseArtifact always from 10s to 1h: broken-json
ListPLuginVersion: empty
release: twice
status 2-4: stale 30s
status always: slow 2s
any always: skew 20m
any always: skew -1h30m
GetArtifact: somebody releases artifact artifact-1
release 2: somebody deploys package after 2s
release: 500
release: 503 after retry-after 5s
release: 504 late 30s
release: backend-timeout after
release: error 400 DLF.3051
release: html 502 after
release: foreign 403
release: foreign 499 late 30s
release: bare 429 after
release: redirect 302
release: throttle retry-at 5s
release: throttle 429 x-acs-retry-after 1500ms
release: throttle busy
";

fn rule(text: &str) -> Rule {
    text.parse().unwrap()
}

fn sandbox(rules: &[&str]) -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.faults.extend(rules.iter().map(|text| rule(text)));
    sandbox
}

#[test]
fn rules_are_read_as_they_are_written() {
    let again: Vec<_> = RULES.lines().map(|line| rule(line).to_string()).collect();
    assert_eq!(again.join("\n"), RULES.trim_end());
    assert_eq!(rule(" release  1-1 :html"), rule("release: html 502 before"));
    assert_eq!(rule("any to 1s: refuse"), rule("any 1- to 1000ms: refuse"));
}

#[test]
fn what_is_no_rule_is_refused_with_a_reason() {
    let wrong = [
        "",
        "release",
        "release: ",
        ": reset after",
        "ReleaseArtefact: reset after",
        "package: reset after",
        "release 0: cut",
        "release 4-2: cut",
        "release twice: cut",
        "release from 10: cut",
        "release to -10s: cut",
        "release: reset",
        "release: reset late",
        "release: reset afterwards",
        "release: rest after",
        "release: 501",
        "release: throttle after",
        "release: throttle retry-after 1500ms",
        "release: error DLF.3051",
        "release: error 400",
        "release: cut after",
        "release: slow 9000h",
        "release: somebody",
        "release: somebody sleeps well",
        "release: somebody deletes package 1 2",
        "release: somebody publishes extension notify-team",
        "release: somebody publishes revision of",
    ];
    let mut lines = String::new();
    for text in wrong {
        writeln!(lines, "{text:38} {}", text.parse::<Rule>().unwrap_err()).unwrap();
    }
    assert_snapshot!(lines, @"
                                           `` is not `CALLS: FAULT`, such as `release: reset after`
    release                                `release` is not `CALLS: FAULT`, such as `release: reset after`
    release:                               a fault, such as `reset after`, is missing at the end
    : reset after                          which calls, such as `release`, is missing at the end
    ReleaseArtefact: reset after           `ReleaseArtefact` is none of `release`, `status`, `credentials`, `sts`, `iam`, `metadata`, `identity`, `any`, `ReleaseArtifact`, `GetArtifact`, `ListArtifacts`, `ListArtifactVersions`, `PublishRoutineCodeRevision`, `DescribeRoutine`, `DescribeRoutineCodeRevision`, `DescribeRoutineUserInfo`, `DescribeRoutineCanaryEnvs`, `CreateFactoryPendingItemsPackage`, `ListFactoryPendingItems`, `ListFactoryReleasePackages`, `DeployFactoryPackages`, `CancelFactoryPackages`, `ShowFactoryPackageDetail`, `ListWorkspaceusers`, `ListSystemTasks`, `PublishPluginDraft`, `ShowPluginVersion`, `ListPLuginVersion`, `ListPluginVersionNumber`, `AssumeRole`, `AssumeRoleWithOIDC`, `AssumeAgencyWithOIDC`, `GetCallerIdentity`, `CreateTokenWithIdToken`, `CreateTemporaryAccessKeyByToken`, `KeystoneListProjects`, `KeystoneListAuthDomains`, `GetMetadataToken`, `GetRamRole`, `GetRamCredentials`, `GetSecurityKey`, `GetCredentialsUri`, `GetIdToken`
    package: reset after                   `package` is none of `release`, `status`, `credentials`, `sts`, `iam`, `metadata`, `identity`, `any`, `CreateFactoryPendingItemsPackage`, `ListFactoryReleasePackages`, `DeployFactoryPackages`, `CancelFactoryPackages`, `ShowFactoryPackageDetail`
    release 0: cut                         `0` is none of `2`, `2-4`, `2-`, `always`, `from 10s`, `to 30s`
    release 4-2: cut                       `4-2` is none of `2`, `2-4`, `2-`, `always`, `from 10s`, `to 30s`
    release twice: cut                     `twice` is none of `2`, `2-4`, `2-`, `always`, `from 10s`, `to 30s`
    release from 10: cut                   `10` is no duration such as `500ms`, `30s` or `1m30s`
    release to -10s: cut                   `-10s` is negative
    release: reset                         `reset` needs `before`, `after` or `late 30s`: when does the call take effect
    release: reset late                    a duration such as `30s` is missing at the end
    release: reset afterwards              `reset` needs `before`, `after` or `late 30s`: when does the call take effect
    release: rest after                    `rest` is no fault; there are `refuse`, `down`, `reset`, `hang`, `cut`, `broken-json`, `empty`, `twice`, `500`, `502`, `503`, `504`, `backend-timeout`, `error`, `html`, `foreign`, `bare`, `redirect`, `throttle`, `slow`, `skew`, `stale`, `somebody`
    release: 501                           `501` is no fault; there are `refuse`, `down`, `reset`, `hang`, `cut`, `broken-json`, `empty`, `twice`, `500`, `502`, `503`, `504`, `backend-timeout`, `error`, `html`, `foreign`, `bare`, `redirect`, `throttle`, `slow`, `skew`, `stale`, `somebody`
    release: throttle after                what is throttled never takes effect: `throttle` is always `before`
    release: throttle retry-after 1500ms   `retry-after` counts whole seconds
    release: error DLF.3051                `DLF.3051` is no HTTP status
    release: error 400                     the vendor's error code is missing at the end
    release: cut after                     `after` is not understood here
    release: slow 9000h                    `9000h` is more than a year
    release: somebody                      what somebody does, such as `releases artifact`, is missing at the end
    release: somebody sleeps well          `sleeps well` is nothing that somebody does; there are `releases artifact`, `saves draft`, `deletes draft`, `publishes revision`, `packs NAME`, `deploys package`, `approves package`, `withdraws package`, `rejects package`, `deletes package`, `publishes extension`, `deletes extension`, `revokes sessions`, `revokes trust`
    release: somebody deletes package 1 2  `2` is not understood here
    release: somebody publishes extension notify-team `notify-team` is not `NAME@VERSION`
    release: somebody publishes revision of the routine's name is missing at the end
    ");
}

/// The three release calls that stand for their vendors' envelopes.
fn calls(now: Timestamp) -> [Request; 3] {
    let path = format!("/v1/{}/agent-plugin/publish-draft", world::DOMAIN_ID);
    [
        release(now, "", 0),
        with_token(request("POST", &factory("pending-items/package"), &packing().to_string())),
        with_token(request("POST", &path, &publishing(world::PLUGIN_VERSION).to_string())),
    ]
}

fn release(now: Timestamp, more: &str, nonce: usize) -> Request {
    let query = format!("ArtifactId={}{more}", world::ARTIFACT_ID);
    sign(unsigned(now, "ReleaseArtifact", &query, "", nonce), &world::ALIBABA_KEY)
}

/// Status, code, body and telling headers of an answer, without what is the same in each.
fn seen(answer: &Answer) -> String {
    let telling = ["retry-after", "x-acs-retry-after", "location", "content-type"];
    let mut text = format!("{} ", answer.status);
    let body: Result<serde_json::Value, _> = serde_json::from_slice(&answer.body);
    match body {
        Ok(body) if answer.status == 200 && body.get("Code").or(body.get("error_code")).is_none() => {
            text += "as it should be";
        }
        Ok(body) => {
            let code = ["Code", "error_code", "code"].iter().find_map(|name| body[*name].as_str());
            text += code.unwrap();
        }
        Err(_) => write!(text, "{} bytes, no JSON", answer.body.len()).unwrap(),
    }
    for (name, value) in &answer.headers {
        let shown = telling.contains(&name.to_ascii_lowercase().as_str()) && !value.contains("json");
        if shown {
            write!(text, ", {name}: {value}").unwrap();
        }
    }
    text
}

fn ended(delivery: &Delivery) -> String {
    let ending = match &delivery.ending {
        Ending::Answer(answer) => seen(answer),
        Ending::Cut(answer) => format!("cut: {}", seen(answer)),
        other => format!("{other:?}").to_lowercase(),
    };
    if delivery.delay.is_zero() { ending } else { format!("after {:?} {ending}", delivery.delay) }
}

const FAULTS: &str = "\
refuse
down 30s
reset before
reset after
reset late 30m
hang before
hang after
hang late 30m
cut
broken-json
empty
twice
slow 2s
500
502 after
503 late 30m
503 retry-after 7s
504
backend-timeout after
error 403 NoPermission
html
html 200 after
foreign 403 after
bare 429
redirect
throttle
throttle retry-after 7s
throttle retry-at 90s
throttle 429 x-acs-retry-after 1500ms
throttle 503
throttle busy
";

/// How each of the three calls ends that meets this fault, whether it has an effect, and whether it has one in an hour.
fn outcomes(fault: &str) -> String {
    let mut lines = format!("{fault}\n");
    for (place, request) in calls(at(0)).iter().enumerate() {
        let mut sandbox = sandbox(&[&format!("release: {fault}")]);
        let delivery = sandbox.deliver(at(0), request);
        let now = sandbox.effects().len();
        sandbox.settle(at(3_600_000));
        let later = sandbox.effects().len();
        let name = ["ReleaseArtifact", "DataArts", "CodeArts"][place];
        writeln!(lines, "  {now} {later} {name}: {}", ended(&delivery)).unwrap();
    }
    lines
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table to be read as one")]
fn every_fault_ends_an_exchange_in_its_own_way_and_only_some_let_it_take_effect() {
    let outcomes: Vec<_> = FAULTS.lines().map(outcomes).collect();
    assert_snapshot!(outcomes.concat(), @"
    refuse
      0 0 ReleaseArtifact: refused
      0 0 DataArts: refused
      0 0 CodeArts: refused
    down 30s
      0 0 ReleaseArtifact: refused
      0 0 DataArts: refused
      0 0 CodeArts: refused
    reset before
      0 0 ReleaseArtifact: reset
      0 0 DataArts: reset
      0 0 CodeArts: reset
    reset after
      1 1 ReleaseArtifact: reset
      1 1 DataArts: reset
      1 1 CodeArts: reset
    reset late 30m
      0 1 ReleaseArtifact: reset
      0 1 DataArts: reset
      0 1 CodeArts: reset
    hang before
      0 0 ReleaseArtifact: hang
      0 0 DataArts: hang
      0 0 CodeArts: hang
    hang after
      1 1 ReleaseArtifact: hang
      1 1 DataArts: hang
      1 1 CodeArts: hang
    hang late 30m
      0 1 ReleaseArtifact: hang
      0 1 DataArts: hang
      0 1 CodeArts: hang
    cut
      1 1 ReleaseArtifact: cut: 200 as it should be
      1 1 DataArts: cut: 200 as it should be
      1 1 CodeArts: cut: 200 as it should be
    broken-json
      1 1 ReleaseArtifact: 200 169 bytes, no JSON
      1 1 DataArts: 200 27 bytes, no JSON
      1 1 CodeArts: 200 2 bytes, no JSON
    empty
      1 1 ReleaseArtifact: 200 0 bytes, no JSON
      1 1 DataArts: 200 0 bytes, no JSON
      1 1 CodeArts: 200 0 bytes, no JSON
    twice
      1 1 ReleaseArtifact: 400 SignatureNonceUsed
      1 1 DataArts: 400 DLF.3051
      1 1 CodeArts: 200 DEVCP.00014004
    slow 2s
      1 1 ReleaseArtifact: after 2s 200 as it should be
      1 1 DataArts: after 2s 200 as it should be
      1 1 CodeArts: after 2s 200 as it should be
    500
      0 0 ReleaseArtifact: 500 InternalError
      0 0 DataArts: 500 APIGW.0606
      0 0 CodeArts: 500 DEVCP.00010000
    502 after
      1 1 ReleaseArtifact: 502 UnknownError
      1 1 DataArts: 502 APIGW.0606
      1 1 CodeArts: 502 APIGW.0606
    503 late 30m
      0 1 ReleaseArtifact: 503 ServiceUnavailable
      0 1 DataArts: 503 APIGW.0606
      0 1 CodeArts: 503 DEVCP.00020500
    503 retry-after 7s
      0 0 ReleaseArtifact: 503 ServiceUnavailable, Retry-After: 7
      0 0 DataArts: 503 APIGW.0606, Retry-After: 7
      0 0 CodeArts: 503 DEVCP.00020500, Retry-After: 7
    504
      0 0 ReleaseArtifact: 504 UnknownError
      0 0 DataArts: 504 APIGW.0606
      0 0 CodeArts: 504 APIGW.0606
    backend-timeout after
      1 1 ReleaseArtifact: 504 UnknownError
      1 1 DataArts: 400 APIGW.0201
      1 1 CodeArts: 400 APIGW.0201
    error 403 NoPermission
      0 0 ReleaseArtifact: 403 NoPermission
      0 0 DataArts: 403 NoPermission
      0 0 CodeArts: 403 NoPermission
    html
      0 0 ReleaseArtifact: 502 93 bytes, no JSON, Content-Type: text/html
      0 0 DataArts: 502 93 bytes, no JSON, Content-Type: text/html
      0 0 CodeArts: 502 93 bytes, no JSON, Content-Type: text/html
    html 200 after
      1 1 ReleaseArtifact: 200 109 bytes, no JSON, Content-Type: text/html
      1 1 DataArts: 200 109 bytes, no JSON, Content-Type: text/html
      1 1 CodeArts: 200 109 bytes, no JSON, Content-Type: text/html
    foreign 403 after
      1 1 ReleaseArtifact: 403 BLOCKED
      1 1 DataArts: 403 BLOCKED
      1 1 CodeArts: 403 BLOCKED
    bare 429
      0 0 ReleaseArtifact: 429 0 bytes, no JSON
      0 0 DataArts: 429 0 bytes, no JSON
      0 0 CodeArts: 429 0 bytes, no JSON
    redirect
      0 0 ReleaseArtifact: 302 93 bytes, no JSON, Content-Type: text/html, Location: http://127.0.0.1:4242/v1/redirected
      0 0 DataArts: 302 93 bytes, no JSON, Content-Type: text/html, Location: http://127.0.0.1:4242/v1/redirected
      0 0 CodeArts: 302 93 bytes, no JSON, Content-Type: text/html, Location: http://127.0.0.1:4242/v1/redirected
    throttle
      0 0 ReleaseArtifact: 400 Throttling.User
      0 0 DataArts: 429 APIGW.0308
      0 0 CodeArts: 429 APIGW.0308
    throttle retry-after 7s
      0 0 ReleaseArtifact: 400 Throttling.User, Retry-After: 7
      0 0 DataArts: 429 APIGW.0308, Retry-After: 7
      0 0 CodeArts: 429 APIGW.0308, Retry-After: 7
    throttle retry-at 90s
      0 0 ReleaseArtifact: 400 Throttling.User, Retry-After: Thu, 28 May 2026 20:28:10 GMT
      0 0 DataArts: 429 APIGW.0308, Retry-After: Thu, 28 May 2026 20:28:10 GMT
      0 0 CodeArts: 429 APIGW.0308, Retry-After: Thu, 28 May 2026 20:28:10 GMT
    throttle 429 x-acs-retry-after 1500ms
      0 0 ReleaseArtifact: 429 Throttling.User, x-acs-retry-after: 1500
      0 0 DataArts: 429 APIGW.0308, x-acs-retry-after: 1500
      0 0 CodeArts: 429 APIGW.0308, x-acs-retry-after: 1500
    throttle 503
      0 0 ReleaseArtifact: 503 Throttling.User
      0 0 DataArts: 503 APIGW.0308
      0 0 CodeArts: 503 APIGW.0308
    throttle busy
      0 0 ReleaseArtifact: 400 Throttling.User
      0 0 DataArts: 429 APIGW.0308
      0 0 CodeArts: 500 COCT.0070003
    ");
}

#[test]
fn a_late_request_is_judged_when_it_arrived_and_takes_effect_when_it_is_due() {
    let mut sandbox = sandbox(&["release: reset late 20m"]);
    sandbox.deliver(at(0), &release(at(0), "", 1));
    sandbox.settle(at(1_199_999));
    assert_eq!(sandbox.effects(), []);
    sandbox.settle(at(5_000_000));
    assert_eq!(sandbox.effects()[0].at, at(1_200_000));
    // It is one request all the same.
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn a_late_request_with_a_token_that_was_used_in_between_has_no_effect() {
    let mut sandbox = sandbox(&["release: hang late 30s"]);
    let token = "&ClientToken=one";
    sandbox.deliver(at(0), &release(at(0), token, 1));
    let answered = sandbox.deliver(at(20_000), &release(at(20_000), token, 2));
    assert_eq!(ended(&answered), "200 as it should be");
    sandbox.settle(at(60_000));
    assert_eq!(sandbox.effects().iter().map(|effect| effect.at).collect::<Vec<_>>(), [at(20_000)]);
}

fn get(now: Timestamp, nonce: usize) -> Request {
    let query = format!("ArtifactId={}", world::ARTIFACT_ID);
    sign(unsigned(now, "GetArtifact", &query, "", nonce), &world::ALIBABA_KEY)
}

/// What each of these calls meets, one a second: `r` is a release, `s` a status query.
fn diary(rules: &[&str], calls: &str) -> String {
    let mut sandbox = sandbox(rules);
    let mut lines = String::new();
    for (second, call) in calls.chars().enumerate() {
        let now = at(1000 * i64::try_from(second).unwrap());
        let request = if call == 'r' { release(now, "&ClientToken=one", second) } else { get(now, second) };
        let recorded = sandbox.requests().len();
        let ended = ended(&sandbox.deliver(now, &request));
        let faults = sandbox.requests().get(recorded).map(|request| request.faults.join(", "));
        let faults = faults.unwrap_or("not sent".into());
        writeln!(lines, "{second} s {call} {ended} [{faults}]").unwrap();
    }
    lines
}

#[test]
fn rules_count_the_calls_they_are_about_and_the_first_one_decides() {
    let rules = ["release 2-3: 503", "GetArtifact 2-: hang before", "any 3: reset after", "any 5-6: slow 2s"];
    assert_snapshot!(diary(&rules, "rsrsrsrs"), @"
    0 s r 200 as it should be []
    1 s s 200 as it should be []
    2 s r 503 ServiceUnavailable [503]
    3 s s hang [hang before]
    4 s r after 2s 503 ServiceUnavailable [503, slow 2s]
    5 s s after 2s hang [hang before, slow 2s]
    6 s r 200 as it should be []
    7 s s hang [hang before]
    ");
}

#[test]
fn a_rule_can_hold_for_a_time_and_one_call_can_take_everything_down() {
    assert_snapshot!(diary(&["any from 2s to 4s: refuse", "status from 5s: empty"], "srsrsrs"), @"
    0 s s 200 as it should be []
    1 s r 200 as it should be []
    2 s s refused [not sent]
    3 s r refused [not sent]
    4 s s 200 as it should be []
    5 s r 200 as it should be []
    6 s s 200 0 bytes, no JSON [empty]
    ");
    assert_snapshot!(diary(&["release 1: down 2s", "any 2: 500"], "srsss"), @"
    0 s s 200 as it should be []
    1 s r refused [not sent]
    2 s s refused [not sent]
    3 s s 200 as it should be []
    4 s s 200 as it should be []
    ");
}

#[test]
fn a_skewed_gateway_dates_its_answers_so_and_judges_signatures_so() {
    let mut sandbox = sandbox(&["any always: skew 20m"]);
    let first = sandbox.deliver(at(0), &release(at(0), "", 1));
    assert_eq!(ended(&first), "400 InvalidTimeStamp.Expired");
    let Ending::Answer(answer) = first.ending else { panic!("an answer is expected") };
    assert_eq!(answer.header("Date"), Some("Thu, 28 May 2026 20:46:40 GMT"));
    let corrected = release(at(1_200_000), "", 2);
    assert_eq!(ended(&sandbox.deliver(at(0), &corrected)), "200 as it should be");
    // The service itself keeps the right time.
    assert_eq!(sandbox.effects()[0].at, at(0));
}

#[test]
fn all_of_the_clouds_can_be_ahead_of_the_client() {
    let mut sandbox =
        Sandbox { clock: SignedDuration::from_mins(20), ..sandbox(&["release 2: reset late 10s"]) };
    assert_eq!(ended(&sandbox.deliver(at(0), &release(at(0), "", 1))), "400 InvalidTimeStamp.Expired");
    sandbox.deliver(at(0), &release(at(1_200_000), "", 2));
    sandbox.settle(at(9_999));
    assert_eq!(sandbox.effects(), []);
    sandbox.settle(at(10_000));
    assert_eq!(sandbox.effects()[0].at, at(1_210_000));
}

#[test]
fn one_request_too_many_of_an_account_is_throttled_and_counted() {
    let mut sandbox = Sandbox { limit: Some("2/s retry-after 1s".parse().unwrap()), ..Sandbox::new() };
    let mut ask = |milliseconds| {
        let now = at(milliseconds);
        let nonce = sandbox.requests().len();
        let alibaba = ended(&sandbox.deliver(now, &get(now, nonce)));
        format!("{milliseconds} ms {alibaba}\n")
    };
    assert_snapshot!([0, 0, 0, 499, 500, 501, 5000, 5000, 5000].map(&mut ask).concat(), @"
    0 ms 200 as it should be
    0 ms 200 as it should be
    0 ms 400 Throttling.User, Retry-After: 1
    499 ms 400 Throttling.User, Retry-After: 1
    500 ms 200 as it should be
    501 ms 400 Throttling.User, Retry-After: 1
    5000 ms 200 as it should be
    5000 ms 200 as it should be
    5000 ms 400 Throttling.User, Retry-After: 1
    ");
    let huawei = with_token(request("GET", &factory("release-packages/2301"), ""));
    let [first, second, third] = [(); 3].map(|()| ended(&sandbox.deliver(at(5000), &huawei)));
    assert_eq!([first, second], ["200 as it should be"; 2]);
    assert_eq!(third, "429 APIGW.0308, Retry-After: 1");
    assert_eq!(sandbox.throttled(), Throttled { requests: 12, throttled: 5, longest_run: 2 });
}

#[test]
fn a_throttled_call_has_no_effect_even_where_its_answer_is_lost() {
    let limit = Some(Limit::new(1, SignedDuration::from_secs(1)));
    let mut sandbox = Sandbox { limit, ..sandbox(&["release: reset after", "release 2: reset late 1s"]) };
    sandbox.deliver(at(0), &get(at(0), 1));
    sandbox.deliver(at(0), &release(at(0), "", 2));
    sandbox.deliver(at(0), &release(at(0), "", 3));
    sandbox.settle(at(60_000));
    assert_eq!(sandbox.effects(), []);
}

#[test]
fn limits_are_read_as_they_are_written() {
    assert_eq!("10/s".parse::<Limit>().unwrap().to_string(), "10/1s");
    assert_eq!("100/1m retry-after 1s".parse::<Limit>().unwrap().to_string(), "100/1m retry-after 1s");
    assert_snapshot!(["", "10", "0/s", "10/0s", "ten/s", "10/s soon"].map(|text| text.parse::<Limit>().unwrap_err().to_string() + "\n").concat(), @"
    a limit such as `10/s` is missing at the end
    `10` is no limit such as `10/s` or `100/1m`
    `0/s` is no limit such as `10/s` or `100/1m`
    `10/0s` is no limit such as `10/s` or `100/1m`
    `ten/s` is no limit such as `10/s` or `100/1m`
    `soon` is not understood here
    ");
}

#[test]
fn faults_are_read_alone_as_well() {
    assert_eq!("slow 2s".parse(), Ok(Fault::Slow(std::time::Duration::from_secs(2))));
}

#[test]
fn a_replica_that_is_behind_shows_what_was_and_takes_no_release() {
    let mut sandbox = sandbox(&["status 2-3: stale 30s", "release: stale 30s"]);
    let shown = |sandbox: &mut Sandbox, seconds: i64| {
        let now = at(seconds * 1_000);
        let target = format!(
            "/v1/{}/agent-plugin/detail?plugin_name={}&version={}",
            world::DOMAIN_ID,
            world::PLUGIN_NAME,
            world::PLUGIN_VERSION
        );
        let asking = with_token(request("GET", &target, ""));
        let Ending::Answer(answer) = sandbox.deliver(now, &asking).ending else { panic!() };
        if answer.text().contains("\"formal\"") { "formal" } else { "draft" }
    };
    sandbox.huawei.pipeline.publishing = Some(SignedDuration::ZERO);
    sandbox.deliver(at(0), &calls(at(0))[2]);
    assert_eq!(sandbox.effects().len(), 1);
    let seen = [10, 20, 31, 32].map(|seconds| shown(&mut sandbox, seconds));
    assert_eq!(seen, ["formal", "draft", "formal", "formal"]);
    assert_eq!(sandbox.effects()[0].called, at(0));
}

#[test]
fn an_effect_knows_when_its_call_came() {
    let mut sandbox = sandbox(&["release: reset late 30s"]);
    sandbox.deliver(at(0), &calls(at(0))[2]);
    sandbox.settle(at(60_000));
    let effect = &sandbox.effects()[0];
    assert_eq!((effect.called, effect.at), (at(0), at(30_000)));
}
