//! Huawei Cloud: the API gateway in front of `DataArts` Factory and `CodeArts` Pipeline.

mod call;
#[cfg(test)]
pub(crate) mod client;
mod factory;
mod pipeline;
mod somebody;
#[cfg(test)]
mod tests;
mod verify;

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use factory::{Deployment, Factory, Fate, Manner, Package, PendingItem, Review, Role, User, Verdict};
pub use pipeline::{Pipeline, PluginVersion};

use crate::{
    account::Account,
    http::{Answer, Request},
    record::Effect,
    refusal::Refusal,
    state::{Outcome, Times},
    text, world,
};
pub(crate) use call::OPERATIONS;
use call::{Call, Service};

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
    failures: HashMap<String, verify::Failures>,
}

impl Huawei {
    pub(crate) fn fresh() -> Self {
        Self {
            accounts: world::huawei_accounts(),
            auth_tokens: vec![world::HUAWEI_AUTH_TOKEN.into()],
            factory: world::factory(),
            pipeline: world::pipeline(),
            failures: HashMap::new(),
        }
    }

    pub(crate) fn handle(&mut self, times: Times, request: &Request, effects: &mut Vec<Effect>) -> Outcome {
        let Some(call) = call::route(request) else {
            let message = "The API does not exist or has not been published in the environment";
            let result = Err(Refusal::new(404, "APIGW.0101", message));
            return Outcome { accepted: false, result };
        };
        match self.permitted(times.gateway, request) {
            Err(refusal) => Outcome { accepted: false, result: Err(refusal) },
            Ok(permitted) => {
                let result = self.dispatch(times.service, &call, permitted, effects);
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
    call::route(request).map_or_else(|| request.path(), |call| call.operation)
}

/// Puts Huawei Cloud's envelope around a result. The gateway's own errors carry a request id in the body as well.
pub(crate) fn render(result: &Result<Value, Refusal>, number: usize) -> Answer {
    let id = text::sha256(format!("huawei request {number}").as_bytes())[..32].to_owned();
    let (status, body) = match result {
        // An answer that the vendor documents as empty is empty.
        Ok(Value::Null) => (204, Vec::new()),
        Ok(body) => (200, body.to_string().into_bytes()),
        Err(refusal) => {
            let mut body = json!({ "error_code": refusal.code, "error_msg": refusal.message });
            if refusal.code.starts_with("APIGW.") {
                body["request_id"] = json!(id);
            }
            (refusal.status, body.to_string().into_bytes())
        }
    };
    Answer {
        status,
        headers: vec![
            ("Content-Type".into(), "application/json;charset=UTF-8".into()),
            ("X-Request-Id".into(), id),
            ("Server".into(), "api-gateway".into()),
        ],
        body,
    }
}
