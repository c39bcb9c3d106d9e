//! Classic IAM: an unscoped token for an identity token, and keys for that.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Keyless, check_unsigned, keystone};
use crate::{http::Request, huawei::Huawei, refusal::Refusal, reply::Reply, session::Holder, text};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const SHORTEST: SignedDuration = SignedDuration::from_mins(15);

impl Keyless {
    /// The user of a token that the provider's rule converts gets a token of 24 hours, which authenticates nothing else.
    pub(super) fn unscoped_token(&mut self, now: Timestamp, request: &Request) -> Result<Reply, Refusal> {
        let body = body(request)?;
        let token = body["auth"]["id_token"]["id"].as_str().ok_or_else(|| keystone(400))?;
        if body != json!({ "auth": { "id_token": { "id": token } } }) {
            return Err(keystone(400));
        }
        let id = request.header("x-idp-id").unwrap_or_default();
        let idp = self.identity_providers.iter().find(|idp| idp.id == id).ok_or_else(|| keystone(401))?;
        let claims = idp.provider.believe(now, token).map_err(|_| keystone(401))?;
        if !idp.subjects.contains(&claims.subject) {
            return Err(keystone(401));
        }
        let unscoped = format!("MIIF-not+a/{}==", text::sha256(format!("{token} {now}").as_bytes()));
        self.unscoped.insert(unscoped.clone(), now + DAY);
        let moment = |moment: Timestamp| moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string();
        let answer = json!({ "token": {
            "expires_at": moment(now + DAY),
            "issued_at": moment(now),
            "methods": ["mapped"],
            "user": {
                "id": text::sha256(id.as_bytes())[..32],
                "name": "FederationUser",
                "domain": { "id": self.account_id, "name": "acme" },
                "OS-FEDERATION": {
                    "groups": [], "identity_provider": { "id": id }, "protocol": { "id": "oidc" },
                },
            },
        } });
        Ok(Reply::created(answer).with_header("X-Subject-Token", &unscoped))
    }
}

impl Huawei {
    pub(super) fn security_token(&mut self, now: Timestamp, request: &Request) -> Result<Reply, Refusal> {
        let body = body(request)?;
        let identity = &body["auth"]["identity"];
        let token = identity["token"]["id"].as_str().ok_or_else(|| keystone(400))?;
        let lifetime = match &identity["token"]["duration_seconds"] {
            Value::Null => SHORTEST,
            seconds => SignedDuration::from_secs(seconds.as_i64().ok_or_else(|| keystone(400))?),
        };
        if identity["methods"] != json!(["token"]) || !(SHORTEST..=DAY).contains(&lifetime) {
            return Err(keystone(400));
        }
        if self.keyless.unscoped.get(token).is_none_or(|expires| *expires <= now) {
            return Err(keystone(401));
        }
        let principal = format!("iam::{}:user:FederationUser", self.keyless.account_id);
        let account =
            self.keyless.sessions.give(now, lifetime, ("HST", "gQhj"), Holder { principal, permitted: true });
        let answer = json!({ "credential": super::super::credential(&account) });
        self.accounts.push(account);
        Ok(Reply::created(answer))
    }
}

fn body(request: &Request) -> Result<Value, Refusal> {
    check_unsigned(request).map_err(|_| keystone(400))?;
    serde_json::from_slice(&request.body).map_err(|_| keystone(400))
}
