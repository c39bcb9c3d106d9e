//! Huawei Cloud: the API gateway in front of `DataArts` Factory and `CodeArts` Pipeline.

mod call;
#[cfg(test)]
pub(crate) mod client;
mod factory;
mod keyless;
pub(crate) mod metadata;
mod pipeline;
mod somebody;
#[cfg(test)]
mod tests;
mod verify;

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use factory::{Deployment, Factory, Fate, Manner, Package, PendingItem, Review, Role, User, Verdict};
pub use keyless::{Agency, IdentityProvider, Keyless, Project};
pub(crate) use keyless::{IAM_OPERATIONS, STS_OPERATIONS};
pub use pipeline::{Pipeline, PluginVersion};

use crate::{
    account::Account,
    http::{Answer, Request},
    metadata::Metadata,
    record::Effect,
    refusal::Refusal,
    reply::Reply,
    state::{Outcome, Times},
    text, world,
};
pub(crate) use call::OPERATIONS;
use call::{Call, Service};

/// The beginnings of all paths.
pub(crate) const ROOTS: [&str; 5] = ["/v1/", "/v2/", "/v3/", "/v3.0/", "/v5/"];

/// Huawei Cloud's state.
#[derive(Clone, Debug)]
pub struct Huawei {
    /// The keys it knows.
    pub accounts: Vec<Account>,
    /// The ready tokens it takes in `X-Auth-Token`.
    pub auth_tokens: Vec<String>,
    /// `DataArts` Factory.
    pub factory: Factory,
    /// `CodeArts` Pipeline's extensions.
    pub pipeline: Pipeline,
    /// STS and IAM.
    pub keyless: Keyless,
    /// The metadata service of ECS.
    pub metadata: Metadata,
    failures: HashMap<String, verify::Failures>,
}

impl Huawei {
    pub(crate) fn fresh() -> Self {
        Self {
            accounts: world::huawei_accounts(),
            auth_tokens: vec![world::HUAWEI_AUTH_TOKEN.into()],
            factory: world::factory(),
            pipeline: world::pipeline(),
            keyless: Keyless::fresh(),
            metadata: Metadata::of("deploy"),
            failures: HashMap::new(),
        }
    }

    pub(crate) fn handle(&mut self, times: Times, request: &Request, effects: &mut Vec<Effect>) -> Outcome {
        if let Some(operation) = keyless::route(request) {
            return self.handle_keyless(times, request, operation);
        }
        let Some(call) = call::route(request) else {
            let message = "The API does not exist or has not been published in the environment";
            let result = Err(Refusal::new(404, "APIGW.0101", message));
            return Outcome { accepted: false, result };
        };
        match self.permitted(times.gateway, request) {
            Err(refusal) => Outcome { accepted: false, result: Err(refusal) },
            Ok(permitted) => {
                let result = self.dispatch(times.service, &call, permitted, effects).map(Reply::from);
                Outcome { accepted: true, result }
            }
        }
    }

    fn dispatch(
        &mut self,
        now: Timestamp,
        call: &Call<'_>,
        permitted: bool,
        effects: &mut Vec<Effect>,
    ) -> Result<Value, Refusal> {
        match call.service {
            Service::Factory if !permitted => Err(factory::forbidden()),
            Service::Factory => self.factory.call(now, call, effects),
            Service::Pipeline if !permitted => Err(pipeline::forbidden()),
            Service::Pipeline => self.pipeline.call(now, call, effects),
        }
    }
}

/// The API that a request asks for, by the name that the vendor's SDK has for it; of an unknown one its path.
pub(crate) fn operation(request: &Request) -> &str {
    let known = keyless::route(request).or_else(|| Some(call::route(request)?.operation));
    known.unwrap_or_else(|| request.path())
}

/// The four members under which IAM and the metadata service hand out keys.
fn credential(account: &Account) -> Value {
    let moment = |moment: Timestamp| moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string();
    json!({
        "access": account.id,
        "secret": account.secret,
        "securitytoken": account.security_token,
        "expires_at": account.expires.map(moment),
    })
}

/// Puts Huawei Cloud's envelope around a result.
pub(crate) fn render(result: &Result<Reply, Refusal>, number: usize) -> Answer {
    let id = text::sha256(format!("huawei request {number}").as_bytes())[..32].to_owned();
    let (status, further, body) = match result {
        // An answer that the vendor documents as empty is empty.
        Ok(Reply { body: Value::Null, .. }) => (204, &[][..], Vec::new()),
        Ok(reply) => (reply.status, &reply.headers[..], reply.body.to_string().into_bytes()),
        Err(refusal) => (refusal.status, &[][..], error(refusal, &id).to_string().into_bytes()),
    };
    let own = [
        ("Content-Type", "application/json;charset=UTF-8"),
        ("X-Request-Id", &id),
        ("Server", "api-gateway"),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Answer { status, headers: own.into_iter().chain(further.iter().cloned()).collect(), body }
}

/// The gateway's own errors and STS's carry a request id in the body as well; IAM's have Keystone's form.
fn error(Refusal { status, code, message }: &Refusal, id: &str) -> Value {
    if code.parse::<u16>().is_ok() {
        let title = hyper::StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
        return json!({ "error": { "code": status, "message": message, "title": title } });
    }
    let mut body = json!({ "error_code": code, "error_msg": message });
    if ["APIGW.", "STS5."].iter().any(|service| code.starts_with(service)) {
        body["request_id"] = json!(id);
    }
    if *code == keyless::access_denied().code {
        body["encoded_authorization_message"] = json!("bm90IGEgcmVhbCBtZXNzYWdl");
    }
    body
}
