//! The ids that an answer names: the vendor's numbers in any spelling, and never what would change a URL.

use std::time::Duration;

use sandbox::world;
use serde_json::{Value, json};

use crate::support::answers::{accepted, deployed, detail, fresh, landing, list, package, routine};
use crate::support::scripted::{Runs, Script, json as answer, raw};

#[test]
fn a_package_is_the_same_in_every_spelling_of_its_number() {
    let mut runs = Runs::default();
    for spelling in ["2301.0", r#""2301 ""#, r#""02301""#, "2301"] {
        let details =
            format!(r#"{{"deploy_package_details":[{{"package_id":{spelling}}},{{"package_id":2302}}]}}"#);
        let script = fresh("deploy_packages").release(raw(200, &details));
        runs.start(&format!("{spelling} in the answer"), "deploy_packages", script, &[("wait", "false")]);

        let shown = |status: u8| {
            let one = |id: &str| format!(r#"{{"package_id":{id},"deploy_status":{status}}}"#);
            raw(200, &format!(r#"{{"total":2,"data":[{},{}]}}"#, one(spelling), one("2302")))
        };
        let script = fresh("deploy_packages").query("ListFactoryReleasePackages", shown(1));
        let script = script.release(deployed(&[2301.into(), 2302.into()]));
        let script = script.after("ListFactoryReleasePackages", shown(2));
        let inputs = [("startup_mode", "0")];
        runs.start(&format!("{spelling} in the list"), "deploy_packages", script, &inputs);
    }
    runs.all_end("0, released: yes, origin: call, release calls: 1");
}

#[test]
fn an_id_that_matches_no_package_leaves_open_what_was_done() {
    let mut runs = Runs::default();
    for other in [json!("2301.5"), json!("2.301e3"), json!(null), json!({ "id": 2301 })] {
        let script = fresh("deploy_packages").release(deployed(&[other.clone(), 2302.into()]));
        runs.start(&other.to_string(), "deploy_packages", script, &[]);
    }
    insta::assert_snapshot!(runs.told(), @r#"
    "2301.5"
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer says nothing of package `2301`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    "2.301e3"
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer says nothing of package `2301`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    null
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer says nothing of package `2301`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    {"id":2301}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer says nothing of package `2301`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    "#);
}

#[test]
fn a_servers_id_is_checked_before_it_goes_into_a_url() {
    let hostile = ["../../../v1/x?y=", "9?x=y", "9#f", "9/1", "%2e%2e", "::error::forged", ""];
    let mut runs = Runs::default();
    for id in hostile {
        let script = fresh("release_package").release(answer(200, &json!({ "release_package_id": id })));
        runs.start(&format!("`{id}` in the answer"), "release_package", script, &[]);
    }
    for id in hostile {
        let listed = list(&[package(id, 1)]);
        let script = fresh("release_package").query("ListFactoryReleasePackages", listed);
        runs.start(
            &format!("`{id}` in the list, adopt"),
            "release_package",
            script,
            &[("if_released", "adopt")],
        );
    }
    insta::assert_snapshot!(runs.told(), @"
    `../../../v1/x?y=` in the answer
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but its `release_package_id` is `../../../v1/x?y=`, which is no id: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    `9?x=y` in the answer
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but its `release_package_id` is `9?x=y`, which is no id: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    `9#f` in the answer
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but its `release_package_id` is `9#f`, which is no id: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    `9/1` in the answer
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but its `release_package_id` is `9/1`, which is no id: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    `%2e%2e` in the answer
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but its `release_package_id` is `%2e%2e`, which is no id: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    `::error::forged` in the answer
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but its `release_package_id` is `::error::forged`, which is no id: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    `` in the answer
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer has no `release_package_id`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    `../../../v1/x?y=` in the list, adopt
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: a package of the list has the id `../../../v1/x?y=`, which is none; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    `9?x=y` in the list, adopt
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: a package of the list has the id `9?x=y`, which is none; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    `9#f` in the list, adopt
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: a package of the list has the id `9#f`, which is none; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    `9/1` in the list, adopt
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: a package of the list has the id `9/1`, which is none; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    `%2e%2e` in the list, adopt
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: a package of the list has the id `%2e%2e`, which is none; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    `::error::forged` in the list, adopt
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: a package of the list has the id `::error::forged`, which is none; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    `` in the list, adopt
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: a package of the list has the id ``, which is none; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers
    ");
}

#[test]
fn a_packages_own_id_may_be_a_number_too() {
    let mut runs = Runs::default();
    for id in [json!(2303), json!("2303"), serde_json::from_str::<Value>("2303.0").unwrap(), json!(" 2303 ")]
    {
        let script = fresh("release_package").release(answer(200, &json!({ "release_package_id": id })));
        let package = package("2303", 2);
        let script = script.query("ShowFactoryPackageDetail 2303", detail(&package, &["5101", "5102"]));
        runs.start(&id.to_string(), "release_package", script, &[]);
    }
    runs.all_end("0, released: yes, origin: call, release calls: 1");
}

#[test]
fn the_items_of_a_package_are_numbers_in_any_spelling() {
    let package = package("2303", 2);
    let mut runs = Runs::default();
    for items in [["5102", "5101"], ["5101.0", "05102"], [" 5101", "5102 "]] {
        let script = landing(fresh("release_package"), "release_package", Duration::ZERO);
        let script = script.query("ListFactoryReleasePackages", list(std::slice::from_ref(&package)));
        let script = script.query("ShowFactoryPackageDetail 2303", detail(&package, &items));
        runs.start(&format!("{items:?}"), "release_package", script, &[("if_released", "adopt")]);
    }
    insta::assert_snapshot!(runs.told(), @r#"
    ["5102", "5101"]
    = 0, released: yes, origin: adopted, release calls: 0
    warn: nothing was released by this run: an existing release, done (package `2303`), was adopted

    ["5101.0", "05102"]
    = 0, released: yes, origin: adopted, release calls: 0
    warn: nothing was released by this run: an existing release, done (package `2303`), was adopted

    [" 5101", "5102 "]
    = 0, released: yes, origin: adopted, release calls: 0
    warn: nothing was released by this run: an existing release, done (package `2303`), was adopted
    "#);
}

#[test]
fn environments_are_compared_as_sent_and_folded_only_where_that_is_clear() {
    let operation = "publish_routine_code_revision";
    let (old, new) = (world::LIVE_CODE_REVISION, world::NEW_CODE_REVISION);
    let run = |runs: &mut Runs, case: &str, envs: &str, before: &[(&str, &str)], after: &[(&str, &str)]| {
        let script = Script::default().query("DescribeRoutine", routine(before));
        let script = script.release(accepted(operation));
        let script = script.after("DescribeRoutine", routine(after));
        runs.start(case, operation, script, &[("envs", envs)]);
    };
    let mut runs = Runs::default();
    let two = [("production", old), ("PRODUCTION_", old)];
    run(
        &mut runs,
        "the one that was sent is live",
        "production",
        &two,
        &[("production", new), ("PRODUCTION_", old)],
    );
    run(
        &mut runs,
        "only the other one is live",
        "production",
        &two,
        &[("production", old), ("PRODUCTION_", new)],
    );
    run(
        &mut runs,
        "both were sent",
        "production,PRODUCTION_",
        &two,
        &[("production", new), ("PRODUCTION_", new)],
    );
    run(&mut runs, "a spelling of two", "Production", &two, &[("production", new), ("PRODUCTION_", new)]);
    run(
        &mut runs,
        "a spelling of one",
        "preset_canary_x",
        &[("presetCanaryX", old)],
        &[("presetCanaryX", new)],
    );
    insta::assert_snapshot!(runs.told(), @"
    the one that was sent is live
    = 0, released: yes, origin: call, release calls: 1

    only the other one is live
    = 6, released: yes, origin: call, release calls: 1
    error: the release was accepted and is under way, but was not done within 5s: the revision is not live yet in `production`
    error: hint: do not release again: run this with `resume: true`, which waits for it; or give a longer `wait_timeout`

    both were sent
    = 0, released: yes, origin: call, release calls: 1

    a spelling of two
    = 6, released: yes, origin: call, release calls: 1
    warn: could not read the release status by `DescribeRoutine`: `Production` may be `PRODUCTION_` or `production`: give it as the service spells it; if the call's answer is lost, this run cannot check whether it took effect
    error: the release was accepted and is under way, but was not done within 5s: not shown yet; `Production` may be `PRODUCTION_` or `production`: give it as the service spells it
    error: hint: do not release again: run this with `resume: true`, which waits for it; or give a longer `wait_timeout`

    a spelling of one
    = 0, released: yes, origin: call, release calls: 1
    ");
}

#[test]
fn a_revision_with_a_leading_zero_is_no_revision() {
    let server = Script::default().start();
    let step =
        server.step("publish_routine_code_revision").input("select_code_revision", "01720876959997924702");
    insta::assert_snapshot!(step.run().exits_with(2).log(), @"
    error: `INPUT_SELECT_CODE_REVISION` is `01720876959997924702`: no id begins with `0`: take the zero out; nothing was sent
    error: hint: mend the variables of this step; `release-step --help publish_routine_code_revision` lists them
    ");
    assert!(server.calls().is_empty());
}
