//! Lists of packages: every page counts, however the server cuts them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::answers::{accepted, detail, list, package, with};
use crate::support::scripted::{Runs, Script, json as answer};

const OPERATION: &str = "release_package";
const LIST: &str = "ListFactoryReleasePackages";
const ADOPT: [(&str, &str); 2] = [("if_released", "adopt"), ("wait_timeout", "20s")];

/// Packages of the same name, the newest first, each made an hour before the one before it.
fn packages(ids: impl Iterator<Item = u32>) -> Vec<Value> {
    let made = |age: i64| crate::support::answers::in_seconds(-3600 * (age + 1));
    let ids = ids.zip(0..);
    ids.map(|(id, age)| with(package(id.to_string(), 2), "apply_timestamp", made(age))).collect()
}

fn with_details(mut script: Script, packages: &[Value], ours: &str) -> Script {
    for package in packages {
        let id = package["package_id"].as_str().unwrap();
        let items: &[&str] = if id == ours { &["5101", "5102"] } else { &["1", "2"] };
        script = script.query(&format!("ShowFactoryPackageDetail {id}"), detail(package, items));
    }
    script
}

#[test]
fn a_package_that_is_not_among_the_newest_is_adopted() {
    let mut runs = Runs::default();
    let many = packages((2300..2325).rev());
    let script = with_details(Script::default().query(LIST, list(&many)), &many, "2303");
    runs.start("the 22nd newest", OPERATION, script.clone(), &ADOPT);
    runs.start("the 22nd newest, resumed", OPERATION, script, &[("resume", "true"), ADOPT[1]]);
    insta::assert_snapshot!(runs.told(), @"
    the 22nd newest
    = 0, released: yes, origin: adopted, release calls: 0
    warn: nothing was released by this run: an existing release, done (package `2303`), was adopted

    the 22nd newest, resumed
    = 0, released: yes, origin: resumed, release calls: 0
    warn: the release that is resumed had ended before this run, done (package `2303`): check that it is the one you mean
    ");
}

#[test]
fn more_packages_than_are_looked_into_leave_it_open() {
    let many = packages(2000..2205);
    let page = |page: usize| {
        let page = &many[(100 * page).min(many.len())..(100 * page + 100).min(many.len())];
        answer(200, &json!({ "total": many.len(), "data": page }))
    };
    let script = [0, 1, 2]
        .into_iter()
        .fold(Script::default(), |script, number| script.query(&format!("{LIST} {number}"), page(number)));
    let mut runs = Runs::default();
    runs.start("adopt", OPERATION, script.clone(), &ADOPT);
    runs.start("fail", OPERATION, script.clone(), &[("if_released", "fail")]);
    runs.start("resume", OPERATION, script.clone(), &[("resume", "true")]);
    let call = script
        .release(accepted(OPERATION))
        .query("ShowFactoryPackageDetail 2303", detail(&package("2303", 2), &["5101", "5102"]));
    runs.start("again", OPERATION, call, &[]);
    insta::assert_snapshot!(runs.told(), @"
    adopt
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: more than 200 packages are named `nightly`; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    fail
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: more than 200 packages are named `nightly`; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    resume
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: more than 200 packages are named `nightly`; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    again
    = 0, released: yes, origin: call, release calls: 1
    ");
}

/// No total, fewer on a page than asked for, the oldest first, and behind the end the last page once more.
#[test]
fn pages_go_on_until_one_adds_nothing() {
    let all = packages(2290..2296);
    let page = |packages: &[Value]| answer(200, &json!({ "data": packages }));
    let capped = |last: &[Value]| {
        let script = Script::default().query(&format!("{LIST} 0"), page(&all[..2]));
        let script =
            script.query(&format!("{LIST} 1"), page(&all[2..4])).query(&format!("{LIST} 2"), page(&all[4..]));
        script.query(&format!("{LIST} 3"), page(last))
    };
    let mut runs = Runs::default();
    runs.start("an empty page", OPERATION, with_details(capped(&[]), &all, "2295"), &ADOPT);
    runs.start("the last page again", OPERATION, with_details(capped(&all[4..]), &all, "2295"), &ADOPT);
    runs.start("the first page again", OPERATION, with_details(capped(&all[..2]), &all, "2295"), &ADOPT);
    let operation = "deploy_packages";
    let deploy = |id: &str| page(&[package(id, 1)]);
    let script = Script::default()
        .query(&format!("{LIST} 0"), deploy("2301"))
        .query(&format!("{LIST} 1"), deploy("2302"));
    let done = |script: Script, id: &str, number: usize| {
        let script = script.after(&format!("{LIST} {number}"), page(&[package(id, 2)]));
        script.after(&format!("ShowFactoryPackageDetail {id}"), detail(&package(id, 2), &["1"]))
    };
    let script = done(done(script.release(accepted(operation)), "2301", 0), "2302", 1);
    runs.start("a batch on two pages", operation, script, &[]);
    insta::assert_snapshot!(runs.told(), @"
    an empty page
    = 0, released: yes, origin: adopted, release calls: 0
    warn: nothing was released by this run: an existing release, done (package `2295`), was adopted

    the last page again
    = 0, released: yes, origin: adopted, release calls: 0
    warn: nothing was released by this run: an existing release, done (package `2295`), was adopted

    the first page again
    = 0, released: yes, origin: adopted, release calls: 0
    warn: nothing was released by this run: an existing release, done (package `2295`), was adopted

    a batch on two pages
    = 0, released: yes, origin: call, release calls: 1
    ");
}

/// Last year's package of the name, of which nothing but the name is left.
#[test]
fn an_ended_package_without_items_is_passed_over_and_others_leave_it_open() {
    let mut runs = Runs::default();
    for (case, package) in [
        ("deployed", package("2290", 2)),
        ("failed", package("2290", 3)),
        ("waiting", package("2290", 1)),
        ("withdrawn", with(package("2290", 1), "delete_flag", 1)),
    ] {
        let inputs = [("if_released", "adopt"), ("if_released", "fail"), ("resume", "true")];
        for (input, choice) in inputs {
            let script = Script::default().query(LIST, list(std::slice::from_ref(&package)));
            let script = script.query("ShowFactoryPackageDetail 2290", detail(&package, &[]));
            let script = script.query(
                "ShowFactoryPackageDetail 2303",
                detail(&crate::support::answers::package("2303", 2), &["5101", "5102"]),
            );
            let script =
                if ["waiting"].contains(&case) { script } else { script.release(accepted(OPERATION)) };
            let makes_one = case != "waiting" && input == "if_released";
            let script = if makes_one { script.release(accepted(OPERATION)) } else { script };
            runs.start(&format!("{case}, {input}: {choice}"), OPERATION, script, &[(input, choice)]);
        }
    }
    insta::assert_snapshot!(runs.told(), @"
    deployed, if_released: adopt
    = 0, released: yes, origin: call, release calls: 1
    warn: package `2290` of the same name lists no items: it is passed over

    deployed, if_released: fail
    = 0, released: yes, origin: call, release calls: 1
    warn: package `2290` of the same name lists no items: it is passed over

    deployed, resume: true
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: package `2290` of the same name lists no items; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    failed, if_released: adopt
    = 0, released: yes, origin: call, release calls: 1
    warn: package `2290` of the same name lists no items: it is passed over

    failed, if_released: fail
    = 0, released: yes, origin: call, release calls: 1
    warn: package `2290` of the same name lists no items: it is passed over

    failed, resume: true
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: package `2290` of the same name lists no items; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    waiting, if_released: adopt
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: package `2290` of the same name lists no items; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    waiting, if_released: fail
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: package `2290` of the same name lists no items; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    waiting, resume: true
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: package `2290` of the same name lists no items; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    withdrawn, if_released: adopt
    = 0, released: yes, origin: call, release calls: 1

    withdrawn, if_released: fail
    = 0, released: yes, origin: call, release calls: 1

    withdrawn, resume: true
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: package `2290` of the same name lists no items; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers
    ");
}

/// Time counts, not how often it was asked; and what is shown again is alive again.
#[test]
fn a_package_that_is_not_shown_for_some_polls_is_not_withdrawn() {
    let operation = "deploy_packages";
    let only = |id: &str, status: u8| list(&[package(id, status)]);
    let script = crate::support::answers::fresh(operation).release(accepted(operation));
    let script = script
        .after(LIST, only("2301", 5))
        .after("ShowFactoryPackageDetail 2302", crate::support::scripted::huawei(400, "DLF.0810"));
    let late = crate::support::answers::landing(script.clone(), operation, Duration::from_secs(3));
    let flagged = script.from(
        Duration::from_secs(1),
        LIST,
        list(&[package("2301", 2), with(package("2302", 5), "delete_flag", 1)]),
    );
    let flagged = flagged.after("ShowFactoryPackageDetail 2301", detail(&package("2301", 2), &["1"]));
    let mut runs = Runs::default();
    runs.start("shown again", operation, late, &[("wait_timeout", "20s")]);
    runs.start("withdrawn by its flag", operation, flagged, &[("wait_timeout", "20s")]);
    insta::assert_snapshot!(runs.told(), @"
    shown again
    = 0, released: yes, origin: call, release calls: 1

    withdrawn by its flag
    = 5, released: yes, origin: call, release calls: 1
    error: the release was accepted, then failed: package `2302` was withdrawn or rejected; `2301` succeeded
    error: hint: fix the cause shown in the vendor's console, then run this with `if_released: adopt`, which leaves out what has succeeded; with the default everything is released again
    ");
}

/// However it ended: it is the one that is asked for.
#[test]
fn a_withdrawn_package_is_resumed_unless_there_is_one_that_is_not() {
    let withdrawn = with(package("2290", 1), "delete_flag", 1);
    let alive = package("2303", 2);
    let script = |packages: &[Value]| {
        let script = Script::default().query(LIST, list(packages));
        let script = script.query("ShowFactoryPackageDetail 2290", detail(&withdrawn, &["5101", "5102"]));
        script.query("ShowFactoryPackageDetail 2303", detail(&alive, &["5101", "5102"]))
    };
    let resume = [("resume", "true")];
    let mut runs = Runs::default();
    runs.start("withdrawn", OPERATION, script(std::slice::from_ref(&withdrawn)), &resume);
    runs.start("withdrawn, and another", OPERATION, script(&[withdrawn.clone(), alive.clone()]), &resume);
    let bare = Script::default().query(LIST, list(&[withdrawn.clone(), alive.clone()]));
    let bare = bare.query("ShowFactoryPackageDetail 2290", detail(&withdrawn, &[]));
    let bare = bare.query("ShowFactoryPackageDetail 2303", detail(&alive, &["5101", "5102"]));
    runs.start("withdrawn without its items, and another", OPERATION, bare, &resume);
    insta::assert_snapshot!(runs.told(), @"
    withdrawn
    = 5, released: yes, origin: resumed, release calls: 0
    warn: the release that is resumed had ended before this run, failed: the package was withdrawn or rejected (package `2290`): check that it is the one you mean
    error: the release was accepted, then failed: the package was withdrawn or rejected
    error: hint: fix the cause shown in the vendor's console, then release again

    withdrawn, and another
    = 0, released: yes, origin: resumed, release calls: 0
    warn: the release that is resumed had ended before this run, done (package `2303`): check that it is the one you mean

    withdrawn without its items, and another
    = 0, released: yes, origin: resumed, release calls: 0
    warn: the release that is resumed had ended before this run, done (package `2303`): check that it is the one you mean
    ");
}
