//! Exit statuses after what Windows has not: signals that a test can send, `/dev/full`, and a shell that closes a pipe.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{PAUSE, slow_answer, told, told_all, wait_for_request};
use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::step::{Running, Step};

#[test]
fn nine_is_for_outputs_that_could_not_be_written() {
    let server = Hostile::start([slow_answer()]);
    let step = Step::github().releasing("release_package", &server.url());
    let file = step.path("github_output");
    let running = step.start();
    wait_for_request(&server);
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let run = running.finish().exits_with(9);
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 9
    --- stdout
    ::group::CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    ::endgroup::
    ::error title=release_package::the release was accepted, but outputs could not be written to `[dir]/github_output`: it is a folder, not a file%0Ahint: do not run it again: take the outputs from the log
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: accepted: request_id `an-id`, package_name `nightly`, release_package_id `2303`, release_origin `call`
    [time] error: result: {"request_id":"an-id","package_name":"nightly","release_package_id":"2303","release_origin":"call","operation":"release_package","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":9,"ended_at":"[time]","error_code":"outputs","error_message":"the release was accepted, but outputs could not be written to `[dir]/github_output`: it is a folder, not a file","error":{"code":"outputs","hint":"do not run it again: take the outputs from the log","kind":"outputs","message":"the release was accepted, but outputs could not be written to `[dir]/github_output`: it is a folder, not a file"}}
    "#);
}

#[cfg(target_os = "linux")]
#[test]
fn nine_is_for_a_stdout_that_is_full() {
    let server = sandbox::Server::start();
    let step = |step: Step| step.releasing("publish_routine_code_revision", server.url());
    let run = step(Step::plain()).by_shell("exec \"$0\" > /dev/full").run().exits_with(9);
    told_in_the_log(&run.stderr);

    // A release that failed keeps its own status.
    let run = step(Step::plain()).input("envs", "nowhere").by_shell("exec \"$0\" > /dev/full");
    run.run().exits_with(4);
}

/// Nobody reads stdout any more.
#[test]
fn nine_is_for_a_stdout_that_went_away() {
    let server = Hostile::start([slow_answer()]);
    let script = r#"{ "$0"; echo "exit status: $?" >&2; } | exec 0<&-"#;
    let step = Step::plain().releasing("release_package", &server.url()).by_shell(script);
    let run = step.run();
    told_in_the_log(&run.stderr);
    assert!(run.stderr.ends_with("exit status: 9\n"), "{}", run.transcript());
}

/// Where stdout is lost, the log has what would have stood there, and says what to do.
#[track_caller]
fn told_in_the_log(stderr: &str) {
    let result = stderr.lines().find_map(|line| line.split_once(" error: result: ")).unwrap().1;
    let result: Value = serde_json::from_str(result).unwrap();
    let known = ["released", "release_outcome", "error_code"].map(|name| &result[name]);
    assert_eq!(known, ["yes", "submitted", "outputs"], "{stderr}");
    assert_eq!(result["exit_status"], 9, "{stderr}");
    assert!(stderr.contains(" error: hint: do not run it again"), "{stderr}");
}

fn hanging(step: Step) -> (Running, Hostile) {
    let server = Hostile::start([Behaviour::Hang]);
    let running = step.releasing("release_package", &server.url()).start();
    wait_for_request(&server);
    (running, server)
}

