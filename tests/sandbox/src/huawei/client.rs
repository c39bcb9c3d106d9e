//! A client of the tests.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    Answer, Request, Sandbox,
    world::{self, PROJECT_ID},
};

pub(crate) fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap() + SignedDuration::from_millis(milliseconds)
}

pub(crate) fn request(method: &str, target: &str, body: &str) -> Request {
    let headers = [
        ("host", "127.0.0.1:4242"),
        ("content-type", "application/json;charset=UTF-8"),
        ("workspace", world::WORKSPACE_ID),
    ];
    Request {
        method: method.into(),
        target: target.into(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: body.into(),
    }
}

/// With the ready token, so that signatures are no matter.
pub(crate) fn with_token(mut request: Request) -> Request {
    request.headers.push(("X-Auth-Token".into(), world::HUAWEI_AUTH_TOKEN.into()));
    request
}

pub(crate) fn send(sandbox: &mut Sandbox, now: Timestamp, request: Request) -> Answer {
    sandbox.handle(now, &with_token(request))
}

pub(crate) fn factory(path: &str) -> String {
    format!("/v2/{PROJECT_ID}/factory/{path}")
}

pub(crate) fn packing() -> Value {
    json!({
        "apply_user_id": world::APPLICANT_ID,
        "package_name": "nightly",
        "pending_item_list": world::PENDING_ITEM_IDS,
        "approver_ids": [world::DEPLOYER_ID],
    })
}

pub(crate) fn publishing(version: &str) -> Value {
    json!({
        "plugin_name": world::PLUGIN_NAME,
        "display_name": world::PLUGIN_DISPLAY_NAME,
        "version": version,
        "plugin_attribution": "custom",
    })
}
