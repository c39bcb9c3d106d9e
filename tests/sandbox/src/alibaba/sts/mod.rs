//! Alibaba Cloud's STS, version 2015-04-01: temporary keys for a role.

mod assume;
mod refusals;
mod role;
mod rpc;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) use assume::{credentials, seconds};
pub(crate) use refusals::documented;
pub use role::Role;

use super::{Alibaba, operation, params::Params};
use crate::{
    account::Account,
    http::{Answer, Request},
    identity::Provider,
    refusal::Refusal,
    reply::Reply,
    session::Sessions,
    state::{Outcome, Times},
    text, world,
};

const VERSION: &str = "2015-04-01";
pub(crate) const ACTIONS: [&str; 2] = ["AssumeRole", "AssumeRoleWithOIDC"];

/// STS's state.
#[derive(Clone, Debug)]
pub struct Sts {
    /// The roles of the account.
    pub roles: Vec<Role>,
    /// The OIDC providers of the account.
    pub providers: Vec<Provider>,
    /// How it hands out keys.
    pub sessions: Sessions,
    /// Whether an identity token may stand in the URL, where logs keep it, as Python's SDKs send it. The real service
    /// takes it; this one does so only when it is asked to.
    pub token_in_url: bool,
}

impl Sts {
    pub(crate) fn fresh() -> Self {
        Self {
            roles: world::alibaba_roles(),
            providers: world::alibaba_providers(),
            sessions: Sessions::default(),
            token_in_url: false,
        }
    }

    /// The role of this ARN, to be arranged.
    pub fn role_mut(&mut self, arn: &str) -> Option<&mut Role> {
        self.roles.iter_mut().find(|role| role.arn == arn)
    }
}

/// Whether a request to the path `/` is for STS.
pub(crate) fn is_for(request: &Request) -> bool {
    request.path() == "/"
        && (ACTIONS.contains(&operation(request)) || request.header("x-acs-version") == Some(VERSION))
}

impl Alibaba {
    pub(crate) fn handle_sts(&mut self, times: Times, request: &Request) -> Outcome {
        match self.caller(times.gateway, request) {
            Err(refusal) => Outcome { accepted: false, result: Err(refusal) },
            Ok((params, caller)) => {
                let result = self.sts_call(times.service, request, &params, caller.as_ref());
                // Without a signature the identity token is what is believed, or not.
                let is_distrusted = matches!(&result, Err(refusal) if refusal.status == 401);
                Outcome { accepted: !is_distrusted, result }
            }
        }
    }

    /// The parameters of the call, and the account that signed it, if one has to.
    fn caller(&mut self, now: Timestamp, request: &Request) -> Result<(Params, Option<Account>), Refusal> {
        let params = Params::anywhere(request)?;
        if operation(request) == "AssumeRoleWithOIDC" {
            return rpc::unsigned(request, &params).map(|()| (params, None));
        }
        let account = if request.header("authorization").is_some() {
            let account = super::verify::verify(now, request, &self.accounts)?.clone();
            self.use_nonce(now, request.header("x-acs-signature-nonce").unwrap_or_default(), account)?
        } else {
            let account = rpc::verify(now, request, &params, &self.accounts)?.clone();
            self.use_nonce(now, params.required("SignatureNonce")?, account)?
        };
        Ok((params, Some(account)))
    }

    fn sts_call(
        &mut self,
        now: Timestamp,
        request: &Request,
        params: &Params,
        caller: Option<&Account>,
    ) -> Result<Reply, Refusal> {
        let version = request.header("x-acs-version").or(params.get("Version"));
        if version != Some(VERSION) || !ACTIONS.contains(&operation(request)) {
            let message = "Specified api is not found, please check your url and method.";
            return Err(Refusal::new(404, "InvalidAction.NotFound", message));
        }
        if !["GET", "POST"].contains(&request.method.as_str()) {
            return Err(Refusal::new(400, "UnsupportedHTTPMethod", "This http method is not supported."));
        }
        match caller {
            Some(caller) => self.assume_role(now, params, caller),
            None => self.assume_role_with_oidc(now, request, params),
        }
    }
}

/// Puts STS's envelope around a result, its members in the service's own order.
pub(crate) fn render(result: &Result<Reply, Refusal>, number: usize) -> Answer {
    let id = super::request_id(number);
    let text = |value: &str| Value::from(value).to_string();
    let (status, body) = match result {
        Ok(reply) => {
            let mut body = reply.body.clone();
            body["RequestId"] = json!(id);
            (reply.status, body.to_string())
        }
        Err(Refusal { status, code, message }) => {
            let recommend = format!("https://api.aliyun.com/troubleshoot?q={code}&product=Sts");
            let members = [
                ("RequestId", Cow::from(&id)),
                ("HostId", "sts.aliyuncs.com".into()),
                ("Code", code.as_ref().into()),
                ("Message", message.into()),
                ("Recommend", recommend.into()),
            ];
            let members = members.map(|(name, value)| format!("{}: {}", text(name), text(&value)));
            (*status, format!("{{{}}}", members.join(", ")))
        }
    };
    let headers = vec![
        ("Content-Type".into(), "application/json;charset=utf-8".into()),
        ("x-acs-request-id".into(), id),
    ];
    Answer { status, headers, body: body.into_bytes() }
}

/// `acs:ram::ACCOUNT:role/NAME/SESSION` and `ID:SESSION`.
fn assumed(role: &Role, session: &str) -> (String, String) {
    let hash = text::sha256(role.arn.as_bytes());
    let digits: String = hash.chars().filter(char::is_ascii_digit).take(15).collect();
    (format!("{}/{session}", role.arn), format!("300{digits}:{session}"))
}