#[test]
fn a_signal_ends_a_call_that_is_not_answered() {
    let start = |(signal, code)| {
        let (running, server) = hanging(Step::plain().input("output_file", "a.json"));
        running.signal(signal);
        (signal, code, Instant::now(), running, server)
    };
    // All wait at the same time.
    let started = [("INT", 130), ("TERM", 143), ("HUP", 129), ("QUIT", 131)].map(start);
    let runs = started.map(|(signal, code, begin, running, _server)| {
        let run = running.finish().exits_with(code);
        let took = begin.elapsed();
        assert!((Duration::from_millis(2900)..Duration::from_secs(6)).contains(&took), "{took:?}");
        assert_eq!(run.json("a.json"), run.result());
        (signal, run)
    });
    insta::assert_snapshot!(told_all(runs), @"
    INT
    = 130, released: unknown, cancelled, error_code: cancelled
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] warn: SIGINT while the call is unanswered: its answer is awaited 3 s more
    [time] error: ended by SIGINT before it was known whether the release was made
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    TERM
    = 143, released: unknown, cancelled, error_code: cancelled
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] warn: SIGTERM while the call is unanswered: its answer is awaited 3 s more
    [time] error: ended by SIGTERM before it was known whether the release was made
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    HUP
    = 129, released: unknown, cancelled, error_code: cancelled
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] warn: SIGHUP while the call is unanswered: its answer is awaited 3 s more
    [time] error: ended by SIGHUP before it was known whether the release was made
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    QUIT
    = 131, released: unknown, cancelled, error_code: cancelled
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] warn: SIGQUIT while the call is unanswered: its answer is awaited 3 s more
    [time] error: ended by SIGQUIT before it was known whether the release was made
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    ");
}

#[test]
fn a_second_signal_ends_at_once() {
    let (mut running, _server) = hanging(Step::github());
    running.signal("INT");
    running.wait_for("SIGINT");
    let begin = Instant::now();
    running.signal("TERM");
    let run = running.finish().exits_with(130);
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 130
    --- stdout
    ::group::CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    ::endgroup::
    ::error title=release_package::ended by SIGINT before it was known whether the release was made%0Ahint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] warn: SIGINT while the call is unanswered: its answer is awaited 3 s more
    --- github_output
    operation<<[delimiter]
    release_package
    [delimiter]
    released<<[delimiter]
    unknown
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    unknown
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"operation":"release_package","released":"unknown","release_hash":"[hash]","release_outcome":"unknown","started_at":"[time]"}
    [delimiter]
    operation<<[delimiter]
    release_package
    [delimiter]
    released<<[delimiter]
    unknown
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    cancelled
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    exit_status<<[delimiter]
    130
    [delimiter]
    ended_at<<[delimiter]
    [time]
    [delimiter]
    error_code<<[delimiter]
    cancelled
    [delimiter]
    error_message<<[delimiter]
    ended by SIGINT before it was known whether the release was made
    [delimiter]
    result<<[delimiter]
    {"operation":"release_package","released":"unknown","release_hash":"[hash]","release_outcome":"cancelled","started_at":"[time]","exit_status":130,"ended_at":"[time]","error_code":"cancelled","error_message":"ended by SIGINT before it was known whether the release was made","error":{"code":"cancelled","hint":"do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there","kind":"cancelled","message":"ended by SIGINT before it was known whether the release was made"}}
    [delimiter]
    "#);
}

