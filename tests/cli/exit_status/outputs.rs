//! Status 9: the release is made, its outputs have no place.

use std::fs;

use super::{slow_answer, wait_for_request};
use crate::support::hostile::Hostile;
use crate::support::step::Step;

#[test]
fn nine_is_for_outputs_whose_place_went_away() {
    let server = Hostile::start([slow_answer()]);
    let step = Step::plain().releasing("release_package", &server.url());
    let step = step.file("outputs/.keep", "").input("output_file", "outputs/a.json");
    let folder = step.path("outputs");
    let running = step.start();
    wait_for_request(&server);
    fs::remove_dir_all(folder).unwrap();
    let run = running.finish().exits_with(9);
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 9
    --- stdout
    {"request_id":"an-id","package_name":"nightly","release_package_id":"2303","release_origin":"call","operation":"release_package","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":9,"ended_at":"[time]","error_code":"outputs","error_message":"the release was accepted, but outputs could not be written to `outputs/a.json`: No such file or directory (os error 2)","error":{"code":"outputs","hint":"do not run it again: take the outputs from the log","kind":"outputs","message":"the release was accepted, but outputs could not be written to `outputs/a.json`: No such file or directory (os error 2)"}}
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: accepted: request_id `an-id`, package_name `nightly`, release_package_id `2303`, release_origin `call`
    [time] error: result: {"request_id":"an-id","package_name":"nightly","release_package_id":"2303","release_origin":"call","operation":"release_package","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":9,"ended_at":"[time]","error_code":"outputs","error_message":"the release was accepted, but outputs could not be written to `outputs/a.json`: No such file or directory (os error 2)","error":{"code":"outputs","hint":"do not run it again: take the outputs from the log","kind":"outputs","message":"the release was accepted, but outputs could not be written to `outputs/a.json`: No such file or directory (os error 2)"}}
    [time] error: the release was accepted, but outputs could not be written to `outputs/a.json`: No such file or directory (os error 2)
    [time] error: hint: do not run it again: take the outputs from the log
    "#);
}