#[test]
fn an_answer_that_comes_after_a_signal_counts() {
    let refusal = |code: &str| {
        let body = json!({ "error_code": code, "error_msg": "Invalid parameter." }).to_string();
        Behaviour::Drip(http(400, &[], body), PAUSE)
    };
    let cases = [
        ("released", slow_answer(), "yes", Some("2303")),
        ("refused", refusal("DLF.0100"), "no", None),
        ("refused, perhaps because it is done already", refusal("DLF.3051"), "unknown", None),
        ("cut", Behaviour::Drip(http(200, &[("content-length", "1000")], "{"), PAUSE), "unknown", None),
    ];
    let mut runs = Vec::new();
    for (case, behaviour, released, id) in cases {
        let server = Hostile::start([behaviour]);
        let running = Step::plain().releasing("release_package", &server.url()).start();
        wait_for_request(&server);
        running.signal("TERM");
        let run = running.finish().exits_with(143);
        let result = run.result();
        assert_eq!((&result["released"], result["release_package_id"].as_str()), (&json!(released), id));
        runs.push((case, run));
    }
    insta::assert_snapshot!(told_all(runs), @"
    released
    = 143, released: yes, cancelled, error_code: cancelled
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] warn: SIGTERM while the call is unanswered: its answer is awaited 3 s more
    [time] info: accepted: request_id `an-id`, package_name `nightly`, release_package_id `2303`, release_origin `call`
    [time] error: ended by SIGTERM after the release was accepted; it is under way
    [time] error: hint: do not run it again: the release is made; `resume: true` waits for it

    refused
    = 143, released: no, cancelled, error_code: DLF.0100
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] warn: SIGTERM while the call is unanswered: its answer is awaited 3 s more
    [time] error: ended by SIGTERM; the API rejected the call; nothing was released: HTTP 400, `DLF.0100`: Invalid parameter
    [time] error: hint: read the vendor's message, and check the inputs that it names

    refused, perhaps because it is done already
    = 143, released: unknown, cancelled, error_code: DLF.3051
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] warn: SIGTERM while the call is unanswered: its answer is awaited 3 s more
    [time] error: ended by SIGTERM; the API rejected the call, which may be because it is done already: HTTP 400, `DLF.3051`: Invalid parameter
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace

    cut
    = 143, released: unknown, cancelled, error_code: cancelled
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] warn: SIGTERM while the call is unanswered: its answer is awaited 3 s more
    [time] error: ended by SIGTERM; the call was answered, but the connection to `127.0.0.1` was lost before its answer was complete: end of file before message length reached
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    ");
}

/// Before the call nothing can have been released, however far the question before it has come.
#[test]
fn a_signal_before_the_call_ends_at_once() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let tls = format!("https://{}", silent.local_addr().unwrap());
    let connecting = Step::plain().releasing("release_package", &tls).start();
    let _connection = silent.accept().unwrap();
    let hostile = Hostile::from_the_first([Behaviour::Hang]);
    let asking = Step::plain().releasing("release_package", &hostile.url()).start();
    wait_for_request(&hostile);
    for running in [connecting, asking] {
        let begin = Instant::now();
        running.signal("TERM");
        let run = running.finish().exits_with(143);
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        insta::allow_duplicates! {
            insta::assert_snapshot!(run.transcript(), @r#"
            exit status: 143
            --- stdout
            {"operation":"release_package","released":"no","release_hash":"[hash]","release_outcome":"cancelled","started_at":"[time]","exit_status":143,"ended_at":"[time]","error_code":"cancelled","error_message":"ended by SIGTERM before the call; nothing was released","error":{"code":"cancelled","kind":"cancelled","message":"ended by SIGTERM before the call; nothing was released"}}
            --- stderr
            [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
            [time] error: ended by SIGTERM before the call; nothing was released
            "#);
        }
    }
}

/// A lost answer is being looked up: nobody knows yet.
#[test]
fn a_signal_while_looking_up_ends_at_once() {
    let server = Hostile::start([Behaviour::Answer(vec![])]);
    let step = Step::plain().releasing("release_package", &server.url());
    let mut running = step.input("retry_timeout", "1m").start();
    running.wait_for("status query failed: ");
    let begin = Instant::now();
    running.signal("TERM");
    let run = running.finish().exits_with(143);
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!(server.requests().len(), 1);
    insta::assert_snapshot!(without_pauses(&told("while looking up", &run)), @"
    while looking up
    = 143, released: unknown, cancelled, error_code: cancelled
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; looking for it until [clock] (`settle_time`)
    [time] info: status query failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503; trying again in N s
    [time] error: ended by SIGTERM before it was known whether the release was made
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    ");
}

/// A pause is drawn by chance.
fn without_pauses(told: &str) -> String {
    let line = |line: &str| match line.split_once("trying again in ") {
        Some((start, _)) => format!("{start}trying again in N s\n"),
        None => format!("{line}\n"),
    };
    told.lines().map(line).collect()
}
